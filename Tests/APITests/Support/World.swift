import API
import BackendContracts
import Chat
import EmbeddedBackend
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Interface
import Logging
import NIOCore
import OpenSSLBackend
import Services
import Wire

/// A user with a token.
struct Person: Sendable {
    var user: User
    var token: String
    var id: UserID { user.id }
}

/// The whole REST edge over real services on embedded backends, with a small guild in it.
struct World: Sendable {
    let services: APIServices
    let client: any TestClientProtocol
    let index: SwitchedSearchIndex
    let owner: Person
    let member: Person
    let stranger: Person
    let guild: GuildSnapshot
    /// The guild's first text channel.
    let general: ChannelID
    /// A guild of the stranger's, with a channel.
    let foreign: GuildSnapshot
    let foreignChannel: ChannelID

    /// Connections are opened before a world is made, which takes its time where a thousand tests run at once: no deadline is to be met here.
    static let configuration = APIConfiguration(
        gatewayURL: "ws://127.0.0.1:8081", headerSeconds: 600, bodySeconds: 600, exchangeSeconds: 600, idleSeconds: 600)

    /// Builds a world, runs the chat service beside the test, and takes everything down.
    static func run(
        _ setup: TestingSetup = .router, configuration: APIConfiguration = configuration,
        limits: AdmissionLimits = AdmissionLimits(), files: AttachmentLimits = AttachmentLimits(),
        rates: RateLimitTable = .off, ratesTime: (any TimeSource)? = nil,
        _ test: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        await Turnstile.worlds.enter()
        defer { Turnstile.worlds.leave() }
        let directory = try TemporaryDirectory()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let time = SystemTime()
        let backends = try EmbeddedBackends.open(directory: directory.path, time: time, logger: logger)
        let node = try await backends.coordinator.register(
            "test", now: time.unixMilliseconds, leaseMilliseconds: 600_000)
        let mint = IDMint(nodeNumber: node.number, time: time)
        // Weak parameters: hashing well is tested where the keeper is.
        let secrets = OpenSSLSecretKeeper(parameters: ScryptParameters(logN: 4, r: 8, p: 1))
        let access = Access(cache: try await GuildCache(directory: backends.directory, bus: backends.bus))
        let voice = VoiceService(
            store: backends.voice, bus: backends.bus, access: access, time: time, logger: logger)
        let index = SwitchedSearchIndex(backends.search)
        try await index.beginBuild()
        try await index.finishBuild()
        let history = HistoryService(access: access, store: backends.store)
        let keeper = IndexKeeper(
            access: access, store: backends.store, index: index, time: time, logger: logger, pace: .unbounded)
        let messages = try await MessageIntake(
            access: access, log: backends.log, store: backends.store, bus: backends.bus, node: node.number, time: time,
            deadlineMilliseconds: 30_000, limits: limits
        )
        let purge = MessagePurge(
            intake: messages, access: access, store: backends.store, time: time, logger: logger)
        let guilds = GuildService(
            access: access, directory: backends.directory, bus: backends.bus, secrets: secrets, mint: mint,
            purge: purge, time: time
        )
        let images = ImageService(files: backends.attachments, secrets: secrets, quota: files.quota, time: time)
        let services = APIServices(
            accounts: AccountService(
                directory: backends.directory, bus: backends.bus, secrets: secrets, mint: mint, time: time),
            guilds: guilds,
            directs: DirectService(
                access: access, directory: backends.directory, store: backends.store, bus: backends.bus, mint: mint,
                time: time
            ),
            messages: messages,
            history: history,
            readStates: ReadStateService(
                access: access, directory: backends.directory, store: backends.store, bus: backends.bus, time: time),
            notifications: NotificationService(
                access: access, directory: backends.directory, bus: backends.bus, time: time),
            webhooks: WebhookService(guilds: guilds, images: images),
            access: access,
            presence: PresenceService(
                store: backends.presence, voice: voice, bus: backends.bus, access: access, time: time, logger: logger),
            search: SearchService(
                access: access, store: backends.store, index: index, history: history,
                progress: SearchProgress(log: backends.log, index: index, time: time), time: time
            ),
            images: images,
            attachments: AttachmentService(
                files: backends.attachments, access: access, messages: backends.store, mint: mint, secrets: secrets,
                time: time, limits: files
            ),
            subscriptions: SubscriptionService(
                store: backends.subscriptions, mint: mint, time: time,
                rule: EndpointRule(trusted: ["127.0.0.1:9"]), applicationKey: [4, 1, 2]
            ),
            files: AttachmentLinks(base: { "http://files" }, now: { time.unixMilliseconds / 1_000 }),
            limits: RateLimits(
                rates, limiter: ratesTime.map { MemoryRateLimiter(time: $0) } ?? backends.limiter,
                time: ratesTime ?? time)
        )
        let chat = ChatService(
            node: node, log: backends.log, store: backends.store, bus: backends.bus, coordinator: backends.coordinator,
            access: access, time: time, logger: logger
        )
        let indexer = SearchIndexer(
            node: node, log: backends.log, coordinator: backends.coordinator, index: index, keeper: keeper, time: time,
            logger: logger, pace: .unbounded
        )
        let application = Application(
            router: APIServer.router(services, configuration), server: APIServer.server(configuration), logger: logger
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await chat.run() }
            group.addTask { try await indexer.run() }
            group.addTask { try await purge.run() }
            try await application.test(setup) { client in
                try await test(try await populated(services, client, index))
            }
            group.cancelAll()
            while let result = await group.nextResult() {
                if case .failure(let error) = result, !(error is CancellationError) { throw error }
            }
        }
        await services.messages.close()
        try backends.close()
    }

    private static func populated(
        _ services: APIServices, _ client: any TestClientProtocol, _ index: SwitchedSearchIndex
    ) async throws -> World {
        let owner = try await person("owner", services)
        let member = try await person("member", services)
        let stranger = try await person("stranger", services)
        let guild = try await services.guilds.createGuild(name: "Club", icon: nil, by: owner.id)
        let foreign = try await services.guilds.createGuild(name: "Other club", icon: nil, by: stranger.id)
        _ = try await services.guilds.addMember(member.id, to: guild.guild.id)
        return World(
            services: services, client: client, index: index, owner: owner, member: member, stranger: stranger,
            guild: guild,
            general: try firstText(of: guild), foreign: foreign, foreignChannel: try firstText(of: foreign)
        )
    }

    static func person(_ name: String, _ services: APIServices, isBot: Bool = false) async throws -> Person {
        let user = try await services.accounts.create(username: name, isBot: isBot, owner: nil, password: nil)
        return Person(user: user, token: try await services.accounts.issueToken(for: user.id))
    }

    private static func firstText(of guild: GuildSnapshot) throws -> ChannelID {
        guard let channel = guild.channels.values.first(where: { $0.kind == .text }) else { throw NoTextChannel() }
        return channel.id
    }

    private struct NoTextChannel: Error {}
}

extension World {
    /// Sends a request below `/api/v10`. `{g}`, `{c}`, `{owner}`, `{member}` and the like stand for the world's ids.
    func call(
        _ method: HTTPRequest.Method, _ path: String, as person: Person? = nil, _ body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        try await raw(
            method, "/api/v10" + filled(path), as: person, body.map { ByteBuffer(string: filled($0)) }, headers: headers
        )
    }

    func raw(
        _ method: HTTPRequest.Method, _ path: String, as person: Person? = nil, _ body: ByteBuffer? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let person, headers[.authorization] == nil { headers[.authorization] = "Bot \(person.token)" }
        if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try Answer(try await client.executeRequest(uri: path, method: method, headers: headers, body: body))
    }

    func filled(_ template: String) -> String {
        let values = [
            "{g}": guild.guild.id.description, "{c}": general.description, "{owner}": owner.id.description,
            "{member}": member.id.description, "{stranger}": stranger.id.description,
            "{foreign}": foreign.guild.id.description, "{fc}": foreignChannel.description,
        ]
        var text = template
        for (name, value) in values {
            text = text.split(separator: name, omittingEmptySubsequences: false).joined(separator: value)
        }
        return text
    }

    /// Sends a message and gives its id.
    func send(_ content: String, as person: Person) async throws -> String {
        let answer = try await call(.post, "/channels/{c}/messages", as: person, #"{"content":"\#(content)"}"#)
        return answer.json["id"]?.string ?? "none: \(answer.verdict)"
    }
}
