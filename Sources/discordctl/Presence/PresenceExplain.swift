import Arguments
import Operations

/// `discordctl presence explain USER`
enum PresenceExplain: Verb {
    static let user = Operand("USER", .userRef, "whose presence is in question")

    static let abilities: Abilities = [.node, .dataDirectory, .formats, .table, .sorting]
    static let declaration = CommandDeclaration(
        "explain", "Show why a user is shown as it is: each session, and which one decides.",
        discussion: """
            The most available session decides: online, idle, dnd, invisible; among equals the one that changed last. \
            A session that is not heard of until EXPIRES is over. Without sessions the user is offline.
            """
    ) {
        user
        PresenceSessionResource.columns.declared()
        Example("discordctl presence explain @ada", "every session, the latest changed first")
        Example("discordctl presence explain @ada -o name", "the sessions' names alone")
        ExitCode.documented(
            .done, .usage, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<PresenceSessionResource>(context)
        let sessions = try await NodeConnection.open(context) { connection in
            try await connection.client.get(
                ["v1", "users", context[user].path, "presence", "sessions"],
                as: AdminList<PresenceSessionResource>.self
            ).items
        }
        try output.add(sessions)
        try output.finish(next: nil)
        if sessions.isEmpty { context.console.note("no session: the user is offline") }
        return .done
    }
}
