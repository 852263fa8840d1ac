import Arguments
import Operations

/// `discordctl index status`
enum IndexStatus: Verb {
    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "status", "Show how far the search index is.",
        discussion: """
            LAG counts stored events that are not indexed yet; it is never on the way of a message to its readers. An \
            index that is built anew is built beside the one in use.
            """
    ) {
        IndexResource.columns.declared(isSortable: false)
        Example("discordctl index status", "documents, lag and size")
        Example("discordctl index status -o json", "the same, with the work that is under way")
        ExitCode.documented(.done, .usage, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let index = try await NodeConnection.open(context) { connection in
            try await connection.client.get(["v1", "index"], as: IndexResource.self)
        }
        try context.console.result(renderer.single(index))
        return .done
    }
}
