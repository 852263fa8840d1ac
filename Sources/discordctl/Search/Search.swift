import Arguments
import Chat
import Operations

/// `discordctl search QUERY`
enum Search: Verb {
    static let query = Operand("QUERY", .string(charactersMax: 1_024), "words to look for, and filters like from:@ada")
    static let channels = Option<[ChannelReference]>.list("in", .channelRef, "only in this channel")
    static let guild = Option("guild", .string(charactersMax: 100), "the guild to search, by name or id")
    static let authors = Option<[UserReference]>.list("from", .userRef, "only what this user wrote")
    static let mentions = Option<[UserReference]>.list("mentions", .userRef, "only what mentions this user")
    static let features = Option<[String]>.list("has", .choice(SearchLine.features), "only messages that have this")
    static let filenames = Option<[String]>.list(
        "filename", .string(charactersMax: 260), "only messages with a file of this name")
    static let extensions = Option<[String]>.list(
        "extension", .string(charactersMax: 260), "only messages with a file whose name ends so")
    static let before = Option("before", .instant, "only what was said before")
    static let after = Option("after", .instant, "only what was said after")
    static let sort = Option(
        "sort", .choice(["newest", "oldest", "relevance"]), default: "newest", repetition: .lastWins,
        "which matches come first")
    static let explain = Option.flag("explain", "say how the query was understood")
    static let exitStatus = Option.flag("exit-status", "exit 1 when nothing was found")

    static let abilities: Abilities = [.list, .reason]
    static let declaration = CommandDeclaration(
        "search", "Find messages by what they say and by who said it where.",
        discussion: """
            All words have to be there; what stands in double quotes is a phrase, and the last word may go on. Among \
            the words from:, in:, mentions:, has:, filename:, extension:, before: and after: filter like the options of \
            these names.

            """ + MessageView.discussion
    ) {
        query
        channels
        guild
        authors
        mentions
        features
        filenames
        extensions
        before
        after
        sort
        MessageView.declared
        explain
        exitStatus
        Adjustment(CommonOptions.limit, default: .rows(25), "25")
        SearchHitResource.columns.declared()
        Example("discordctl search 'from:@ada has:link deploy' --in ops/general --after 2d -L 10", "by filters")
        Example("discordctl search '\"release notes\"' --guild ops --as @ada", "a phrase, as a member finds it")
        Example("discordctl search leak --guild ops --exit-status -o name", "is there anything, for a script")
        ExitCode.documented(
            .done, .failed, .usage, .badData, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed,
            .configuration
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let line = try SearchLine(context[query])
        let parameters = try parameters(line, context)
        if context[explain] {
            let shown = parameters.filter { $0.0 != "reason" }.map { "\($0.0)=\($0.1)" }
            context.console.note("understood as: " + shown.joined(separator: " "))
        }
        let hidden: Set<String> = context[sort] == "relevance" ? [] : ["SCORE"]
        let showsWords = context[MessageView.viewer] != nil || context[MessageView.showContent]
        var output = try ListOutput<SearchHitResource>(
            context, hiding: showsWords ? hidden : hidden.union(["SNIPPET"]))
        let limit = context[CommonOptions.limit].count ?? .max
        let found = try await NodeConnection.open(context) { connection in
            try await pages(connection.client, parameters, limit) { try output.add($0) }
        }
        try output.finish(next: found.next)
        context.console.detail(
            "\(found.total)\(found.isExact ? "" : " or more") messages match; indexed through \(found.through)")
        if found.lag > 0 {
            let events = found.lag == 1 ? "1 event is" : "\(found.lag) events are"
            context.console.note("the index is behind: \(events) not in it yet; it is whole through \(found.through)")
        }
        return context[exitStatus] && found.total == 0 ? .failed : .done
    }

    private struct Found {
        var total = 0
        var isExact = true
        var through = "-"
        var lag: UInt64 = 0
        var next: String?
    }

    /// The reach of offsets: matches behind it are found with --before and --after.
    private static let reach = 10_000
    private static let pageMax = 25

    private static func pages(
        _ client: AdminClient, _ parameters: [(String, String)], _ limit: Int,
        _ body: ([SearchHitResource]) throws -> Void
    ) async throws -> Found {
        var found = Found()
        var offset = 0
        while true {
            let asked = min(pageMax, limit - offset, reach - offset)
            guard asked > 0 else { break }
            let place = [("offset", String(offset)), ("limit", String(asked))]
            let page = try await client.get(["v1", "search"], query: parameters + place, as: SearchPageResource.self)
            try body(Array(page.items.prefix(asked)))
            (found.total, found.isExact) = (page.total, page.isTotalExact)
            found.through = page.indexedThrough ?? "-"
            found.lag = page.lag ?? 0
            offset += asked
            guard offset < page.total else { return found }
        }
        found.next = String(offset)
        return found
    }

    private static func parameters(_ line: SearchLine, _ context: CommandContext) throws -> [(String, String)] {
        let places = context[channels] + line.channels
        guard !places.isEmpty || context[guild] != nil else {
            throw UsageProblem([
                Diagnostic(
                    .requirement, "a search needs a guild or a channel",
                    hint: "name one with '--guild G' or '--in GUILD/CHANNEL'")
            ])
        }
        var parameters = [("query", line.text), ("sort", context[sort])]
        if let guild = context[guild] { parameters.append(("guild", guild)) }
        parameters += places.map { ("in", $0.path) }
        parameters += (context[authors] + line.authors).map { ("from", $0.path) }
        parameters += (context[mentions] + line.mentioned).map { ("mentions", $0.path) }
        parameters += Set(context[features] + line.features).sorted().map { ("has", $0) }
        parameters += (context[filenames] + line.filenames).map { ("filename", $0) }
        parameters += (context[extensions] + line.extensions).map { ("extension", $0) }
        if let time = context[before] ?? line.before { parameters.append(("before", id(at: time))) }
        if let time = context[after] ?? line.after { parameters.append(("after", id(at: time))) }
        return parameters + MessageView.query(context)
    }

    /// The first id of a time; times are UTC's, as ids are.
    private static func id(at time: InstantExpression) -> String {
        let milliseconds = time.unixMilliseconds(now: WallClock.unixMilliseconds, zoneOffset: 0)
        let first = Snowflake.make(unixMilliseconds: UInt64(max(0, milliseconds)), low: 0)
        return MessageID(first).description
    }
}
