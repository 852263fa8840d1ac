/// Bytes that stand in a JSON string as they are: all but the quote, the backslash and control characters (RFC 8259, 7).
enum PlainText {
    /// How many bytes there are before the first other one.
    static func length(of bytes: UnsafeRawBufferPointer) -> Int {
        let count = bytes.count
        var index = 0
        // Most text is plain: eight bytes a step while none of them is special.
        while count &- index >= 8, !hasSpecial(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
            index &+= 8
        }
        while index < count, !isSpecial(bytes[index]) { index &+= 1 }
        return index
    }

    private static func isSpecial(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x22 || byte == 0x5C }

    /// Whether any of eight bytes is special. A byte below what is subtracted from it gets its high bit from the borrow; those that had the
    /// bit before are left out. What a borrow does to the bytes above it does not matter: then there is a special one below them.
    private static func hasSpecial(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let control = (word &- ones &* 0x20) & ~word
        return (control | (quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes) & highs != 0
    }
}
