import Arguments
import Operations

/// `discordctl presence get USER…`
enum PresenceGet: Verb {
    static let users = Operand<[UserReference]>.list("USER", .userRef, minimum: 1, "whom to look at")

    static let abilities: Abilities = [.node, .dataDirectory, .formats, .table, .sorting]
    static let declaration = CommandDeclaration(
        "get", "Show who is there, as the cluster believes it.",
        discussion: """
            Users who are invisible are shown as such to an operator; others see them offline. LAST-SEEN is when a \
            session was last heard of; while one waits to be resumed it lies ahead.
            """
    ) {
        users
        PresenceResource.columns.filter { $0.name != "EVENT" }.declared()
        Example("discordctl presence get @ada 80351110224678912 -o yaml", "two users, with all that is known")
        Example("discordctl presence get @ada --columns STATUS --no-headers", "one word, for a script")
        ExitCode.documented(
            .done, .usage, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<PresenceResource>(context, hiding: ["EVENT"])
        let found = try await NodeConnection.open(context) { connection in
            var found: [PresenceResource] = []
            for user in context[users] {
                found.append(
                    try await connection.client.get(
                        ["v1", "users", user.path, "presence"], as: PresenceResource.self))
            }
            return found
        }
        try output.add(found)
        try output.finish(next: nil)
        return .done
    }
}
