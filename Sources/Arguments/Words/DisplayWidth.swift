/// Columns that text takes on a terminal.
package enum DisplayWidth {
    /// East Asian Wide and Fullwidth blocks (Unicode Standard Annex 11), without the emoji, which carry a property.
    private static let wideRanges: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    /// 0 for marks without a base, 2 for wide characters and emoji, otherwise 1.
    package static func of(_ character: Character) -> Int {
        if character.isASCII { return 1 }
        var width = 0
        for scalar in character.unicodeScalars {
            if scalar.properties.isEmojiPresentation || scalar.value == 0xFE0F { return 2 }
            if wideRanges.contains(where: { $0.contains(scalar.value) }) { return 2 }
            if !scalar.properties.isGraphemeExtend { width = 1 }
        }
        return width
    }

    /// Columns of a text.
    package static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + of($1) }
    }
}

extension StringProtocol {
    /// The text followed by as many blanks as bring it to `width` columns.
    func padded(to width: Int) -> String {
        String(self) + String(repeating: " ", count: Swift.max(0, width - DisplayWidth.of(self)))
    }
}
