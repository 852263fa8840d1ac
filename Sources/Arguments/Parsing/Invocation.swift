/// Where a value came from.
package enum ValueSource: Hashable, Sendable {
    case commandLine
    /// The variable's name.
    case environment(String)
    /// The layer's name, as `context prod-eu`.
    case layer(String)
    case `default`
}

/// Values below the environment and above the defaults: those of a context.
package struct DefaultsLayer: Hashable, Sendable {
    /// For messages: `context prod-eu`.
    package var name: String
    /// By long option name. Names that the command does not declare are left alone.
    package var values: [String: [String]]

    package init(name: String, values: [String: [String]]) {
        self.name = name
        self.values = values
    }
}

/// A line that was understood: a command and its checked values.
package struct Invocation: Sendable {
    struct Bound: Sendable {
        var value: (any Sendable)?
        var source: ValueSource
    }

    /// Canonical names: `["dlq", "replay"]`.
    package let path: [String]
    package let command: CommandDeclaration
    var options: [String: Bound] = [:]
    var operands: [String: (any Sendable)?] = [:]

    init(path: [String], command: CommandDeclaration) {
        self.path = path
        self.command = command
    }

    /// The option's value. The command must declare the option, or all commands do.
    package subscript<Value>(_ option: Option<Value>) -> Value {
        guard let value = value(of: option) else {
            preconditionFailure("'\(path.joined(separator: " "))' does not declare --\(option.declaration.name)")
        }
        return value
    }

    /// The operand's value. The command must declare the operand.
    package subscript<Value>(_ operand: Operand<Value>) -> Value {
        guard let value = value(of: operand) else {
            preconditionFailure("'\(path.joined(separator: " "))' does not declare \(operand.declaration.name)")
        }
        return value
    }

    /// The value, or nil when the command does not declare the option or, in a partial result, it is missing.
    package func value<Value>(of option: Option<Value>) -> Value? {
        options[option.declaration.name]?.value as? Value
    }

    /// The value, or nil when the command does not declare the operand or, in a partial result, it is missing.
    package func value<Value>(of operand: Operand<Value>) -> Value? {
        operands[operand.declaration.name].flatMap { $0 as? Value }
    }

    /// Where the option's value came from; nil when the command does not declare it.
    package func source<Value>(of option: Option<Value>) -> ValueSource? {
        options[option.declaration.name]?.source
    }

    /// Whether the operator gave the option, on the line, by the environment or by a context.
    package func isGiven<Value>(_ option: Option<Value>) -> Bool {
        source(of: option).map { $0 != .default } ?? false
    }
}
