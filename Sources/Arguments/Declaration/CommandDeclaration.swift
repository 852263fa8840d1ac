/// How much a command can harm (the danger tiers).
package enum Tier: Int, CaseIterable, Comparable, Hashable, Sendable {
    case read = 0
    case reversible = 1
    case disruptive = 2
    case destructive = 3

    package static func < (left: Tier, right: Tier) -> Bool { left.rawValue < right.rawValue }

    package var impact: Impact {
        switch self {
        case .read: .read
        case .reversible: .write
        case .disruptive: .disruptive
        case .destructive: .destructive
        }
    }
}

/// What a command does to the cluster, for auditors and protected contexts.
package enum Impact: String, CaseIterable, Hashable, Sendable {
    case read, write, disruptive, destructive
}

/// A line to copy; a test parses each.
package struct Example: Hashable, Sendable {
    /// The whole line, program included; a pipe or `&&` may follow.
    package let line: String
    package let summary: String

    package init(_ line: String, _ summary: String) {
        self.line = line
        self.summary = summary
    }
}

/// What an exit status means for one command.
package struct ExitStatus: Hashable, Sendable {
    package let code: UInt8
    package let summary: String

    package init(_ code: UInt8, _ summary: String) {
        self.code = code
        self.summary = summary
    }

    /// The line was not understood (`EX_USAGE`).
    package static let usage: UInt8 = 64
}

/// A column of a command's table.
package struct Column: Hashable, Sendable {
    package let name: String
    package let kind: ValueKind
    package let summary: String
    /// Shown only by `-o wide`.
    package let isWide: Bool

    package init(_ name: String, _ kind: ValueKind, _ summary: String, wide: Bool = false) {
        self.name = name
        self.kind = kind
        self.summary = summary
        isWide = wide
    }
}

/// How one command departs from a common option.
package struct Adjustment: Sendable {
    package let option: String
    /// The only spellings that the command accepts; nil means all of the type's.
    package let accepts: [String]?
    /// The command's own default, as it would be typed; nil keeps the common one.
    package let defaultText: String?
    /// The typed default.
    let fallback: (any Sendable)?

    /// Narrows what a common option accepts in this command.
    package init<Value>(_ option: Option<Value>, accepts: [String]) {
        self.option = option.declaration.name
        self.accepts = accepts
        defaultText = nil
        fallback = nil
    }

    /// Gives a common option another default in this command; `defaultText` says it in help.
    package init<Value>(_ option: Option<Value>, default fallback: Value, _ defaultText: String) {
        self.option = option.declaration.name
        accepts = nil
        self.defaultText = defaultText
        self.fallback = fallback
    }
}

/// A command: a word of the tree, with what follows it.
package struct CommandDeclaration: Sendable {
    package let name: String
    /// Other names, accepted but not shown in lists.
    package let aliases: [String]
    package let deprecatedNames: [DeprecatedName]
    /// One sentence, with a full stop.
    package let summary: String
    /// Paragraphs, separated by an empty line.
    package let discussion: String
    package let tier: Tier
    package let permissions: [String]
    package let visibility: Visibility
    /// Everything after the first operand is an operand, dashes or not.
    package let stopsAtFirstOperand: Bool
    /// The operands are a command whose help is wanted.
    package let showsHelp: Bool
    /// Pages to read next: `discordctl-dlq-list(1)`.
    package let seeAlso: [String]
    package private(set) var options: [OptionDeclaration] = []
    package private(set) var operands: [OperandDeclaration] = []
    package private(set) var groups: [Group] = []
    package private(set) var adjustments: [Adjustment] = []
    package private(set) var examples: [Example] = []
    package private(set) var exitStatuses: [ExitStatus] = []
    package private(set) var columns: [Column] = []
    package private(set) var subcommands: [CommandDeclaration] = []

    /// Declares a command. The parts may stand in any order; those of one kind keep theirs.
    package init(
        _ name: String, aliases: [String] = [], deprecatedNames: [DeprecatedName] = [], _ summary: String,
        discussion: String = "", tier: Tier = .read, permissions: [String] = [], visibility: Visibility = .shown,
        stopsAtFirstOperand: Bool = false, showsHelp: Bool = false, seeAlso: [String] = [],
        @CommandBuilder _ parts: () -> [CommandBuilder.Part] = { [] }
    ) {
        self.name = name
        self.aliases = aliases
        self.deprecatedNames = deprecatedNames
        self.summary = summary
        self.discussion = discussion
        self.tier = tier
        self.permissions = permissions
        self.visibility = visibility
        self.stopsAtFirstOperand = stopsAtFirstOperand
        self.showsHelp = showsHelp
        self.seeAlso = seeAlso
        for part in parts() {
            switch part {
            case .option(let option): options.append(option)
            case .operand(let operand): operands.append(operand)
            case .group(let group): groups.append(group)
            case .adjustment(let adjustment): adjustments.append(adjustment)
            case .example(let example): examples.append(example)
            case .exitStatus(let status): exitStatuses.append(status)
            case .column(let column): columns.append(column)
            case .command(let command): subcommands.append(command)
            }
        }
    }

    /// `help --impact`
    static let impactFlag = Option.flag("impact", "list the commands with what they do to a cluster")

    /// `help [COMMAND...]`, the same page as `COMMAND --help`.
    package static var help: CommandDeclaration {
        CommandDeclaration("help", "Show how a command is used.", showsHelp: true) {
            Operand<[String]>.list("COMMAND", .string, "the command, all of them when left out")
            impactFlag
        }
    }

    /// The subcommand of that name, alias or former name.
    package func subcommand(_ word: String) -> CommandDeclaration? {
        subcommands.first { command in
            command.name == word || command.aliases.contains(word)
                || command.deprecatedNames.contains { $0.name == word }
        }
    }

    package var impact: Impact { tier.impact }

    /// A group of commands that does nothing by itself.
    package var needsSubcommand: Bool { !subcommands.isEmpty && operands.isEmpty }
}

/// Collects what stands in a command's braces.
@resultBuilder
package enum CommandBuilder {
    package enum Part: Sendable {
        case option(OptionDeclaration), operand(OperandDeclaration), group(Group), adjustment(Adjustment)
        case example(Example), exitStatus(ExitStatus), column(Column), command(CommandDeclaration)
    }

    package static func buildExpression<Value>(_ option: Option<Value>) -> [Part] { [.option(option.declaration)] }
    package static func buildExpression<Value>(_ operand: Operand<Value>) -> [Part] { [.operand(operand.declaration)] }
    package static func buildExpression(_ group: Group) -> [Part] { [.group(group)] }
    package static func buildExpression(_ adjustment: Adjustment) -> [Part] { [.adjustment(adjustment)] }
    package static func buildExpression(_ example: Example) -> [Part] { [.example(example)] }
    package static func buildExpression(_ status: ExitStatus) -> [Part] { [.exitStatus(status)] }
    package static func buildExpression(_ column: Column) -> [Part] { [.column(column)] }
    package static func buildExpression(_ command: CommandDeclaration) -> [Part] { [.command(command)] }
    /// Parts that several commands share.
    package static func buildExpression(_ parts: [Part]) -> [Part] { parts }
    package static func buildBlock(_ parts: [Part]...) -> [Part] { parts.flatMap(\.self) }
}

/// Parts to be used in several commands: `static let filters = parts { queue; since; until }`.
package func parts(@CommandBuilder _ content: () -> [CommandBuilder.Part]) -> [CommandBuilder.Part] {
    content()
}
