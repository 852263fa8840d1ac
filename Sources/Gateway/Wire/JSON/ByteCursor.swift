/// A position in borrowed bytes. Every read is checked against the end, also in release builds, where the subscript of a
/// raw buffer is not.
struct ByteCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset = 0

    init(bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var count: Int { bytes.count }
    var isAtEnd: Bool { offset >= bytes.count }

    /// The next byte, or `nil` at the end.
    var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Steps over a byte that was peeked at.
    mutating func advance() {
        precondition(offset < bytes.count, "moved past the end")
        offset += 1
    }

    /// Takes and returns the next byte.
    mutating func next() -> UInt8? {
        guard offset < bytes.count else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    /// Takes the next byte if it is this one.
    mutating func take(_ byte: UInt8) -> Bool {
        guard offset < bytes.count, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    /// Takes the bytes of a word if they come next.
    mutating func take(word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard bytes.count - offset >= length,
            bytes[offset..<(offset + length)].elementsEqual(
                UnsafeRawBufferPointer(start: word.utf8Start, count: length))
        else { return false }
        offset += length
        return true
    }

    /// Takes the quote that ends a key, and the colon with the white space around it.
    mutating func takeEndOfKey() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        skipWhiteSpace()
        guard take(UInt8(ascii: ":")) else { return false }
        skipWhiteSpace()
        return true
    }

    /// The white space of RFC 8259, 2.
    mutating func skipWhiteSpace() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    /// Takes bytes up to the next quote, backslash or control character, or to the end.
    mutating func skipPlainStringBytes() {
        offset += PlainText.length(of: UnsafeRawBufferPointer(rebasing: bytes[offset...]))
    }

    /// Takes a run of decimal digits and returns how many there were.
    mutating func skipDigits() -> Int {
        let start = offset
        while offset < bytes.count, 0x30...0x39 ~= bytes[offset] { offset += 1 }
        return offset - start
    }

    /// The bytes taken since `start`.
    func taken(since start: Int) -> UnsafeRawBufferPointer {
        precondition(start >= 0 && start <= offset, "a slice that ends before it begins")
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }
}
