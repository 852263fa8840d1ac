import API
import EmbeddedBackend
import Gateway
import Glibc
import Interface
import Logging
import Operations
import ServiceLifecycle
import Services
import Wire

/// A node put together from its parts, which are made in the files beside this one.
struct NodeAssembly: Sendable {
    /// In the order in which they start; they stop in the reverse one.
    private(set) var services: [any Service] = []
    let health: HealthCheck
    /// `nil` on a node without one.
    let gateway: GatewayServer?

    let settings: NodeSettings
    let listeners: Listeners
    let gatewayURL: String

    init(
        settings: NodeSettings, configuration: NodeConfiguration, backends: EmbeddedBackends, node: NodeRecord,
        cluster: ClusterID, registry: PrometheusRegistry, stop: StopSwitch, logger: Logger
    ) async throws(NodeError) {
        let basis = NodeBasis(
            settings: settings, backends: backends, node: node, registry: registry, logger: logger)
        self.settings = settings
        let push = try PushParts(settings)
        let core = try await NodeCore.make(basis, push)
        let listeners = Listeners(basis.runs("api") ? ["admin", "rest"] : ["admin"])
        self.listeners = listeners
        let time = basis.time
        let links = AttachmentLinks(
            base: { settings.attachmentsURL ?? Self.restURL(settings, listeners.restAddress) },
            lifetimeSeconds: settings.linkLifetime.wholeMilliseconds / 1_000,
            now: { time.unixMilliseconds / 1_000 })

        let loaded = settings.tls?.stamps() ?? []
        let certificate = try settings.tls?.restCertificate()
        // The gateway takes its port first, because the REST edge tells clients where it is.
        let gateway = try Self.gateway(basis, core, links, listeners)
        self.gateway = gateway
        gatewayURL = gateway?.url ?? settings.gatewayURL ?? ""
        health = HealthCheck(
            probes: HealthCheck.probes(basis, gateway), time: time,
            connections: { gateway?.statistics().activeConnections ?? 0 },
            obstacle: { gateway?.isPathLost == true ? HealthCheck.pathLost : nil })
        NodeGauges.add(to: registry, gateway: gateway, node: node)

        let idle = IdleGroups(settings, backends, node: node, time: time)
        services = [
            LeaseKeeper(node: node, coordinator: backends.coordinator, time: time, logger: logger),
            LagSampler(log: backends.log, time: time, registry: registry),
            try admin(basis, core, configuration, cluster: cluster, idle: idle, stop: stop),
        ]
        services += chat(basis, core, idle)
        if let service = try push.service(basis, core) { services.append(service) }
        services += search(basis, core)
        if basis.runs("api") { services.append(rest(basis, core, links, certificate)) }
        if let keeper = settings.tls?.keeper(loaded: loaded, certificate, gateway, time: time, logger: logger) {
            services.append(keeper)
        }
        // Before the gateway, so that it stops after it: what the sessions' end means is still taken.
        services.append(core.presence)
        services.append(core.purge)
        if let gateway { services.append(gateway) }
    }

    private func chat(_ basis: NodeBasis, _ core: NodeCore, _ idle: IdleGroups) -> [any Service] {
        guard basis.runs("chat") else { return [] }
        let backends = basis.backends
        let busiest = BusiestGuilds(factory: basis.registry)
        let service = ChatService(
            node: basis.node, log: backends.log, store: basis.store, bus: backends.bus,
            coordinator: backends.coordinator, access: core.access, time: basis.time, logger: basis.logger,
            retentionMilliseconds: settings.logRetention.wholeMilliseconds, idle: idle,
            onStored: { guild, count in busiest.count(count, in: guild) })
        return [
            AfterRestoration(gateway: gateway, service: service),
            AttachmentKeeper(
                node: basis.node, log: backends.log, coordinator: backends.coordinator, directory: backends.directory,
                files: backends.attachments, time: basis.time, logger: basis.logger),
        ]
    }

    private func search(_ basis: NodeBasis, _ core: NodeCore) -> [any Service] {
        guard basis.runs("search") else { return [] }
        return [
            SearchSampler(progress: core.progress, time: basis.time, registry: basis.registry),
            SearchIndexer(
                node: basis.node, log: basis.backends.log, coordinator: basis.backends.coordinator,
                index: basis.backends.search, keeper: core.keeper, time: basis.time, logger: basis.logger),
        ]
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
