import Chat
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Interface
import Logging
import NIOCore
import Operations
import Services
import Wire

/// The admin API's routes: node, users, guilds and channels. Messages stand in `AdminRoutes+Messages.swift`.
struct AdminRoutes: Sendable {
    let services: AdminServices
    let references: AdminReferences
    let memory = RequestMemory()
    let logger: Logger

    init(services: AdminServices, logger: Logger) {
        self.services = services
        references = AdminReferences(services: services)
        self.logger = logger
    }

    func router() -> Router<AdminContext> {
        let router = Router(context: AdminContext.self)
        router.add(middleware: AdminPeerCheck())
        services.health.addRoutes(to: router, showsDetail: { _, _ in true })
        router.get("v1/metrics") { [services] _, _ in MetricsAnswer.response(services.metrics) }
        read(router, "v1/node") { _, _ in await services.status() }
        read(router, "v1/cluster") { _, _ in
            ClusterResource(
                id: services.cluster.description, node: services.nodeName, version: discordctlVersion)
        }
        read(router, "v1/config") { _, _ in AdminList(items: services.settings) }
        router.post("v1/node/stop") { request, context in
            try await write(request, context, "node.stop", status: .accepted) { (stop: StopRequest) in
                services.stop(stop)
                return (target: "node", reason: stop.reason, answer: [String: String]())
            }
        }
        addUserRoutes(router)
        addGuildRoutes(router)
        addMessageRoutes(router)
        addPresenceRoutes(router)
        addGatewayRoutes(router)
        addSearchRoutes(router)
        return router
    }

    private func addUserRoutes(_ router: Router<AdminContext>) {
        read(router, "v1/users") { request, _ in
            let (after, limit) = try Self.page(request)
            let accounts = try await services.directory.accounts(after: UserID(after), limit: limit)
            return AdminList(
                items: accounts.map { UserResource($0.user) },
                next: accounts.count == limit ? accounts.last?.user.id.description : nil
            )
        }
        router.post("v1/users") { request, context in
            try await write(request, context, "user.create", status: .created) { (create: CreateUserRequest) in
                var owner: UserID?
                if let name = create.owner { owner = try await references.user(name).id }
                let user = try await services.accounts.create(
                    username: create.username, isBot: create.bot, owner: owner, password: create.password
                )
                return (target: "user \(user.id)", reason: nil, answer: UserResource(user))
            }
        }
        router.post("v1/users/:user/tokens") { request, context in
            let name = try Self.parameter("user", context)
            return try await write(request, context, "user.token", status: .created) { (_: [String: String]) in
                let user = try await references.user(name)
                let token = try await services.accounts.issueToken(for: user.id)
                return (
                    target: "user \(user.id)", reason: nil,
                    answer: TokenResource(user: UserResource(user), token: token)
                )
            }
        }
    }

    private func addGuildRoutes(_ router: Router<AdminContext>) {
        read(router, "v1/guilds") { request, _ in
            let (after, limit) = try Self.page(request)
            let guilds = try await services.directory.guilds(after: GuildID(after), limit: limit)
            var items: [GuildResource] = []
            for guild in guilds {
                if let snapshot = try await services.access.cache.snapshot(of: guild.id) {
                    items.append(GuildResource(snapshot))
                }
            }
            return AdminList(items: items, next: guilds.count == limit ? guilds.last?.id.description : nil)
        }
        router.post("v1/guilds") { request, context in
            try await write(request, context, "guild.create", status: .created) { (create: CreateGuildRequest) in
                let answer = try await createGuild(create)
                return (target: "guild \(answer.id)", reason: nil, answer: answer)
            }
        }
        read(router, "v1/guilds/:guild/channels") { _, context in
            let snapshot = try await references.guild(Self.parameter("guild", context))
            let last = try await services.history.lastMessages(of: Array(snapshot.channels.keys))
            let channels = snapshot.channels.values.sorted { ($0.position, $0.id) < ($1.position, $1.id) }
            return AdminList(items: channels.map { ChannelResource($0, guild: snapshot.guild.id, last: last[$0.id]) })
        }
        router.post("v1/guilds/:guild/channels") { request, context in
            let name = try Self.parameter("guild", context)
            return try await write(request, context, "channel.create", status: .created) {
                (create: CreateChannelRequest) in
                let snapshot = try await references.guild(name)
                guard let kind = Channel.Kind.allCases.first(where: { $0.word == create.type }) else {
                    throw AdminError(
                        code: "invalid", message: "'\(create.type)' is no type of channel",
                        hint: "one of: text, voice, category", retryable: false
                    )
                }
                let parent = try create.parent.map { text in
                    guard let id = ChannelID(decimal: text) else { throw ServiceError(.unknownChannel) }
                    return id
                }
                let channel = try await services.guilds.createChannel(
                    in: snapshot.guild.id,
                    NewChannel(name: create.name, kind: kind, topic: create.topic, parent: parent),
                    by: snapshot.guild.owner
                )
                return (
                    target: "channel \(channel.id)", reason: nil,
                    answer: ChannelResource(channel, guild: snapshot.guild.id, last: nil)
                )
            }
        }
    }

    private func createGuild(_ create: CreateGuildRequest) async throws -> GuildResource {
        // All names are looked up before anything is made, so that a wrong one leaves nothing behind.
        let owner = try await references.user(create.owner)
        var members: [UserID] = []
        for name in create.members { members.append(try await references.user(name).id) }
        let snapshot = try await services.guilds.createGuild(name: create.name, icon: nil, by: owner.id)
        for member in members where member != owner.id {
            _ = try await services.guilds.addMember(member, to: snapshot.guild.id)
        }
        var invite: Invite?
        if let channel = snapshot.guild.systemChannel {
            invite = try await services.guilds.createInvite(
                channel, InviteOptions(maxAgeSeconds: 0, maxUses: 0), by: owner.id)
        }
        let current = try await services.access.cache.snapshot(of: snapshot.guild.id) ?? snapshot
        return GuildResource(current, invite: invite?.code)
    }
}

extension AdminRoutes {
    /// A route that changes nothing.
    func read<Answer: Encodable>(
        _ router: Router<AdminContext>, _ path: RouterPath,
        _ body: @escaping @Sendable (Request, AdminContext) async throws -> Answer
    ) {
        router.get(path) { request, context in
            try await Self.translating { try AdminAnswer(try await body(request, context)).response }
        }
    }

    /// A route that changes something: once for each request id, and recorded in the audit log whatever comes of it.
    func write<Form: Decodable, Answer: Encodable>(
        _ request: Request, _ context: AdminContext, _ verb: String, status: HTTPResponse.Status,
        _ body: (Form) async throws -> (target: String, reason: String?, answer: Answer)
    ) async throws -> Response {
        let id = request.headers[Self.requestIDName].flatMap { $0.utf8.count <= 64 ? $0 : nil }
        if let id {
            switch memory.claim(id, now: services.time.monotonicMilliseconds) {
            case .new: break
            case .answered(let answer): return answer.response
            case .underWay:
                return try AdminAnswer(
                    AdminError(
                        code: "queued", message: "this request is being carried out already", hint: nil, retryable: true
                    )
                ).response
            }
        }
        var target = request.uri.path
        var reason: String?
        let answer: AdminAnswer
        do {
            let form: Form = try await Self.form(request, context)
            let (named, why, value) = try await body(form)
            (target, reason) = (named, why)
            answer = try AdminAnswer(value, status: status)
        } catch {
            if let id { memory.finish(id, nil) }
            guard let error = AdminError(thrown: error) else { throw error }
            answer = try AdminAnswer(error)
        }
        try services.audit.record(
            AuditLog.Entry(
                at: instantText(services.time.unixMilliseconds), uid: context.peer?.user ?? 0,
                pid: context.peer?.process ?? 0, verb: verb,
                target: target, result: String(answer.status.code), reason: reason, requestID: id
            )
        )
        // A failure is not remembered, so that trying again is worth while.
        if let id, answer.status.code < 400 { memory.finish(id, answer) }
        return answer.response
    }

    private static func form<Form: Decodable>(_ request: Request, _ context: AdminContext) async throws -> Form {
        let bytes = try await request.body.collect(upTo: context.maxUploadSize)
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(bytes.readableBytesView)) else {
            throw AdminError(
                code: "invalid", message: "the body is not a \(Form.self)", hint: "are client and node of one version?",
                retryable: false
            )
        }
        return form
    }

    /// The name is a valid token, so the initialiser cannot fail.
    static let requestIDName = HTTPField.Name(parsed: "x-request-id") ?? .ifMatch

    /// Turns what a route throws into a document.
    static func translating(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch {
            guard let known = AdminError(thrown: error) else { throw error }
            return try AdminAnswer(known).response
        }
    }

    static func parameter(_ name: String, _ context: AdminContext) throws -> String {
        guard let encoded = context.parameters.get(name),
            let text = FormDecoder.decode(encoded.utf8, plusIsSpace: false)
        else {
            throw AdminError(code: "invalid", message: "the path is not readable", hint: nil, retryable: false)
        }
        return text
    }

    /// `after` and `limit` of a list, the latter 100 unless said, at most 1,000.
    static func page(_ request: Request) throws -> (after: UInt64, limit: Int) {
        let query = request.uri.queryParameters
        let after = query.get("after").map { Snowflake.parse(decimal: $0) } ?? 0
        let limit = query.get("limit").map { Int($0) } ?? 100
        guard let after, let limit, (1...1_000).contains(limit) else {
            throw AdminError(
                code: "invalid", message: "after is an id, limit a number from 1 to 1000", hint: nil, retryable: false)
        }
        return (after, limit)
    }
}
