import Arguments
import Node

/// `discordctl version`
enum Version: Verb {
    static let abilities: Abilities = [.formats]
    static let declaration = CommandDeclaration(
        "version", "Show the version of the program.", discussion: "Reads no configuration and talks to nobody."
    ) {
        Adjustment(CommonOptions.output, accepts: ["table", "json", "jsonl", "yaml", "name"])
        Example("discordctl version -o json", "the version for a script")
        ExitCode.documented(.done, .usage)
    }

    struct Facts: Resource {
        static let kind = "Version"
        static let columns: [ResourceColumn] = []
        var version = discordctlVersion
        var handle: String { version }
        var fields: [DocumentField] { [DocumentField("version", version)] }
    }

    static let line = "discordctl \(discordctlVersion)\n"

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let isTable = context[CommonOptions.output] == .table
        try context.console.result(isTable ? line : try context.renderer().single(Facts()))
        return .done
    }
}
