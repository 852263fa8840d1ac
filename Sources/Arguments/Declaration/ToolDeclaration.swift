/// A variable that the tool reads though no option does.
package struct VariableDeclaration: Hashable, Sendable {
    package let name: String
    package let summary: String

    package init(_ name: String, _ summary: String) {
        self.name = name
        self.summary = summary
    }
}

/// The whole command line: the tree, what all commands have in common, and the words that people say instead.
package struct ToolDeclaration: Sendable {
    /// The tree; its name is the program's.
    package let root: CommandDeclaration
    /// Options of every command, `--help` and `--version` among them.
    package let common: [OptionDeclaration]
    /// Rules over common options.
    package let commonGroups: [Group]
    /// Beginning of the tool's own variables: `DISCORDCTL_`.
    package let variablePrefix: String
    package let variables: [VariableDeclaration]
    /// What other tools call a subcommand, and what it may be called here.
    package let synonyms: [String: [String]]

    /// `-h` and `--help`.
    package static let help = Option.flag("help", short: "h", "show help; --help says more than -h")
    /// `-V` and `--version`.
    package static let version = Option.flag("version", short: "V", "show the version")

    /// - Parameter common: options and groups of every command; `--help` and `--version` are added.
    package init(
        root: CommandDeclaration, variablePrefix: String, variables: [VariableDeclaration] = [],
        synonyms: [String: [String]] = ToolDeclaration.usualSynonyms,
        @CommandBuilder common: () -> [CommandBuilder.Part] = { [] }
    ) {
        self.root = root
        self.variablePrefix = variablePrefix
        self.variables = variables
        self.synonyms = synonyms
        let shared = CommandDeclaration("", "", { common() })
        self.common = shared.options + [Self.help.declaration, Self.version.declaration]
        commonGroups = shared.groups
    }

    package static var usualSynonyms: [String: [String]] {
        [
            "describe": ["show"], "get": ["show", "get"], "peek": ["show"], "inspect": ["show"], "ls": ["list"],
            "rm": ["purge", "remove"], "delete": ["purge", "remove"], "undrain": ["uncordon"],
            "resume": ["uncordon", "resume"], "revive": ["uncordon"], "redrive": ["replay"], "merge": ["replay"],
            "requeue": ["replay"], "maintenance": ["cordon"], "run": ["start"], "serve": ["start"], "create": ["add"],
        ]
    }

    /// The command that canonical or other names lead to, and its canonical names; nil when one is unknown.
    package func command(at names: some Sequence<String>) -> (command: CommandDeclaration, path: [String])? {
        var command = root
        var path: [String] = []
        for name in names {
            guard let next = command.subcommand(name) else { return nil }
            command = next
            path.append(next.name)
        }
        return (command, path)
    }

    /// Every command with its path, parents first.
    package var allCommands: [(path: [String], command: CommandDeclaration)] {
        var result: [(path: [String], command: CommandDeclaration)] = []
        var open: [(path: [String], command: CommandDeclaration)] = [([], root)]
        while let next = open.popLast() {
            result.append(next)
            open += next.command.subcommands.reversed().map { (next.path + [$0.name], $0) }
        }
        return result
    }

    /// Names of all variables that the declaration knows.
    package var variableNames: Set<String> {
        let options = common + allCommands.flatMap(\.command.options)
        return Set(options.flatMap { $0.environment.map(\.name) } + variables.map(\.name))
    }

    /// The program's name and the path, as one types it.
    package func line(_ path: [String]) -> String {
        ([root.name] + path).joined(separator: " ")
    }
}
