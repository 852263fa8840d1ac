import Chat
import EmbeddedBackend
import Gateway
import Interface

extension HealthCheck {
    static let pathLost = "what the gateway publishes over the bus does not come back to it"

    /// One probe for each role of the node's backends.
    static func probes(_ basis: NodeBasis, _ gateway: GatewayServer?) -> [Probe] {
        let (backends, node, time) = (basis.backends, basis.node, basis.time)
        return [
            .init(role: "log", backend: "sqlite:log.db", without: "nothing can be sent") {
                try backends.checkDisk(of: "log.db")
                _ = try await backends.log.end(of: .messages, partition: 0)
            },
            .init(role: "store", backend: "sqlite:messages.db", without: "no history, and sends wait in the log") {
                try backends.checkDisk(of: "messages.db")
                _ = try await backends.store.buckets(of: ChannelID(0))
            },
            .init(role: "directory", backend: "sqlite:directory.db", without: "no logins and no changes") {
                try backends.checkDisk(of: "directory.db")
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
                try backends.checkDisk(of: "coordinator.db")
                _ = try await backends.coordinator.nodes(now: time.unixMilliseconds)
            },
        ]
    }
}
