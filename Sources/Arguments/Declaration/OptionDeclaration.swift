/// A name that still parses but is no longer shown.
package struct DeprecatedName: Hashable, Sendable {
    package let name: String
    /// The version that will refuse the name.
    package let removedIn: String

    package init(_ name: String, removedIn: String) {
        self.name = name
        self.removedIn = removedIn
    }
}

/// An environment variable that gives an option its value.
package struct VariableBinding: Hashable, Sendable, ExpressibleByStringLiteral {
    package let name: String
    /// The value that the variable stands for whenever it is not empty, as `never` for `NO_COLOR`; nil means the
    /// variable holds the value.
    package let meaning: String?

    package init(_ name: String, meaning: String? = nil) {
        self.name = name
        self.meaning = meaning
    }

    package init(stringLiteral value: String) {
        self.init(value)
    }
}

/// What more than one occurrence of an option means.
package enum Repetition: Hashable, Sendable {
    /// A second, different value is an error: for targets and safety.
    case once
    /// The last counts, so that a shell alias can be overridden: for presentation.
    case lastWins
    /// All count, in order.
    case append
    /// All count; a second value for a key is an error.
    case map
    /// The number of occurrences counts.
    case count
}

/// Where an option or a command is shown.
package enum Visibility: Hashable, Sendable {
    case shown
    /// In the full help and the manual, not in the short help.
    case advanced
    /// Nowhere, though it works.
    case hidden
}

/// An option as parsing, help, completions and manual pages see it. Made by `Option`, which keeps its Swift type.
package struct OptionDeclaration: Sendable {
    /// Whether and how a value follows.
    package enum Form: Hashable, Sendable {
        /// No value; `negatable` adds `--no-name`.
        case flag(negatable: Bool)
        case value
        /// A value only after `=`; without one it means `bare`.
        case optionalValue(bare: String)
    }

    /// Long name, without dashes.
    package let name: String
    package internal(set) var short: Character?
    /// Other long names, accepted and shown in the full help.
    package internal(set) var aliases: [String]
    /// Long names that mean `--no-name`, as `detach` for `--no-wait`.
    package internal(set) var negativeAliases: [String]
    package internal(set) var deprecatedNames: [DeprecatedName]
    /// One sentence, without a full stop.
    package let summary: String
    package internal(set) var discussion: String
    package let form: Form
    /// What is read; nil for flags.
    package let valueType: AnyValueType?
    package let repetition: Repetition
    /// One occurrence may hold several values, split at commas; `\,` is a comma.
    package internal(set) var splitsOnCommas: Bool
    /// What counts when nothing is given, printed; nil when that is nothing.
    package internal(set) var defaultText: String?
    /// Variables that are asked in order.
    package internal(set) var environment: [VariableBinding]
    package internal(set) var visibility: Visibility
    /// Heading in the help; nil for the usual one.
    package internal(set) var section: String?
    package internal(set) var isRequired: Bool
    /// The value must not be repeated in messages.
    package internal(set) var isSecret: Bool

    /// Makes the typed value of the parsed values, in order; of none, the default. nil when a value is required.
    let assemble: @Sendable ([any Sendable]) -> (any Sendable)?

    /// `--name`.
    package var spelling: String { "--" + name }

    package var isFlag: Bool {
        if case .flag = form { true } else { false }
    }

    package var isNegatable: Bool { form == .flag(negatable: true) }

    package var takesValue: Bool { form == .value }

    /// `-L, --limit N` as help and manual pages show it.
    package var synopsis: String {
        let dashed = isNegatable ? "--[no-]\(name)" : spelling
        let value =
            switch form {
            case .flag: ""
            case .value: " " + (valueType?.placeholder ?? "")
            case .optionalValue: "[=" + (valueType?.placeholder ?? "") + "]"
            }
        let letter = short.map { "-\($0), " } ?? ""
        return letter + dashed + value
    }
}

/// An operand as parsing, help, completions and manual pages see it. Made by `Operand`, which keeps its Swift type.
package struct OperandDeclaration: Sendable {
    /// In capitals: `CHANNEL`.
    package let name: String
    package let summary: String
    package let valueType: AnyValueType
    package let countMin: Int
    /// nil means any number.
    package let countMax: Int?

    let assemble: @Sendable ([any Sendable]) -> (any Sendable)?

    /// `[NODE...]` as in a synopsis.
    package var synopsis: String {
        let repeated = countMax == 1 ? name : name + "..."
        return countMin == 0 ? "[\(repeated)]" : repeated
    }
}
