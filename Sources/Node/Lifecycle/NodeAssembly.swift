import API
import Chat
import EmbeddedBackend
import Gateway
import Glibc
import Hummingbird
import HummingbirdCore
import Interface
import Logging
import Metrics
import NIOCore
import OpenSSLBackend
import Operations
import ServiceLifecycle
import Services
import Wire

/// A node put together: the one place that names concrete backends.
struct NodeAssembly: Sendable {
    /// In the order in which they start; they stop in the reverse one.
    let services: [any Service]
    let health: HealthCheck
    /// `nil` on a node without one.
    let gateway: GatewayServer?

    private let settings: NodeSettings
    private let listeners: Listeners
    private let gatewayURL: String

    init(
        settings: NodeSettings, configuration: NodeConfiguration, backends: EmbeddedBackends, node: NodeRecord,
        cluster: ClusterID, registry: PrometheusRegistry, stop: StopSwitch, logger: Logger
    ) async throws(NodeError) {
        self.settings = settings
        let time = SystemTime()
        let secrets = OpenSSLSecretKeeper()
        let store = MeasuredMessageStore(backends.store, backend: "sqlite", registry: registry, time: time)
        let push = try PushParts(settings)
        let core = try await Self.core(settings, backends, store, node, secrets, push, time, logger)

        var names: Set<String> = ["admin"]
        if settings.services.contains("api") { names.insert("rest") }
        let listeners = Listeners(names)
        self.listeners = listeners
        let links = AttachmentLinks(
            base: { settings.attachmentsURL ?? Self.restURL(settings, listeners.restAddress) },
            lifetimeSeconds: settings.linkLifetime.wholeMilliseconds / 1_000,
            now: { time.unixMilliseconds / 1_000 })

        // The gateway takes its port first, because the REST edge tells clients where it is.
        let gateway = try Self.gateway(
            settings, backends, core, node, secrets, links, listeners, registry, time, logger)
        self.gateway = gateway
        gatewayURL = gateway?.url ?? settings.gatewayURL ?? ""
        let connections: @Sendable () -> Int = { gateway?.statistics().activeConnections ?? 0 }

        health = HealthCheck(
            probes: Self.probes(backends, node, gateway, time), time: time, connections: connections,
            obstacle: { gateway?.isPathLost == true ? Self.pathLost : nil })
        NodeGauges.add(to: registry, gateway: gateway, node: node)

        let audit: AuditLog
        do {
            audit = try AuditLog(path: settings.dataDirectory + "/audit.jsonl")
        } catch {
            throw NodeError(error)
        }
        let started = time.monotonicMilliseconds
        let health = health
        let url = gatewayURL
        let idle = IdleGroups(settings, backends, node: node, time: time)
        let admin = AdminServices(
            accounts: core.accounts, guilds: core.guilds, directs: core.directs, messages: core.messages,
            history: core.history,
            access: core.access, presence: core.presence, nodeName: node.name, cluster: cluster,
            directory: backends.directory, store: store, bus: backends.bus, gateway: gateway, search: core.search,
            progress: core.progress, keeper: settings.services.contains("search") ? core.keeper : nil, time: time,
            audit: audit,
            settings: Self.resources(of: configuration), metrics: registry, health: health,
            status: {
                let statistics = gateway?.statistics()
                let log = await LogLag.read(backends.log)
                return NodeStatus(
                    name: node.name, number: node.number, version: discordctlVersion, processID: getpid(),
                    state: health.current.rawValue,
                    services: settings.services.sorted(), uptimeSeconds: (time.monotonicMilliseconds - started) / 1_000,
                    dataDirectory: settings.dataDirectory, restURL: Self.restURL(settings, listeners.restAddress),
                    gatewayURL: url,
                    adminSocket: settings.adminSocket, connections: statistics?.activeConnections ?? 0,
                    sessions: statistics?.sessions ?? 0,
                    partitions: log.partitions, lag: log.lag, residentBytes: LocalFiles.residentBytes(),
                    dependencies: await health.dependencies(), idle: await idle.statuses()
                )
            },
            stop: { request in
                let deadline = request.deadlineSeconds.map { Duration.seconds(Int64(clamping: min($0, 86_400))) }
                stop.press(request.now ? .now : .drain(deadline: deadline))
            }
        )

        var services: [any Service] = [
            LeaseKeeper(node: node, coordinator: backends.coordinator, time: time, logger: logger),
            LagSampler(log: backends.log, time: time, registry: registry),
            Application(
                router: AdminRoutes(services: admin, logger: logger).router(),
                configuration: ApplicationConfiguration(address: .unixDomainSocket(path: settings.adminSocket)),
                onServerRunning: { _ in
                    chmod(settings.adminSocket, 0o600)
                    listeners.isUp("admin", nil)
                },
                logger: Self.quiet(logger)
            ),
        ]
        if settings.services.contains("chat") {
            let busiest = BusiestGuilds(factory: registry)
            services.append(
                AfterRestoration(
                    gateway: gateway,
                    service: ChatService(
                        node: node, log: backends.log, store: store, bus: backends.bus,
                        coordinator: backends.coordinator,
                        access: core.access, time: time, logger: logger,
                        retentionMilliseconds: settings.logRetention.wholeMilliseconds, idle: idle,
                        onStored: { guild, count in busiest.count(count, in: guild) }
                    ))
            )
            services.append(
                AttachmentKeeper(
                    node: node, log: backends.log, coordinator: backends.coordinator, directory: backends.directory,
                    files: backends.attachments, time: time, logger: logger
                )
            )
        }
        if let service = try push.service(settings, backends, store, core, node, time, logger) {
            services.append(service)
        }
        if settings.services.contains("search") {
            services.append(SearchSampler(progress: core.progress, time: time, registry: registry))
            services.append(
                SearchIndexer(
                    node: node, log: backends.log, coordinator: backends.coordinator, index: backends.search,
                    keeper: core.keeper, time: time, logger: logger
                )
            )
        }
        if settings.services.contains("api") {
            services.append(
                try Self.rest(settings, core, links, health, registry, url, logger) { listeners.isUp("rest", $0) })
        }
        // Before the gateway, so that it stops after it: what the sessions' end means is still taken.
        services.append(core.presence)
        services.append(core.purge)
        if let gateway { services.append(gateway) }
        self.services = services
    }

    /// What the node announces once everything listens; `nil` when it was stopped before.
    func waitUntilListening() async -> NodeAnnouncement? {
        guard await listeners.wait() else { return nil }
        return NodeAnnouncement(
            name: settings.name, version: discordctlVersion, processID: getpid(), services: settings.services.sorted(),
            dataDirectory: settings.dataDirectory, adminSocket: settings.adminSocket,
            restURL: Self.restURL(settings, listeners.restAddress), gatewayURL: gatewayURL
        )
    }
}

// MARK: Parts

extension NodeAssembly {
    /// What both edges and the admin API share.
    struct Core: Sendable {
        var access: Access
        var accounts: AccountService
        var guilds: GuildService
        var directs: DirectService
        var messages: MessageIntake
        var purge: MessagePurge
        var history: HistoryService
        var readStates: ReadStateService
        var notifications: NotificationService
        var webhooks: WebhookService
        var presence: PresenceService
        var search: SearchService
        var images: ImageService
        var attachments: AttachmentService
        var subscriptions: SubscriptionService
        var deliveries: DeliveryReports
        var progress: SearchProgress
        var keeper: IndexKeeper
        var limits: RateLimits
    }

    private static func core(
        _ settings: NodeSettings, _ backends: EmbeddedBackends, _ store: any MessageStore, _ node: NodeRecord,
        _ secrets: OpenSSLSecretKeeper, _ push: PushParts,
        _ time: SystemTime, _ logger: Logger
    ) async throws(NodeError) -> Core {
        do {
            let cache = try await GuildCache(directory: backends.directory, bus: backends.bus)
            let access = Access(cache: cache)
            let mint = IDMint(nodeNumber: node.number, time: time)
            let accounts = AccountService(
                directory: backends.directory, bus: backends.bus, secrets: secrets, mint: mint, time: time
            )
            let messages = try await MessageIntake(
                access: access, log: backends.log, store: store, bus: backends.bus, node: node.number, time: time,
                deadlineMilliseconds: settings.sendDeadline.wholeMilliseconds, limits: settings.admission
            )
            let purge = MessagePurge(intake: messages, access: access, store: store, time: time, logger: logger)
            let guilds = GuildService(
                access: access, directory: backends.directory, bus: backends.bus, secrets: secrets, mint: mint,
                purge: purge, time: time
            )
            let voice = VoiceService(
                store: backends.voice, bus: backends.bus, access: access, time: time, logger: logger)
            let presence = PresenceService(
                store: backends.presence, voice: voice, bus: backends.bus, access: access, time: time, logger: logger)
            let directs = DirectService(
                access: access, directory: backends.directory, store: store, bus: backends.bus, mint: mint, time: time
            )
            let history = HistoryService(access: access, store: store)
            let images = ImageService(
                files: backends.attachments, secrets: secrets, quota: settings.attachments.quota, time: time)
            let progress = SearchProgress(log: backends.log, index: backends.search, time: time)
            return Core(
                access: access, accounts: accounts, guilds: guilds, directs: directs, messages: messages,
                purge: purge,
                history: history,
                readStates: ReadStateService(
                    access: access, directory: backends.directory, store: store, bus: backends.bus, time: time),
                notifications: NotificationService(
                    access: access, directory: backends.directory, bus: backends.bus, time: time),
                webhooks: WebhookService(guilds: guilds, images: images),
                presence: presence,
                search: SearchService(
                    access: access, store: store, index: backends.search, history: history, progress: progress,
                    time: time
                ),
                images: images,
                attachments: AttachmentService(
                    files: backends.attachments, access: access, messages: store, mint: mint, secrets: secrets,
                    time: time, limits: settings.attachments
                ),
                subscriptions: SubscriptionService(
                    store: backends.subscriptions, mint: mint, time: time, rule: push.rule,
                    applicationKey: push.keys?.publicKey ?? []
                ),
                deliveries: DeliveryReports(store: backends.deliveries, time: time),
                progress: progress,
                keeper: IndexKeeper(
                    access: access, store: store, index: backends.search, time: time, logger: logger
                ),
                limits: RateLimits(settings.rates, limiter: backends.limiter, time: time)
            )
        } catch {
            throw NodeError(error)
        }
    }

    private static func gateway(
        _ settings: NodeSettings, _ backends: EmbeddedBackends, _ core: Core, _ node: NodeRecord,
        _ secrets: OpenSSLSecretKeeper, _ links: AttachmentLinks, _ listeners: Listeners,
        _ registry: PrometheusRegistry, _ time: SystemTime, _ logger: Logger
    ) throws(NodeError) -> GatewayServer? {
        guard settings.services.contains("gateway") else { return nil }
        var configuration = GatewayConfiguration()
        configuration.host = settings.gatewayListen.host
        configuration.port = settings.gatewayListen.port
        configuration.loops =
            settings.gatewayLoops > 0 ? settings.gatewayLoops : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        configuration.tls = settings.tls.map { (certificatePath: $0.certificate, keyPath: $0.key) }
        configuration.sessions.identifiesPerSecond = share(settings.identifiesPerSecond, of: configuration.loops)
        configuration.sessions.resumesPerSecond = share(settings.resumesPerSecond, of: configuration.loops)
        configuration.sessions.publicURL = settings.gatewayURL
        configuration.sessions.allowedOrigins = settings.allowedOrigins.isEmpty ? nil : Set(settings.allowedOrigins)
        configuration.handshakes = settings.handshakes
        configuration.wrongTokens = settings.wrongTokens
        configuration.sessions.proxies = settings.proxies
        configuration.files = links
        // Links to files name the address that the REST edge has got.
        configuration.isReadyToTell = { await listeners.whenRESTIsUp() }
        let source = ServiceSource(
            accounts: core.accounts, cache: core.access.cache, directory: backends.directory, directs: core.directs,
            history: core.history, intake: core.messages, limits: core.limits, presence: core.presence,
            readStates: core.readStates, notifications: core.notifications, deliveries: core.deliveries,
            secrets: secrets
        )
        do {
            return try GatewayServer(
                configuration: configuration, source: source, bus: backends.bus,
                archive: SessionArchive(store: backends.sessions, log: backends.log, node: node.number), time: time,
                metrics: GatewayMeasurements(registry: registry), logger: logger
            )
        } catch {
            throw NodeError(error, listen: settings.gatewayListen)
        }
    }

    /// One loop's part of a node's rate; the kernel spreads connections evenly. 0 stays no limit.
    private static func share(_ rate: Int, of loops: Int) -> Int { rate > 0 ? max(1, rate / loops) : 0 }

    private static func rest(
        _ settings: NodeSettings, _ core: Core, _ links: AttachmentLinks, _ health: HealthCheck,
        _ registry: PrometheusRegistry,
        _ gatewayURL: String,
        _ logger: Logger, isUp: @escaping @Sendable (SocketAddress?) -> Void
    ) throws(NodeError) -> any Service {
        let configuration = APIConfiguration(
            gatewayURL: gatewayURL, invalidRequests: settings.invalidRequests,
            allowedOrigins: Set(settings.allowedOrigins), proxies: settings.proxies)
        let router = APIServer.router(
            APIServices(
                accounts: core.accounts, guilds: core.guilds, directs: core.directs, messages: core.messages,
                history: core.history, readStates: core.readStates, notifications: core.notifications,
                webhooks: core.webhooks, access: core.access,
                presence: core.presence, search: core.search, images: core.images, attachments: core.attachments,
                subscriptions: core.subscriptions, files: links, limits: core.limits
            ),
            configuration
        )
        // Strangers learn whether the node works, and nothing else: names of backends and metrics stay on this machine.
        let isPrivate = settings.listen.isLoopback
        health.addRoutes(to: router, showsDetail: { _, _ in isPrivate })
        if isPrivate {
            router.get("metrics") { _, _ in MetricsAnswer.response(registry) }
        }
        let server: HTTPServerBuilder
        do {
            if let tls = settings.tls {
                server = try APIServer.server(configuration, tls: tls.restConfiguration())
            } else {
                server = APIServer.server(configuration)
            }
        } catch let error as NodeError {
            throw error
        } catch {
            throw NodeError(.configuration, "TLS cannot be set up: \(error)", place: "tls.certificate")
        }
        return Application(
            router: router, server: server,
            configuration: ApplicationConfiguration(
                address: .hostname(settings.listen.host, port: Int(settings.listen.port))),
            onServerRunning: { channel in isUp(channel.localAddress) }, logger: quiet(logger)
        )
    }

    /// What the library says when it starts, stops and fails to listen, the node says itself, once and in its own words.
    private static func quiet(_ logger: Logger) -> Logger {
        var quiet = logger
        quiet.logLevel = .critical
        return quiet
    }

    private static func restURL(_ settings: NodeSettings, _ address: SocketAddress?) -> String {
        guard settings.services.contains("api") else { return "" }
        let port = address?.port ?? Int(settings.listen.port)
        let host = ListenAddress(host: settings.listen.host, port: UInt16(clamping: port))
        return (settings.tls == nil ? "http://" : "https://") + host.description
    }

    private static let pathLost = "what the gateway publishes over the bus does not come back to it"

    private static func probes(
        _ backends: EmbeddedBackends, _ node: NodeRecord, _ gateway: GatewayServer?, _ time: SystemTime
    ) -> [HealthCheck.Probe] {
        [
            .init(role: "log", backend: "sqlite:log.db", without: "nothing can be sent") {
                _ = try await backends.log.end(of: .messages, partition: 0)
            },
            .init(role: "store", backend: "sqlite:messages.db", without: "no history, and sends wait in the log") {
                _ = try await backends.store.buckets(of: ChannelID(0))
            },
            .init(role: "directory", backend: "sqlite:directory.db", without: "no logins and no changes") {
                _ = try await backends.directory.guilds(of: UserID(0))
            },
            .init(role: "bus", backend: "memory:", without: "no live events") {
                _ = try await backends.bus.window(of: .node(node.number), after: 0, limit: 1)
                guard gateway?.isPathLost != true else {
                    throw BackendError(.unavailable, operation: "gateway.probe", target: "bus", detail: Self.pathLost)
                }
            },
            .init(role: "search", backend: "sqlite:search.db", without: "nothing can be searched for") {
                _ = try await backends.search.status()
            },
            .init(role: "attachments", backend: "file:attachments", without: "no files can be sent or fetched") {
                _ = try await backends.attachments.usage(of: .all)
            },
            .init(role: "coordinator", backend: "sqlite:coordinator.db", without: "no node can join") {
                _ = try await backends.coordinator.nodes(now: time.unixMilliseconds)
            },
        ]
    }

    private static func resources(of configuration: NodeConfiguration) -> [SettingResource] {
        Setting.all.compactMap { setting in
            guard let choice = configuration.choices[setting.key] else { return nil }
            // Flags have several spellings.
            let text = if case .flag(let isOn) = choice.value { String(isOn) } else { choice.text }
            return SettingResource(key: setting.key, value: Setting.masked(url: text), source: choice.place.layer)
        }
    }
}
