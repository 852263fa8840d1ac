/// Makes text of diagnostics: what, the line with a caret, what was expected, one hint.
package struct DiagnosticRenderer: Sendable {
    private static let indent = "  "

    /// Columns of the terminal; the line is cut around the caret to fit.
    package var width: Int
    /// True where standard error is no terminal: everything beyond ASCII is escaped.
    package var asciiOnly: Bool

    package init(width: Int = 80, asciiOnly: Bool = true) {
        self.width = max(20, width)
        self.asciiOnly = asciiOnly
    }

    /// All of a refusal, ending with where to read on; lines end with a line feed.
    package func text(of refusal: Refusal, on line: TypedLine) -> String {
        var text = refusal.diagnostics.map { self.text(of: $0, on: line) }.joined()
        if refusal.omittedCount > 0 {
            text += "and \(refusal.omittedCount) more \(refusal.omittedCount == 1 ? "error" : "errors")\n"
        }
        let command = ([line.program] + refusal.path).joined(separator: " ")
        return text + "see '\(command) --help'\n"
    }

    /// One diagnostic; lines end with a line feed.
    package func text(of diagnostic: Diagnostic, on line: TypedLine) -> String {
        var lines = ["\(line.program): \(diagnostic.severity.rawValue): \(diagnostic.message)"]
        lines += excerpt(of: line, for: diagnostic).map { Self.indent + $0 }
        if let expected = diagnostic.expected { lines.append(Self.indent + "expected " + expected) }
        if let hint = diagnostic.hint { lines.append(Self.indent + hint) }
        // Messages quote what was typed; whatever slipped through is made harmless here, once for all.
        return lines.map { (asciiOnly ? SafeText.ascii(SafeText.escaped($0)) : SafeText.escaped($0)) + "\n" }.joined()
    }

    /// The typed line and the line of carets below it.
    private func excerpt(of line: TypedLine, for diagnostic: Diagnostic) -> [String] {
        guard let position = diagnostic.position else { return [] }
        let cells = line.cells(asciiOnly: asciiOnly)
        guard let primary = cells.range(of: position) else { return [] }
        let related = diagnostic.related.flatMap { cells.range(of: $0) }
        let window = window(of: cells, around: primary)
        var typed = window.lowerBound > 0 ? "..." : ""
        var marks = String(repeating: " ", count: typed.count)
        for index in window {
            let text = index < cells.texts.count ? cells.texts[index] : ""
            typed += text
            // An empty word has no cell of its own beyond its quotes; the caret stands on one of them.
            let columns = max(DisplayWidth.of(text), index == primary.lowerBound ? 1 : 0)
            if primary.contains(index) {
                let head = index == primary.lowerBound ? "^" : "~"
                marks += (head + String(repeating: "~", count: max(0, columns - 1))).prefix(columns)
            } else {
                marks += String(repeating: related?.contains(index) == true ? "~" : " ", count: columns)
            }
        }
        if window.upperBound < cells.texts.count { typed += "..." }
        while marks.last == " " { marks.removeLast() }
        return [typed, marks]
    }

    /// The cells that fit into the width, the primary place among them.
    private func window(of cells: TypedLine.Cells, around primary: Range<Int>) -> Range<Int> {
        let widths = cells.texts.map { DisplayWidth.of($0) }
        let room = width - Self.indent.count
        if widths.reduce(0, +) <= room { return 0..<max(cells.texts.count, primary.upperBound) }
        // Both ends may need an ellipsis. A third of the room stands before the place, what is left after it.
        let budget = room - 6
        var lower = primary.lowerBound
        var used = 0
        while lower > 0, used + widths[lower - 1] <= budget / 3 {
            lower -= 1
            used += widths[lower]
        }
        var upper = primary.lowerBound
        while upper < widths.count, used + widths[upper] <= budget {
            used += widths[upper]
            upper += 1
        }
        while upper == widths.count, lower > 0, used + widths[lower - 1] <= budget {
            lower -= 1
            used += widths[lower]
        }
        return lower..<max(upper, lower + 1)
    }
}
