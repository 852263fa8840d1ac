import Synchronization

/// The way into each loop of the node: given out before the loops are there, because their handlers need it.
final class LoopPorts: Sendable {
    typealias Port = @Sendable (SessionMail) -> Bool

    private let ports = Mutex<[Port]>([])

    func connect(_ ports: [Port]) { self.ports.withLock { $0 = ports } }

    /// False when there is no such loop, or it takes no more.
    @discardableResult
    func post(_ mail: SessionMail, to loop: Int) -> Bool {
        let port = ports.withLock { $0.indices.contains(loop) ? $0[loop] : nil }
        return port?(mail) ?? false
    }
}

/// One loop's statistics, written by it about every second and read by whoever asks.
final class StatisticsBoard: Sendable {
    private let latest = Mutex(GatewayStatistics())

    func publish(_ statistics: GatewayStatistics) { latest.withLock { $0 = statistics } }

    func read() -> GatewayStatistics { latest.withLock { $0 } }
}
