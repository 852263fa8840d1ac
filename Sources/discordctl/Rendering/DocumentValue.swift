/// A value of a document, whatever notation it is written in.
indirect enum DocumentValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Int)
    case text(String)
    /// Text of which parts were looked for.
    case marked([TextPart])
    case list([DocumentValue])
    /// Keys in the order in which they are shown.
    case map([DocumentField])

    init(_ text: String?) {
        self = text.map { .text($0) } ?? .null
    }

    init(_ number: some BinaryInteger) {
        self = .number(Int(clamping: number))
    }

    /// One line for a cell of a table; what is absent is a dash.
    var cellText: String {
        switch self {
        case .null, .text(""): "-"
        case .flag(let flag): flag ? "yes" : "no"
        case .number(let number): String(number)
        case .text(let text): text
        case .marked(let parts): parts.isEmpty ? "-" : parts.map(\.text).joined()
        case .list(let values): values.isEmpty ? "-" : values.map(\.cellText).joined(separator: ",")
        case .map(let fields): fields.map { "\($0.key)=\($0.value.cellText)" }.joined(separator: ",")
        }
    }

    /// Whether the value comes before another in a sorted list: what is absent first, numbers and ids by size, text by
    /// its letters.
    func isBefore(_ other: DocumentValue) -> Bool {
        switch (self, other) {
        case (.null, .null): false
        case (.null, _): true
        case (_, .null): false
        case (.number(let left), .number(let right)): left < right
        case (.text(let left), .text(let right)):
            if let leftID = UInt64(left), let rightID = UInt64(right) { leftID < rightID } else { left < right }
        default: cellText < other.cellText
        }
    }
}

extension DocumentValue {
    /// What a program reads: marked text as a list of its parts.
    var unmarked: DocumentValue {
        guard case .marked(let parts) = self else { return self }
        return .list(
            parts.map { .map([DocumentField("text", $0.text), DocumentField("match", .flag($0.isMatch))]) })
    }
}

/// A part of a text, and whether it was looked for.
struct TextPart: Hashable, Sendable {
    var text: String
    var isMatch: Bool

    init(_ text: String, isMatch: Bool) {
        self.text = text
        self.isMatch = isMatch
    }
}

/// A key and its value.
struct DocumentField: Hashable, Sendable {
    var key: String
    var value: DocumentValue

    init(_ key: String, _ value: DocumentValue) {
        self.key = key
        self.value = value
    }

    init(_ key: String, _ text: String?) {
        self.init(key, DocumentValue(text))
    }
}
