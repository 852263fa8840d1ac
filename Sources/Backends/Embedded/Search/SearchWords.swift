import Interface

/// What the index makes of a message's words, and what it makes of it again for readers.
///
/// Scripts that write no spaces would be one endless word to the tokenizer: between their characters stands a
/// separator, so that each is a word and a phrase of them is found anywhere.
enum SearchWords {
    private static let separator: Unicode.Scalar = "\u{1}"
    /// Where a match begins and ends in a snippet.
    static let opening = "\u{2}"
    static let closing = "\u{3}"
    /// Words of a snippet (fts5.html, 5.1.3: 1 to 64).
    static let snippetWords = 24
    /// Characters that are shown of a message in which nothing is looked for.
    private static let plainCharactersMax = 160

    /// The text as it is indexed. The characters that mark something here are replaced where the text has them, so that
    /// a message cannot forge a mark; SQLite's strings end at NUL.
    static func indexed(_ text: String) -> String {
        // The first ideograph is U+3005, so that bytes below 0xE3 are of none: most texts stay as they are.
        guard text.utf8.contains(where: { $0 <= 3 || $0 >= 0xE3 }) else { return text }
        var result = String.UnicodeScalarView()
        var wasIdeograph = false
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0...3:
                result.append("\u{FFFD}")
                wasIdeograph = false
            case _ where isIdeograph(scalar):
                if !result.isEmpty { result.append(separator) }
                result.append(scalar)
                wasIdeograph = true
            default:
                if wasIdeograph { result.append(separator) }
                result.append(scalar)
                wasIdeograph = false
            }
        }
        return String(result)
    }

    /// The indexed text without the separators.
    static func plain(_ indexed: String) -> String {
        var scalars = indexed.unicodeScalars
        scalars.removeAll { $0 == separator }
        return String(scalars)
    }

    /// The parts of a text with marks.
    static func snippet(marked text: String) -> SearchSnippet {
        var parts: [SearchSnippet.Part] = []
        var current = String.UnicodeScalarView()
        var isMatch = false
        func finish(next: Bool) {
            if !current.isEmpty { parts.append(.init(String(current), isMatch: isMatch)) }
            current = String.UnicodeScalarView()
            isMatch = next
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case separator: continue
            case "\u{2}": finish(next: true)
            case "\u{3}": finish(next: false)
            default: current.append(scalar)
            }
        }
        finish(next: false)
        return SearchSnippet(parts)
    }

    /// The beginning of a text in which nothing is marked.
    static func snippet(beginning indexed: String) -> SearchSnippet {
        let text = plain(indexed)
        let start = String(text.prefix(plainCharactersMax))
        guard !start.isEmpty else { return SearchSnippet([]) }
        return SearchSnippet([.init(start.utf8.count < text.utf8.count ? start + "…" : start, isMatch: false)])
    }

    /// Han, Hiragana and Katakana (Unicode blocks).
    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3005...0x3007, 0x3041...0x3096, 0x309D...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x3400...0x4DBF,
            0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF:
            true
        default: false
        }
    }
}
