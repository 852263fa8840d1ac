import EmbeddedBackend
import Interface
import Logging
import OpenSSLBackend
import Services

/// What all parts of a node are made from.
struct NodeBasis: Sendable {
    let settings: NodeSettings
    let backends: EmbeddedBackends
    /// The backend's own, with the time each call takes written down.
    let store: MeasuredMessageStore
    let node: NodeRecord
    let registry: PrometheusRegistry
    let logger: Logger
    let secrets = OpenSSLSecretKeeper()
    let time = SystemTime()

    init(
        settings: NodeSettings, backends: EmbeddedBackends, node: NodeRecord, registry: PrometheusRegistry,
        logger: Logger
    ) {
        self.settings = settings
        self.backends = backends
        store = MeasuredMessageStore(backends.store, backend: "sqlite", registry: registry, time: time)
        self.node = node
        self.registry = registry
        self.logger = logger
    }

    func runs(_ service: String) -> Bool { settings.services.contains(service) }

    /// What a library says when it starts, stops and fails to listen, the node says itself, once and in its own words.
    var quietLogger: Logger {
        var quiet = logger
        quiet.logLevel = .critical
        return quiet
    }
}
