import Arguments
import Operations

/// `discordctl presence watch [USER…|--guild G]`
enum PresenceWatch: Verb {
    static let users = Operand<[UserReference]>.list("USER", .userRef, "whom to watch")
    static let guild = Option("guild", .string(charactersMax: 100), "watch the members of this guild, by id or name")
    /// What a watch tells of.
    enum Event: String, CaseIterable, Sendable { case status, session, typing }

    static let events = Option<[Event]>.list(
        "events", .choice(of: Event.self), commas: true, default: [.status], "what to tell of, behind the snapshot")
    static let since = Option(
        "since", .duration(.seconds(1) ... .seconds(31_536_000)), "begin with those who changed within this time only")
    static let count = Option("count", .count(1...1_000_000), "end after this many changes")
    static let duration = Option("for", .duration(.milliseconds(1) ... .seconds(31_536_000)), "end after this time")

    /// How often a node that went away is looked for, a second apart.
    private static let attemptsMax = 30

    static let abilities: Abilities = [.node, .dataDirectory, .formats, .table]
    static let declaration = CommandDeclaration(
        "watch", "Show presences as they are, and then as they change.",
        discussion: """
            Begins with a snapshot, whose end is marked by a line 'end', and goes on with what changes. When the \
            connection breaks, a line 'resync' and a new snapshot follow, so that no change is missed unknowingly. \
            Sessions that come and go without a change of status are told of users only, not of a guild, and within \
            a second. Ends with Ctrl-C, with --count, or with --for.
            """
    ) {
        users
        guild
        Group(.exactlyOne, users, guild)
        events
        since
        count
        duration
        Adjustment(CommonOptions.output, accepts: ["table", "wide", "jsonl", "name"])
        PresenceResource.columns.declared(isSortable: false)
        Example("discordctl presence watch --guild 1970 --for 30s -o jsonl", "what changes in half a minute")
        Example("discordctl presence watch @ada --events session,typing", "what she does, beside her status")
        Example("discordctl presence watch @ada --count 1 --for 10m", "wait until she comes or goes")
        ExitCode.documented(
            .done, .usage, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration, .interrupted)
    }

    private enum End: Sendable { case countReached, timeOver }

    /// Stops the stream from within.
    private struct CountReached: Error {}

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let end = try await NodeConnection.open(context) { connection in
            try await race(context, renderer, connection.client)
        }
        guard case .timeOver = end, let count = context[count] else { return .done }
        throw CommandFailure(
            .tryAgain, code: "time_over", "the time was over before \(count) changes had come", isRetryable: true)
    }

    private static func race(
        _ context: CommandContext, _ renderer: Renderer, _ client: AdminClient
    ) async throws -> End {
        guard let limit = context[duration] else { return try await follow(context, renderer, client) }
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await follow(context, renderer, client) }
            group.addTask {
                try await Task.sleep(for: limit)
                return .timeOver
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .timeOver
        }
    }

    /// Reads the stream, and begins again when it breaks.
    private static func follow(
        _ context: CommandContext, _ renderer: Renderer, _ client: AdminClient
    ) async throws -> End {
        let isTable = renderer.format == .table || renderer.format == .wide
        let columns = renderer.columns(of: PresenceResource.self)
        let table = TableText(columns: columns, style: renderer.table)
        let show = { (presence: PresenceResource) throws in
            let text =
                isTable ? table.streamedLine(columns.map { presence.value(of: $0) }) : renderer.lines([presence])
            try context.console.result(text)
        }
        if isTable { try context.console.result(table.streamedHeader) }
        var left = context[count]
        var failures = 0
        while true {
            do {
                try await client.lines(["v1", "presences", "watch"], query: query(context), as: PresenceResource.self) {
                    presence in
                    failures = 0
                    try show(presence)
                    guard ["changed", "session", "typing"].contains(presence.event), let rest = left else { return }
                    left = rest - 1
                    if rest <= 1 { throw CountReached() }
                }
            } catch is CountReached {
                return .countReached
            } catch AdminClientError.outcomeUnknown {
                // The connection broke: the same as an orderly end.
            } catch AdminClientError.unreachable where failures > 0 && failures < attemptsMax {
                // It was there before, and may come back.
            }
            if failures == 0 { try show(.resync) }
            failures += 1
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func query(_ context: CommandContext) -> [(String, String)] {
        var query = context[events].map { ("event", $0.rawValue) }
        if let since = context[since] { query.append(("since_ms", String(since.components.seconds * 1_000))) }
        if let guild = context[guild] { return query + [("guild", guild)] }
        return query + context[users].map { ("user", $0.path) }
    }
}

extension PresenceResource {
    /// The line for a broken connection: what is known may be old, and a new snapshot follows.
    static let resync = PresenceResource(
        event: "resync", userID: "", user: "", status: "", since: nil, sessions: 0, devices: [], gateways: [],
        lastSeen: nil, source: "none")
}
