/// Something wrong with a line, as data; `DiagnosticRenderer` makes text of it.
package struct Diagnostic: Hashable, Sendable {
    /// What kind; callers decide by this and never by the text. Stable across versions.
    package enum Code: String, CaseIterable, Hashable, Sendable {
        case unknownOption = "unknown-option"
        case unknownCommand = "unknown-command"
        case missingValue = "missing-value"
        case unexpectedValue = "unexpected-value"
        case invalidValue = "invalid-value"
        case invalidText = "invalid-text"
        case repeatedOption = "repeated-option"
        case singleDash = "single-dash"
        case missingOption = "missing-option"
        case missingOperand = "missing-operand"
        case unexpectedOperand = "unexpected-operand"
        case conflict = "conflict"
        case requirement = "requirement"
        case deprecated = "deprecated"
        case unknownVariable = "unknown-variable"
    }

    package enum Severity: String, Hashable, Sendable {
        case error, warning
    }

    package var code: Code
    package var severity: Severity
    /// One line, without a full stop.
    package var message: String
    /// What would have been right, without the word "expected".
    package var expected: String?
    /// One thing to do.
    package var hint: String?
    /// Where on the line; nil when the fault is elsewhere, or is that something is missing.
    package var position: Position?
    /// The other word that the message is about.
    package var related: Position?

    package init(
        _ code: Code, _ message: String, at position: Position? = nil, related: Position? = nil,
        expected: String? = nil, hint: String? = nil, severity: Severity = .error
    ) {
        self.code = code
        self.severity = severity
        self.message = message
        self.expected = expected
        self.hint = hint
        self.position = position
        self.related = related
    }
}
