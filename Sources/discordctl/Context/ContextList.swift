import Arguments
import Node

/// `discordctl context list`
enum ContextList: Verb {
    static let abilities: Abilities = [.formats, .table, .sorting, .limit]
    static let declaration = CommandDeclaration(
        "list", aliases: ["ls"], "List the contexts.", discussion: "Reads the contexts file and talks to nobody."
    ) {
        ContextResource.columns.declared()
        Example("discordctl context list", "every context")
        Example("discordctl context list -o name", "their names, for a script")
        ContextCommand.exits
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<ContextResource>(context)
        let file = try ContextStore.required(context.paths).load()
        let shown = file.contexts.prefix(context[CommonOptions.limit].count ?? file.contexts.count)
        try output.add(shown.map { ContextResource($0, in: file) })
        try output.finish(next: shown.count < file.contexts.count ? shown.last?.name : nil)
        return .done
    }
}
