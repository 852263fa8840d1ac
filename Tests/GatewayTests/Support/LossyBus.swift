import Interface
import Synchronization

/// A bus that loses, on their way to the receivers, the events it is told to.
final class LossyBus: FanoutBus {
    private let inner: any FanoutBus
    private let rule = Mutex<@Sendable (FanoutEvent) -> Bool>({ _ in false })

    init(_ inner: any FanoutBus) {
        self.inner = inner
    }

    /// From now on those events are lost for which this holds.
    func lose(_ rule: @escaping @Sendable (FanoutEvent) -> Bool) { self.rule.withLock { $0 = rule } }

    func loseNothing() { lose { _ in false } }

    func publish(_ messages: [FanoutMessage]) async throws(BackendError) -> [Bool] { try await inner.publish(messages) }

    func attach(_ receiver: any FanoutReceiver) async throws(BackendError) -> any FanoutSubscription {
        try await inner.attach(Filter(receiver: receiver, bus: self))
    }

    func window(of topic: FanoutTopic, after position: UInt64, limit: Int) async throws(BackendError) -> ReplayWindow {
        try await inner.window(of: topic, after: position, limit: limit)
    }

    func heads(of topics: [FanoutTopic]) async throws(BackendError) -> [FanoutTopic: UInt64] {
        try await inner.heads(of: topics)
    }

    private struct Filter: FanoutReceiver {
        let receiver: any FanoutReceiver
        let bus: LossyBus

        func receive(_ event: FanoutEvent) {
            guard !bus.rule.withLock({ $0(event) }) else { return }
            receiver.receive(event)
        }
    }
}
