package import Chat

/// What READY calls `session_id`: 128 random bits that only the session's own client knows, and where the session lives on this node.
/// As text: 32, 4 and 8 hexadecimal digits.
package struct SessionID: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64
    package var loop: UInt16
    package var slot: UInt32

    package init(high: UInt64, low: UInt64, loop: UInt16, slot: UInt32) {
        self.high = high
        self.low = low
        self.loop = loop
        self.slot = slot
    }

    /// Draws the secret from the system's generator, which is getrandom(2).
    package static func random(loop: UInt16, slot: UInt32) -> SessionID {
        var generator = SystemRandomNumberGenerator()
        return SessionID(high: generator.next(), low: generator.next(), loop: loop, slot: slot)
    }

    /// The name by which others may know the session: of the secret's 128 bits 64 stay unknown to them.
    package var tag: SessionTag { SessionTag(high ^ low) }

    package var text: String {
        var text: [UInt8] = []
        text.reserveCapacity(Self.characters)
        for (value, digits) in [(high, 16), (low, 16), (UInt64(loop), 4), (UInt64(slot), 8)] {
            for digit in (0..<digits).reversed() {
                let nibble = UInt8(truncatingIfNeeded: value >> (UInt64(digit) * 4)) & 15
                text.append(nibble < 10 ? 48 + nibble : 87 + nibble)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for whatever ``text`` cannot have written.
    package init?(text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.characters, bytes.allSatisfy({ 48...57 ~= $0 || 97...102 ~= $0 }) else { return nil }
        func value(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 4 | UInt64($1 < 58 ? $1 - 48 : $1 - 87) }
        }
        high = value(0..<16)
        low = value(16..<32)
        loop = UInt16(truncatingIfNeeded: value(32..<36))
        slot = UInt32(truncatingIfNeeded: value(36..<44))
    }

    /// Compares the secrets without stopping at the first difference, so that time tells nothing of how much was right.
    package func matches(_ other: SessionID) -> Bool {
        (high ^ other.high) | (low ^ other.low) == 0
    }

    private static let characters = 44
}

/// A token's hash kept inline: an array would be a heap object for each session.
struct TokenMark: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    init() {}

    init(_ hash: TokenHash) {
        func word(_ index: Int) -> UInt64 {
            hash.bytes.dropFirst(index * 8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        words = (word(0), word(1), word(2), word(3))
    }

    var hash: TokenHash {
        let words = [words.0, words.1, words.2, words.3]
        return TokenHash(
            bytes: words.flatMap { word in
                (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> (UInt64($0) * 8)) }
            })
    }

    /// Compares without early exit.
    static func == (left: TokenMark, right: TokenMark) -> Bool {
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2)
            | (left.words.3 ^ right.words.3) == 0
    }

    func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}
