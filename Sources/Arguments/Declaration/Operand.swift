/// A declared operand and the key to its value: `invocation[channel]` is a `Value`.
package struct Operand<Value: Sendable>: Sendable {
    package let declaration: OperandDeclaration

    private typealias CountBounds = (least: Int, most: Int?)

    private init<Element>(
        _ name: String, _ type: ValueType<Element>, summary: String, count: CountBounds,
        assemble: @escaping @Sendable ([any Sendable]) -> (any Sendable)?
    ) {
        declaration = OperandDeclaration(
            name: name, summary: summary, valueType: AnyValueType(type), countMin: count.least,
            countMax: count.most, assemble: assemble
        )
    }

    /// An operand that must be given.
    package init(_ name: String, _ type: ValueType<Value>, _ summary: String) {
        self.init(name, type, summary: summary, count: (1, 1), assemble: { $0.last })
    }

    /// An operand that may be absent.
    package static func optional<Wrapped>(_ name: String, _ type: ValueType<Wrapped>, _ summary: String) -> Operand
    where Value == Wrapped? {
        Operand(
            name, type, summary: summary, count: (0, 1),
            assemble: { .some($0.last as? Wrapped as Wrapped?) }
        )
    }

    /// An operand that may be repeated, at least `minimum` times.
    package static func list<Element>(
        _ name: String, _ type: ValueType<Element>, minimum: Int = 0, _ summary: String
    ) -> Operand where Value == [Element] {
        Operand(
            name, type, summary: summary, count: (minimum, nil),
            assemble: { $0.compactMap { $0 as? Element } }
        )
    }
}

/// Anything that a group can name.
package enum ArgumentReference: Hashable, Sendable {
    case option(String)
    case operand(String)

    /// `'--name'` or `NAME`.
    var shown: String {
        switch self {
        case .option(let name): "'--\(name)'"
        case .operand(let name): name
        }
    }
}

/// An option or an operand.
package protocol ArgumentKey: Sendable {
    var reference: ArgumentReference { get }
}

extension Option: ArgumentKey {
    package var reference: ArgumentReference { .option(declaration.name) }
}

extension Operand: ArgumentKey {
    package var reference: ArgumentReference { .operand(declaration.name) }
}

/// A rule over several options and operands of one command.
package struct Group: Sendable {
    package enum Rule: Hashable, Sendable {
        case exactlyOne, atMostOne, atLeastOne
        /// The first needs each of the others.
        case requires
        /// The first excludes each of the others.
        case conflicts
    }

    package let rule: Rule
    package let members: [ArgumentReference]

    package init(_ rule: Rule, _ members: any ArgumentKey...) {
        self.rule = rule
        self.members = members.map(\.reference)
    }
}
