/// The width and height of an image, read from its header: nothing is decoded, so a small file that claims to be huge
/// costs nothing here.
package struct ImageSize: Hashable, Sendable {
    /// Pixels, at least 1.
    package var width: UInt32
    package var height: UInt32

    /// Bytes of a file in which its size is looked for: a JPEG may have a preview before it.
    package static let headBytes = 65_536

    /// `nil` when the file is no image of a known kind, or its header is not whole.
    package init?(of type: MediaType, head: [UInt8]) {
        let bytes = Bytes(bytes: head)
        let size: (UInt32, UInt32)? =
            switch type {
            case .png: Self.png(bytes)
            case .gif: Self.gif(bytes)
            case .jpeg: Self.jpeg(bytes)
            case .webp: Self.webp(bytes)
            default: nil
            }
        guard let (width, height) = size, width > 0, height > 0 else { return nil }
        (self.width, self.height) = (width, height)
    }

    /// Numbers in bytes that may end too soon.
    private struct Bytes {
        let bytes: [UInt8]

        subscript(_ index: Int) -> UInt8? { bytes.indices.contains(index) ? bytes[index] : nil }

        func big(_ index: Int, _ count: Int) -> UInt32? { number(index..<index + count) }

        func little(_ index: Int, _ count: Int) -> UInt32? { number((index..<index + count).reversed()) }

        func has(_ text: StaticString, at index: Int) -> Bool {
            text.withUTF8Buffer { bytes.dropFirst(index).starts(with: $0) }
        }

        private func number(_ indices: some Sequence<Int>) -> UInt32? {
            var number: UInt32 = 0
            for index in indices {
                guard let byte = self[index] else { return nil }
                number = number << 8 | UInt32(byte)
            }
            return number
        }
    }

    /// PNG, third edition, 11.2.1: the first chunk is IHDR.
    private static func png(_ bytes: Bytes) -> (UInt32, UInt32)? {
        guard bytes.has("IHDR", at: 12), let width = bytes.big(16, 4), let height = bytes.big(20, 4) else { return nil }
        return (width, height)
    }

    /// GIF89a, 18: the logical screen.
    private static func gif(_ bytes: Bytes) -> (UInt32, UInt32)? {
        guard let width = bytes.little(6, 2), let height = bytes.little(8, 2) else { return nil }
        return (width, height)
    }

    /// ITU T.81, B.2.2: the segment that starts a frame, behind any number of others.
    private static func jpeg(_ bytes: Bytes) -> (UInt32, UInt32)? {
        var index = 2
        while let marker = bytes[index + 1], bytes[index] == 0xFF {
            switch marker {
            case 0xFF:
                index += 1
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let height = bytes.big(index + 5, 2), let width = bytes.big(index + 7, 2) else { return nil }
                return (width, height)
            case 0x01, 0xD0...0xD8:
                index += 2
            case 0xD9, 0xDA:
                return nil
            default:
                guard let length = bytes.big(index + 2, 2), length >= 2 else { return nil }
                index += 2 + Int(length)
            }
        }
        return nil
    }

    /// RFC 9649, 2: three kinds of first chunk.
    private static func webp(_ bytes: Bytes) -> (UInt32, UInt32)? {
        if bytes.has("VP8X", at: 12) {
            guard let width = bytes.little(24, 3), let height = bytes.little(27, 3) else { return nil }
            return (width + 1, height + 1)
        }
        if bytes.has("VP8L", at: 12) {
            guard bytes[20] == 0x2F, let packed = bytes.little(21, 4) else { return nil }
            return (packed & 0x3FFF + 1, packed >> 14 & 0x3FFF + 1)
        }
        guard bytes.has("VP8 ", at: 12), bytes[23] == 0x9D, bytes[24] == 0x01, bytes[25] == 0x2A,
            let width = bytes.little(26, 2), let height = bytes.little(28, 2)
        else { return nil }
        return (width & 0x3FFF, height & 0x3FFF)
    }
}
