import Arguments
import Node
import Operations

/// `discordctl config check [FILE]`
enum ConfigCheck: Verb {
    static let file = Operand<Path?>.optional("FILE", .file, "the file; the one that 'node start' reads when left out")

    static let abilities: Abilities = [.formats, .table]
    static let declaration = CommandDeclaration(
        "check", "Check a node's configuration file, without a node.",
        discussion: "Every problem is told at once, with its line and column. The environment is left out of account."
    ) {
        file
        CheckedFile.columns.declared(isSortable: false)
        Example("discordctl config check", "the file that 'node start' reads")
        Example("discordctl config check ./node.yaml", "another one")
        ExitCode.documented(.done, .usage, .refused, .badData, .notFound, .inputOutput, .configuration)
    }

    /// A file without problems.
    struct CheckedFile: Resource {
        static let kind = "ConfigurationCheck"
        static let columns = [
            ResourceColumn("FILE", key: "file", .file, "the file"),
            ResourceColumn("SETTINGS", key: "settings", .count, "how many settings it makes"),
            ResourceColumn("PROBLEMS", key: "problems", .count, "how many problems it has"),
        ]
        var file: String
        var settings: Int
        var handle: String { file }
        var fields: [DocumentField] {
            [
                DocumentField("file", file), DocumentField("settings", .number(settings)),
                DocumentField("problems", .number(0)),
            ]
        }
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let path: Path
        if let named = context[file] {
            path = named
        } else if let usual = context.paths.configurationFile {
            path = Path(bytes: Array(usual.utf8))
        } else {
            throw CommandFailure(
                .configuration, code: "no_home", "neither XDG_CONFIG_HOME nor HOME tells where the configuration is",
                hint: "name the file"
            )
        }
        let configuration: ConfigurationFile
        do {
            configuration = try NodeSetup.file(path)
        } catch var failure {
            if failure.exit == .notFound { failure.hint = "a node needs no file: without one its defaults hold" }
            throw failure
        }
        _ = try NodeSetup.configuration(flags: [:], environment: [:], file: configuration)
        try context.console.result(
            renderer.single(CheckedFile(file: path.display, settings: configuration.entries.count)))
        return .done
    }
}
