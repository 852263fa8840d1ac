import Interface
import Synchronization

/// A bus that passes everything on, remembers what was published, and fails when told to.
final class ProbedBus: FanoutBus {
    private struct State {
        var published: [FanoutMessage] = []
        var isDown = false
        var subscribed: [FanoutTopic: Int] = [:]
    }

    private let inner: any FanoutBus
    private let state = Mutex(State())

    init(_ inner: any FanoutBus) {
        self.inner = inner
    }

    /// What the bus took, in the order it took it.
    var published: [FanoutMessage] { state.withLock { $0.published } }

    /// How many subscriptions of a topic stand.
    func subscribers(of topic: FanoutTopic) -> Int { state.withLock { $0.subscribed[topic, default: 0] } }

    func setDown(_ isDown: Bool) {
        state.withLock { $0.isDown = isDown }
    }

    fileprivate func mustBeUp(_ operation: String) throws(BackendError) {
        guard state.withLock({ !$0.isDown }) else {
            throw BackendError(.unavailable, operation: operation, target: "bus", detail: "down for the test")
        }
    }

    func publish(_ messages: [FanoutMessage]) async throws(BackendError) -> [Bool] {
        try mustBeUp("fanout.publish")
        let taken = try await inner.publish(messages)
        state.withLock { state in
            for (message, isTaken) in zip(messages, taken) where isTaken { state.published.append(message) }
        }
        return taken
    }

    func attach(_ receiver: any FanoutReceiver) async throws(BackendError) -> any FanoutSubscription {
        try mustBeUp("fanout.attach")
        return Subscription(bus: self, inner: try await inner.attach(receiver))
    }

    func window(of topic: FanoutTopic, after position: UInt64, limit: Int) async throws(BackendError) -> ReplayWindow {
        try await inner.window(of: topic, after: position, limit: limit)
    }

    func heads(of topics: [FanoutTopic]) async throws(BackendError) -> [FanoutTopic: UInt64] {
        try await inner.heads(of: topics)
    }

    private struct Subscription: FanoutSubscription {
        let bus: ProbedBus
        let inner: any FanoutSubscription

        func subscribe(_ topic: FanoutTopic) async throws(BackendError) {
            try bus.mustBeUp("fanout.subscribe")
            try await inner.subscribe(topic)
            bus.state.withLock { $0.subscribed[topic, default: 0] += 1 }
        }

        func unsubscribe(_ topic: FanoutTopic) async {
            await inner.unsubscribe(topic)
            bus.state.withLock { $0.subscribed[topic, default: 0] -= 1 }
        }

        func cancel() async { await inner.cancel() }
    }
}
