import API
import EmbeddedBackend
import Gateway
import Glibc
import Interface
import Services
import Wire

extension NodeAssembly {
    /// `nil` on a node without one.
    static func gateway(
        _ basis: NodeBasis, _ core: NodeCore, _ links: AttachmentLinks, _ listeners: Listeners
    ) throws(NodeError) -> GatewayServer? {
        let (settings, backends) = (basis.settings, basis.backends)
        guard basis.runs("gateway") else { return nil }
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
            secrets: basis.secrets
        )
        do {
            return try GatewayServer(
                configuration: configuration, source: source, bus: backends.bus,
                archive: SessionArchive(store: backends.sessions, log: backends.log, node: basis.node.number),
                time: basis.time,
                metrics: GatewayMeasurements(registry: basis.registry), logger: basis.logger
            )
        } catch {
            throw NodeError(error, listen: settings.gatewayListen)
        }
    }

    /// One loop's part of a node's rate; the kernel spreads connections evenly. 0 stays no limit.
    private static func share(_ rate: Int, of loops: Int) -> Int { rate > 0 ? max(1, rate / loops) : 0 }
}
