import Arguments

/// Writes documents as YAML 1.2 in block style.
enum YAMLText {
    /// Lines of the document, each with its line feed.
    static func document(_ value: DocumentValue) -> String {
        switch value.unmarked {
        case .list(let values) where !values.isEmpty: list(values, margin: "")
        case .map(let fields) where !fields.isEmpty: map(fields, margin: "")
        default: scalar(value) + "\n"
        }
    }

    private static func list(_ values: [DocumentValue], margin: String) -> String {
        values.map { value in
            let inner = margin + "  "
            // What is in a list starts behind its dash; its further lines stand below.
            switch value.unmarked {
            case .map(let fields) where !fields.isEmpty:
                return margin + "- " + map(fields, margin: inner).dropFirst(inner.count)
            case .list(let values) where !values.isEmpty: return margin + "-\n" + list(values, margin: inner)
            default: return margin + "- " + scalar(value) + "\n"
            }
        }.joined()
    }

    private static func map(_ fields: [DocumentField], margin: String) -> String {
        fields.map { field in
            let start = margin + text(field.key) + ":"
            switch field.value.unmarked {
            case .map(let fields) where !fields.isEmpty: return start + "\n" + map(fields, margin: margin + "  ")
            case .list(let values) where !values.isEmpty: return start + "\n" + list(values, margin: margin + "  ")
            default: return start + " " + scalar(field.value) + "\n"
            }
        }.joined()
    }

    private static func scalar(_ value: DocumentValue) -> String {
        switch value {
        case .null: "null"
        case .flag(let flag): flag ? "true" : "false"
        case .number(let number): String(number)
        case .text(let text): self.text(text)
        case .marked, .list: "[]"
        case .map: "{}"
        }
    }

    /// Plain where no reader of any version could take it for anything but text; otherwise quoted.
    private static func text(_ text: String) -> String {
        let words: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        let isPlain =
            text.unicodeScalars.first.map { $0.isASCII && $0.properties.isAlphabetic } ?? false
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || "0123456789_./-".unicodeScalars.contains($0))
            }
        guard !isPlain || words.contains(text.lowercased()) else { return text }
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
                    let isWide = scalar.value > 0xFFFF
                    result += (isWide ? "\\U" : "\\u") + JSONText.hexadecimal(scalar.value, digits: isWide ? 8 : 4)
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result + "\""
    }
}
