import Arguments

/// Writes documents as JSON (RFC 8259), fit to be shown on a terminal: whatever has no glyph is escaped.
enum JSONText {
    /// The document on one line.
    static func line(_ value: DocumentValue) -> String {
        switch value {
        case .null: return "null"
        case .flag(let flag): return flag ? "true" : "false"
        case .number(let number): return String(number)
        case .text(let text): return quoted(text)
        case .marked: return line(value.unmarked)
        case .list(let values): return "[" + values.map { line($0) }.joined(separator: ",") + "]"
        case .map(let fields):
            return "{" + fields.map { quoted($0.key) + ":" + line($0.value) }.joined(separator: ",") + "}"
        }
    }

    /// The document with one value a line.
    static func indented(_ value: DocumentValue, by depth: Int = 0) -> String {
        let margin = String(repeating: "  ", count: depth + 1)
        let end = "\n" + String(repeating: "  ", count: depth)
        switch value.unmarked {
        case .list(let values) where !values.isEmpty:
            return "[\n" + values.map { margin + indented($0, by: depth + 1) }.joined(separator: ",\n") + end + "]"
        case .map(let fields) where !fields.isEmpty:
            let lines = fields.map { margin + quoted($0.key) + ": " + indented($0.value, by: depth + 1) }
            return "{\n" + lines.joined(separator: ",\n") + end + "}"
        default: return line(value)
        }
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default:
                if SafeText.isUnsafe(scalar) {
                    for unit in String(scalar).utf16 { result += "\\u" + hexadecimal(unit, digits: 4) }
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }

    static func hexadecimal(_ value: some BinaryInteger, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
