import Chat
import Hummingbird
import Interface
import Operations
import Services

extension AdminRoutes {
    func addSearchRoutes(_ router: Router<AdminContext>) {
        router.get("v1/search") { request, context in
            try await Self.translating {
                let search = try await AdminSearch(request, references)
                let user = try await searcher(search, request, context)
                let outcome = try await search.run(services, as: user)
                return try AdminAnswer(try await page(outcome, search)).response
            }
        }
        read(router, "v1/index") { _, _ in
            let reading = try await services.progress.read()
            return IndexResource(reading, services.keeper?.current)
        }
        router.post("v1/index/jobs") { request, context in
            try await write(request, context, "index.job", status: .accepted) { (form: IndexJobForm) in
                let job = try await startJob(form)
                return (target: "index \(form.kind)", reason: form.reason, answer: IndexJobResource(job))
            }
        }
    }

    /// The user in whose name is searched; `nil` for the operator, who is on record when words are shown.
    private func searcher(
        _ search: AdminSearch, _ request: Request, _ context: AdminContext
    ) async throws -> UserID? {
        let query = request.uri.queryParameters
        if let name = query.get("as") { return try await references.user(name).id }
        guard search.showsContent else { return nil }
        guard let reason = query.get("reason"), !reason.isEmpty else {
            throw AdminError(
                code: "invalid", message: "reading others' messages needs a reason",
                hint: "add --reason TEXT, which goes into the audit log, or look as one user with --as",
                retryable: false
            )
        }
        try services.audit.record(
            AuditLog.Entry(
                at: instantText(services.time.unixMilliseconds), uid: context.peer?.user ?? 0,
                pid: context.peer?.process ?? 0, verb: "search", target: "guild \(search.guild.guild.id)",
                result: "200", reason: reason, requestID: nil
            )
        )
        return nil
    }

    private func page(_ outcome: SearchOutcome, _ search: AdminSearch) async throws -> SearchPageResource {
        switch outcome {
        case .found(let answer):
            return SearchPageResource(
                items: answer.finds.map { search.resource(of: $0) }, total: answer.total,
                isTotalExact: answer.isTotalExact,
                indexedThrough: answer.indexedThrough > 0 ? instantText(answer.indexedThrough) : nil, lag: answer.lag
            )
        case .notReady(let documents, _):
            throw AdminError(
                code: "unavailable", message: "the index is being built: \(documents) messages so far",
                hint: "see: discordctl index status", retryable: true
            )
        case .unavailable(let through, _):
            throw AdminError(
                code: "unavailable",
                message: "the index does not answer in time"
                    + (through.map { "; it was complete up to \(instantText($0))" } ?? ""),
                hint: "narrow the query, or see: discordctl node status", retryable: true
            )
        }
    }

    private func startJob(_ form: IndexJobForm) async throws -> IndexJob {
        guard let keeper = services.keeper else {
            throw AdminError(
                code: "refused", message: "this node does not run the service 'search'",
                hint: "see node.services in: discordctl config show", retryable: false
            )
        }
        guard let kind = IndexJob.Kind(rawValue: form.kind) else {
            throw AdminError(
                code: "invalid", message: "'\(form.kind)' is no work on the index", hint: nil, retryable: false)
        }
        var request = IndexJobRequest(kind)
        if let name = form.channel { request.channel = try await references.channel(name).id }
        if let percent = form.samplePercent { request.samplePercent = min(max(percent, 1), 100) }
        request.ratePerSecond = form.ratePerSecond.map { max($0, 1) }
        guard let job = keeper.start(request) else {
            throw AdminError(
                code: "refused",
                message: "other work on the index is under way: \(keeper.current?.kind.rawValue ?? "")",
                hint: "see: discordctl index status", retryable: true
            )
        }
        return job
    }
}

/// A search as the admin API is asked for it.
private struct AdminSearch {
    var guild: GuildSnapshot
    var query: SearchQuery
    var showsContent: Bool

    init(_ request: Request, _ references: AdminReferences) async throws {
        let parameters = request.uri.queryParameters
        func all(_ name: String) -> [String] { parameters.getAll(name).map { String($0) } }
        var channels: [ChannelID] = []
        var guild: GuildSnapshot?
        for name in all("in") {
            let channel = try await references.channel(name)
            guard let home = channel.guild, let snapshot = try await references.services.access.cache.snapshot(of: home)
            else { throw Self.invalid("a channel without a guild") }
            guard guild.map({ $0.guild.id == home }) ?? true else {
                throw Self.invalid("channels of two guilds")
            }
            guild = snapshot
            channels.append(channel.id)
        }
        if let name = parameters.get("guild") {
            let named = try await references.guild(String(name))
            guard guild.map({ $0.guild.id == named.guild.id }) ?? true else {
                throw Self.invalid("a channel of another guild")
            }
            guild = named
        }
        guard let guild else { throw Self.invalid("neither a guild nor a channel") }
        var query = SearchQuery(channels: channels, text: SearchText(parameters.get("query") ?? ""))
        for name in all("from") { query.authors.append(try await references.user(name).id) }
        for name in all("mentions") { query.mentionedUsers.append(try await references.user(name).id) }
        query.features = try all("has").map { word in
            guard let feature = SearchFeature(rawValue: word) else { throw Self.invalid("'\(word)' as a feature") }
            return feature
        }
        query.filenames = all("filename")
        query.fileExtensions = all("extension").map { String($0.drop { $0 == "." }) }
        query.before = try Self.id(parameters.get("before"))
        query.after = try Self.id(parameters.get("after"))
        query.order =
            try parameters.get("sort").map { word in
                guard let order = SearchQuery.Order(rawValue: String(word)) else {
                    throw Self.invalid("'\(word)' as an order")
                }
                return order
            } ?? .newest
        query.limit = try Self.number(
            parameters.get("limit"), in: 1...SearchQuery.pageMax, default: SearchQuery.pageMax)
        query.offset = try Self.number(parameters.get("offset"), in: 0...SearchQuery.offsetMax, default: 0)
        self.guild = guild
        self.query = query
        showsContent = parameters.get("as") != nil || parameters.get("show_content") == "true"
    }

    func run(_ services: AdminServices, as user: UserID?) async throws -> SearchOutcome {
        if let user { return try await services.search.search(guild: guild.guild.id, query, for: user) }
        let channels =
            query.channels.isEmpty
            ? guild.channels.values.filter(\.holdsMessages).map(\.id) : query.channels
        return try await services.search.search(everywhereIn: channels, query)
    }

    func resource(of find: SearchFind) -> SearchHitResource {
        let message = find.message.message
        return SearchHitResource(
            id: message.id.description, channelID: message.channel.description,
            channel: guild.channels[message.channel]?.name ?? "", authorID: message.author.description,
            author: find.message.author.username, at: instantText(message.id.unixMilliseconds),
            score: Int(find.score * 1_000),
            snippet: showsContent
                ? find.snippet.parts.map { SnippetPartResource(text: $0.text, match: $0.isMatch) } : nil
        )
    }

    private static func id(_ text: String?) throws -> MessageID? {
        guard let text else { return nil }
        guard let id = TimeUUIDSpelling.parseEither(text) else { throw invalid("'\(text)' as a message id") }
        return id
    }

    private static func number(_ text: String?, in range: ClosedRange<Int>, default fallback: Int) throws -> Int {
        guard let text else { return fallback }
        guard let number = Int(text), range.contains(number) else {
            throw invalid("'\(text)' where a number from \(range.lowerBound) to \(range.upperBound) stands")
        }
        return number
    }

    private static func invalid(_ what: String) -> AdminError {
        AdminError(
            code: "invalid", message: "a search cannot name \(what)", hint: "see: discordctl search --help",
            retryable: false)
    }
}

extension IndexResource {
    fileprivate init(_ reading: SearchProgress.Reading, _ job: IndexJob?) {
        let status = reading.status
        self.init(
            name: "messages", documents: status.documents, lag: reading.lag, bytes: status.bytes,
            state: !status.isBuilt ? "building" : status.build == nil ? "ready" : "rebuilding",
            indexedThrough: instantText(reading.indexedThrough), job: job.map { IndexJobResource($0) }
        )
    }
}

extension IndexJobResource {
    fileprivate init(_ job: IndexJob) {
        self.init(
            job: job.kind.rawValue, state: job.state.rawValue, startedAt: instantText(job.startedAt),
            endedAt: job.endedAt.map(instantText), scanned: job.scanned, missing: job.missing, outdated: job.outdated,
            surplus: job.surplus, repaired: job.repaired
        )
    }
}
