/// Writes a manual page in mdoc(7), line by line.
///
/// Text of the declaration is data: whatever it contains, it comes out as it was, never as a macro.
package struct ManualText: Sendable {
    package private(set) var text: String

    /// - Parameters:
    ///   - title: `discordctl-node-start`.
    ///   - section: 1 for commands, 5 for files.
    ///   - date: `November 26, 2026`.
    ///   - summary: a few words, without a full stop.
    package init(title: String, section: Int, date: String, summary: String, generator: String) {
        text = ".\\\" Made by '\(generator)'; do not edit.\n"
        text += ".Dd \(date)\n.Dt \(title.uppercased()) \(section)\n.Os\n"
        heading("NAME")
        text += ".Nm \(title)\n.Nd \(Self.escaped(summary))\n"
    }

    package mutating func heading(_ name: String) { text += ".Sh \(name)\n" }
    package mutating func subheading(_ name: String) { text += ".Ss \(name)\n" }

    /// A line of macros whose words are the caller's own, or were made by ``argument(_:)``.
    package mutating func macro(_ line: String) { text += "." + line + "\n" }

    /// Paragraphs, separated in `words` by empty lines; `isFirst` when a heading stands before them.
    package mutating func paragraphs(_ words: String, isFirst: Bool) {
        for (number, paragraph) in words.split(separator: "\n\n").enumerated() {
            if !isFirst || number > 0 { macro("Pp") }
            sentences(String(paragraph))
        }
    }

    /// Running text: each sentence on a line of its own, as mdoc wants it.
    package mutating func sentences(_ words: String) {
        var rest = words.split(separator: "\n").joined(separator: " ")[...]
        while let end = rest.firstRange(of: ". ") {
            line(String(rest[..<end.lowerBound]) + ".")
            rest = rest[end.upperBound...]
        }
        if !rest.isEmpty { line(String(rest)) }
    }

    /// A list of terms, each a line of macros, and what they mean.
    package mutating func list(_ items: [(term: String, words: String)]) {
        guard !items.isEmpty else { return }
        macro("Bl -tag -width Ds")
        for item in items {
            macro("It " + item.term)
            sentences(item.words)
        }
        macro("El")
    }

    /// Lines as they are typed.
    package mutating func literal(_ lines: [String]) {
        macro("Bd -literal -offset indent")
        for line in lines { self.line(line, isTyped: true) }
        macro("Ed")
    }

    private mutating func line(_ words: String, isTyped: Bool = false) {
        let escaped = Self.escaped(words, isTyped: isTyped)
        // A dot or an apostrophe at the beginning would make a macro of the line.
        text += (escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" : "") + escaped + "\n"
    }

    /// Backslashes and dashes as they are; a plain dash may be set as a hyphen, which nobody can paste.
    /// - Parameter isTyped: whether all of it is to be typed, and no dash a hyphen.
    static func escaped(_ words: String, isTyped: Bool = false) -> String {
        words.split(separator: " ", omittingEmptySubsequences: false).map { word in
            // Inside a word of prose a dash is a hyphen; an option may stand in quotes or brackets.
            let isOption = isTyped || word.drop { "'\"([".contains($0) }.hasPrefix("-") || word.contains("--")
            var result = ""
            for character in word {
                switch character {
                case "\\": result += "\\e"
                case "-": result += isOption ? "\\-" : "-"
                case "\u{2026}": result += "..."
                default: result.append(character)
                }
            }
            return result
        }.joined(separator: " ")
    }

    /// Something to be typed, for a macro that knows what it is.
    static func typed(_ words: String) -> String { escaped(words, isTyped: true) }

    /// One argument of a macro, which the words in it cannot make two or another macro of.
    package static func argument(_ words: String) -> String {
        let escaped = Self.escaped(words).split(separator: "\"", omittingEmptySubsequences: false).joined(
            separator: "\"\"")
        return "\"\\&\(escaped)\""
    }
}
