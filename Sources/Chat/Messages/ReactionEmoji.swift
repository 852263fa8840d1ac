/// An emoji with which messages are reacted to.
package struct ReactionEmoji: Hashable, Sendable {
    /// `nil` for an emoji of Unicode.
    package var id: EmojiID?
    /// The emoji itself, byte for byte as it was received, or the name of a custom one.
    package var name: String

    package init(id: EmojiID? = nil, name: String) {
        self.id = id
        self.name = name
    }

    /// Reads the spelling of paths: an emoji of Unicode, or `name:id`. `nil` for what is neither.
    package init?(path: String) {
        guard path.utf8.count <= Limits.emojiBytesMax else { return nil }
        let parts = path.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard let id = EmojiID(decimal: parts[1]), Limits.emojiNameCharacters.contains(parts[0].utf8.count),
                parts[0].utf8.allSatisfy(Self.isNameByte)
            else { return nil }
            self.init(id: id, name: String(parts[0]))
        } else {
            guard Self.isUnicodeEmoji(path) else { return nil }
            self.init(name: path)
        }
    }

    /// What tells emojis of one message apart: a custom one's id, whatever name it came with, else its bytes.
    package var key: String { id.map { ":\($0)" } ?? name }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// One character that is shown as a picture. Digits, `#` and `*` are emojis by themselves in Unicode's table; they
    /// count with the keycap behind them only.
    private static func isUnicodeEmoji(_ text: String) -> Bool {
        guard text.count == 1 else { return false }
        let scalars = text.unicodeScalars
        return scalars.contains { !$0.isASCII && $0.properties.isEmoji || $0.value == keycap }
            && scalars.allSatisfy { $0.properties.isEmoji || joins($0) }
    }

    private static let keycap: UInt32 = 0x20E3

    /// Scalars that put an emoji together: the joiner, the selectors of a variation, the keycap, and tags.
    private static func joins(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200D, 0xFE0E, 0xFE0F, keycap, 0xE0020...0xE007F: true
        default: false
        }
    }
}

/// How often a message was reacted to with one emoji.
package struct ReactionTally: Hashable, Sendable {
    package var emoji: ReactionEmoji
    /// At least 1.
    package var count: UInt64
    /// Whether the one who asked is among them.
    package var isMine: Bool

    package init(emoji: ReactionEmoji, count: UInt64, isMine: Bool = false) {
        self.emoji = emoji
        self.count = count
        self.isMine = isMine
    }
}
