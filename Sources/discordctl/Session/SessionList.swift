import Arguments
import Operations

/// `discordctl session list`
enum SessionList: Verb {
    enum State: String, CaseIterable, Sendable { case loading, connected, replaying, detached }

    static let user = Option("user", .userRef, "only this user's")
    static let guild = Option(
        "guild", .string(charactersMax: 100), "only those that are told of this guild, by id or name")
    static let gateway = Option("gateway", .string(charactersMax: 100), "only those on this node")
    static let state = Option("state", .choice(of: State.self), "only those in this state")
    static let slow = Option.flag("slow", "only those whose connections do not keep up")

    static let abilities: Abilities = .list
    static let declaration = CommandDeclaration(
        "list", aliases: ["ls"], "List the sessions of clients.",
        discussion: """
            A session outlives its connection: for three minutes it is 'detached' and can be resumed. LAG-SEQ counts \
            what the client has not said to have; BUFFER is what waits to be written to it.
            """
    ) {
        user
        guild
        gateway
        state
        slow
        SessionResource.columns.declared()
        Example("discordctl session list --user @ada", "where a user is logged in")
        Example("discordctl session list --state detached -L all -o json", "who has not come back yet")
        Example("discordctl session list --slow --columns SESSION,USER,BUFFER", "who does not keep up")
        ExitCode.documented(
            .done, .usage, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<SessionResource>(context)
        var query: [(String, String)] = []
        if let user = context[user] { query.append(("user", user.path)) }
        if let guild = context[guild] { query.append(("guild", guild)) }
        if let gateway = context[gateway] { query.append(("gateway", gateway)) }
        if let state = context[state] { query.append(("state", state.rawValue)) }
        if context[slow] { query.append(("slow", "true")) }
        let next = try await NodeConnection.open(context) { connection in
            try await connection.client.pages(
                ["v1", "sessions"], query: query, AdminClient.Walk("after", pageMax: 500),
                limit: context[CommonOptions.limit].count, identifier: \.place
            ) { try output.add($0) }
        }
        try output.finish(next: next)
        return .done
    }
}
