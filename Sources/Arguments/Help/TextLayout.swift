/// Wrapping by display width.
enum TextLayout {
    /// Lines of at most `width` columns, broken at blanks; a word that is wider is broken between characters.
    /// A line feed in the text always breaks; a no-break space is a blank that breaks only where it must.
    static func wrapped(_ text: String, width: Int) -> [String] {
        let width = max(1, width)
        return text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { paragraph -> [String] in
            var lines: [String] = []
            var line = ""
            var used = 0
            let words = paragraph.split(separator: " ").flatMap { word in
                DisplayWidth.of(word) > width ? word.split(separator: noBreakSpace) : [word]
            }
            for word in words {
                let columns = DisplayWidth.of(word)
                if !line.isEmpty, used + 1 + columns > width {
                    lines.append(line)
                    (line, used) = ("", 0)
                }
                if !line.isEmpty {
                    line += " "
                    used += 1
                }
                for character in word {
                    let own = DisplayWidth.of(character)
                    if used + own > width, !line.isEmpty {
                        lines.append(line)
                        (line, used) = ("", 0)
                    }
                    line.append(character)
                    used += own
                }
            }
            return (lines + [line]).map { String($0.map { $0 == noBreakSpace ? " " : $0 }) }
        }
    }

    private static let noBreakSpace: Character = "\u{a0}"

    /// The text as one word for wrapping.
    static func unbroken(_ text: String) -> String {
        String(text.map { $0 == " " ? noBreakSpace : $0 })
    }

    /// Two columns: labels, and their descriptions wrapped beside them. A label too wide stands on its own line.
    static func table(_ rows: [(label: String, text: String)], width: Int) -> [String] {
        let indent = 2
        // A label that is wider does not push the descriptions to the right.
        let widestAllowed = min(30, width / 2 - 4)
        let widest = rows.map { DisplayWidth.of($0.label) }.filter { $0 <= widestAllowed }.max() ?? 0
        let start = indent + max(widest, 4) + 2
        return rows.flatMap { row -> [String] in
            let label = String(repeating: " ", count: indent) + row.label
            let texts = wrapped(row.text, width: max(width - start, 20))
            let margin = String(repeating: " ", count: start)
            guard DisplayWidth.of(label) + 2 <= start, let first = texts.first else {
                return [label] + texts.filter { !$0.isEmpty }.map { margin + $0 }
            }
            if row.text.isEmpty { return [label] }
            return [label.padded(to: start) + first] + texts.dropFirst().map { margin + $0 }
        }
    }
}
