import Arguments

/// Writes rows as columns that line up by display width.
struct TableText {
    /// Narrower than this the last column is not cut: the lines wrap instead.
    private static let lastColumnWidthMin = 12

    /// What the reader sees.
    struct Style: Hashable, Sendable {
        var showsHeaders = true
        /// Columns of the terminal, to which the last column is cut; `nil` leaves everything whole.
        var width: Int?
        var isColored = false
    }

    var columns: [ResourceColumn]
    var style: Style

    /// Lines, each with its line feed; nothing for no rows and no headers.
    func text(_ rows: [[DocumentValue]]) -> String {
        let cells = rows.map { $0.map { SafeText.escaped($0.cellText) } }
        let widths = columns.indices.map { column in
            let header = style.showsHeaders ? DisplayWidth.of(columns[column].name) : 0
            return cells.reduce(header) { max($0, DisplayWidth.of($1[column])) }
        }
        let header = style.showsHeaders ? [line(columns.map(\.name), widths: widths, emphasis: .header)] : []
        let lines = zip(cells, rows).map { cells, row in line(cells, widths: widths, emphasis: nil, marks: row) }
        return (header + lines).joined()
    }

    /// One row of a table whose further rows are not known yet: columns are as wide as they say themselves.
    func streamedLine(_ row: [DocumentValue]) -> String {
        line(row.map { SafeText.escaped($0.cellText) }, widths: columns.map(\.streamWidth), emphasis: nil)
    }

    var streamedHeader: String {
        style.showsHeaders ? line(columns.map(\.name), widths: columns.map(\.streamWidth), emphasis: .header) : ""
    }

    private enum Emphasis {
        case header
    }

    /// - Parameter marks: the values of the cells, for what is marked in them.
    private func line(
        _ cells: [String], widths: [Int], emphasis: Emphasis?, marks: [DocumentValue] = []
    ) -> String {
        var line = ""
        var used = 0
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(cell)))
            let isRight = columns[index].isNumber
            var shown = isRight ? padding + cell : cell
            if isLast {
                shown = cut(shown, to: style.width.map { $0 - used })
            } else {
                if !isRight { shown += padding }
                shown += "  "
            }
            used += DisplayWidth.of(shown)
            if style.isColored, marks.indices.contains(index), case .marked(let parts) = marks[index] {
                shown = Self.emphasised(shown, parts)
            }
            line += shown
        }
        while line.last == " " { line.removeLast() }
        guard emphasis == .header, style.isColored else { return line + "\n" }
        return Colour.bold.applied(to: line) + "\n"
    }

    /// The text, which may have been cut, with what was looked for in bold.
    private static func emphasised(_ text: String, _ parts: [TextPart]) -> String {
        var rest = Substring(text)
        var result = ""
        for part in parts {
            let escaped = SafeText.escaped(part.text)
            guard part.isMatch, rest.hasPrefix(escaped) else {
                result += rest.prefix(escaped.count)
                rest = rest.dropFirst(escaped.count)
                continue
            }
            result += Colour.bold.applied(to: escaped)
            rest = rest.dropFirst(escaped.count)
        }
        return result + rest
    }

    private func cut(_ text: String, to width: Int?) -> String {
        guard let width, width >= Self.lastColumnWidthMin, DisplayWidth.of(text) > width else { return text }
        var result = ""
        var used = 0
        for character in text {
            used += DisplayWidth.of(character)
            guard used < width else { break }
            result.append(character)
        }
        return result + "\u{2026}"
    }
}

/// The few colours that the tool uses (ECMA-48, SGR).
enum Colour: String {
    case bold = "1"
    case red = "31"
    case green = "32"
    case yellow = "33"

    func applied(to text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
