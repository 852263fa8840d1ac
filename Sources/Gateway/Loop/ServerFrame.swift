/// The headers of the frames that a server sends: unmasked (RFC 6455 section 5.2).
enum ServerFrame {
    /// Bytes of the frame at the start of `bytes`, header included. At least 2; never more than `bytes` holds, so that
    /// a malformed frame of ours cannot lead outside.
    static func frameLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > 2 else { return max(1, bytes.count) }
        let length: Int
        switch bytes[1] & 127 {
        case 126:
            guard bytes.count >= 4 else { return bytes.count }
            length = 4 + Int(bytes[2]) << 8 + Int(bytes[3])
        case 127:
            guard bytes.count >= 10 else { return bytes.count }
            var claimed: UInt64 = 0
            for index in 2..<10 { claimed = claimed << 8 | UInt64(bytes[index]) }
            guard claimed <= UInt64(bytes.count) else { return bytes.count }
            length = 10 + Int(claimed)
        case let short:
            length = 2 + Int(short)
        }
        return min(length, bytes.count)
    }

    /// Bytes from offset `taken` to the end of the frame it lies in; 0 on a boundary.
    static func unfinished(_ frames: UnsafeRawBufferPointer, taken: Int) -> Int {
        var boundary = 0
        while boundary < taken {
            boundary += frameLength(UnsafeRawBufferPointer(rebasing: frames[boundary...]))
        }
        return boundary - taken
    }
}
