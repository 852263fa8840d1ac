/// A declared option and the key to its value: `invocation[limit]` is a `Value`.
///
/// Made once, as a static constant, and used both in the declaration of the command and to read the invocation:
///
///     static let limit = Option("limit", short: "L", .count, default: 50, "how many rows")
package struct Option<Value: Sendable>: Sendable {
    package private(set) var declaration: OptionDeclaration

    private init(
        _ name: String, short: Character?, summary: String, form: OptionDeclaration.Form, valueType: AnyValueType?,
        repetition: Repetition, defaultText: String?, isRequired: Bool = false,
        assemble: @escaping @Sendable ([any Sendable]) -> (any Sendable)?
    ) {
        declaration = OptionDeclaration(
            name: name, short: short, aliases: [], negativeAliases: [], deprecatedNames: [], summary: summary,
            discussion: "", form: form, valueType: valueType, repetition: repetition, splitsOnCommas: false,
            defaultText: defaultText, environment: [], visibility: .shown, section: nil, isRequired: isRequired,
            isSecret: false, assemble: assemble
        )
    }

    /// An option with a default.
    package init(
        _ name: String, short: Character? = nil, _ type: ValueType<Value>, default fallback: Value,
        repetition: Repetition = .once, _ summary: String
    ) {
        self.init(
            name, short: short, summary: summary, form: .value, valueType: AnyValueType(type), repetition: repetition,
            defaultText: type.print(fallback), assemble: { $0.last ?? fallback }
        )
    }

    /// An option that may be absent.
    package init<Wrapped>(
        _ name: String, short: Character? = nil, _ type: ValueType<Wrapped>, repetition: Repetition = .once,
        _ summary: String
    ) where Value == Wrapped? {
        self.init(
            name, short: short, summary: summary, form: .value, valueType: AnyValueType(type), repetition: repetition,
            defaultText: nil, assemble: { .some($0.last as? Wrapped as Wrapped?) }
        )
    }

    /// An option that must be given, by the line, the environment or a layer.
    package static func required(
        _ name: String, short: Character? = nil, _ type: ValueType<Value>, repetition: Repetition = .once,
        _ summary: String
    ) -> Option {
        Option(
            name, short: short, summary: summary, form: .value, valueType: AnyValueType(type), repetition: repetition,
            defaultText: nil, isRequired: true, assemble: { $0.last }
        )
    }

    /// An option whose value may be left out (`--color`), then meaning `bare`; a value is taken only after `=`.
    package static func optionalValue(
        _ name: String, _ type: ValueType<Value>, bare: Value, default fallback: Value,
        repetition: Repetition = .lastWins, _ summary: String
    ) -> Option {
        Option(
            name, short: nil, summary: summary, form: .optionalValue(bare: type.print(bare)),
            valueType: AnyValueType(type), repetition: repetition, defaultText: type.print(fallback),
            assemble: { $0.last ?? fallback }
        )
    }

    /// An option that may be repeated. With `commas`, one occurrence may also hold several values.
    package static func list<Element>(
        _ name: String, short: Character? = nil, _ type: ValueType<Element>, commas: Bool = false,
        default fallback: [Element] = [], _ summary: String
    ) -> Option where Value == [Element] {
        var option = Option(
            name, short: short, summary: summary, form: .value, valueType: AnyValueType(type), repetition: .append,
            defaultText: fallback.isEmpty ? nil : fallback.map(type.print).joined(separator: ","),
            assemble: { $0.isEmpty ? fallback : $0.compactMap { $0 as? Element } }
        )
        option.declaration.splitsOnCommas = commas
        return option
    }

    /// An option of keys and values that may be repeated, each key once: `--weight a=2 --weight b=1`.
    package static func map<Element>(
        _ name: String, short: Character? = nil, _ type: ValueType<KeyValue<Element>>, _ summary: String
    ) -> Option where Value == [String: Element] {
        Option(
            name, short: short, summary: summary, form: .value, valueType: AnyValueType(type), repetition: .map,
            defaultText: nil,
            assemble: { values in
                let pairs = values.compactMap { $0 as? KeyValue<Element> }
                return Dictionary(pairs.map { ($0.key, $0.value) }) { _, last in last }
            }
        )
    }
}

extension Option where Value == Bool {
    /// A flag. A negatable one also has `--no-name`.
    package static func flag(
        _ name: String, short: Character? = nil, negatable: Bool = false, default fallback: Bool = false,
        repetition: Repetition = .lastWins, _ summary: String
    ) -> Option {
        Option(
            name, short: short, summary: summary, form: .flag(negatable: negatable), valueType: nil,
            repetition: repetition, defaultText: fallback ? "on" : nil, assemble: { $0.last ?? fallback }
        )
    }
}

extension Option where Value == Int {
    /// A flag whose occurrences are counted: `-vv` is 2.
    package static func counter(_ name: String, short: Character? = nil, _ summary: String) -> Option {
        Option(
            name, short: short, summary: summary, form: .flag(negatable: false), valueType: nil, repetition: .count,
            defaultText: nil, assemble: { values in values.filter { $0 as? Bool == true }.count }
        )
    }
}

// What few options need, added after the fact: `Option(…).environment("NO_COLOR").in("Output")`.
extension Option {
    private func with(_ change: (inout OptionDeclaration) -> Void) -> Option {
        var copy = self
        change(&copy.declaration)
        return copy
    }

    /// Variables that give the value when the line does not, asked in order.
    package func environment(_ variables: VariableBinding...) -> Option { with { $0.environment += variables } }
    /// Further long names.
    package func aliases(_ names: String...) -> Option { with { $0.aliases += names } }
    /// Long names for the negation of a negatable flag.
    package func negativeAliases(_ names: String...) -> Option { with { $0.negativeAliases += names } }
    /// Former long names: they parse, warn and are hidden.
    package func deprecated(_ names: DeprecatedName...) -> Option { with { $0.deprecatedNames += names } }
    /// The heading under which help shows the option.
    package func section(_ title: String) -> Option { with { $0.section = title } }
    package func visibility(_ visibility: Visibility) -> Option { with { $0.visibility = visibility } }
    /// More about the option, for the manual.
    package func discussion(_ text: String) -> Option { with { $0.discussion = text } }
    /// Keeps the value out of messages.
    package func secret() -> Option { with { $0.isSecret = true } }
}
