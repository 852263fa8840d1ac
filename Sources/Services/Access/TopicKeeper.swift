import Chat
import Interface
import Synchronization

/// Keeps a receiver subscribed to those topics that somebody holds, however holds and releases overlap.
///
/// Law: from the moment ``hold(_:)`` returns until the matching ``release(_:)``, every event of the topic reaches the
/// receiver. The bus suspends when subscriptions change, so an unsubscription that was decided on earlier could
/// otherwise take effect after a later subscription.
final class TopicKeeper: Sendable {
    private struct Topic {
        var holds = 0
        var isSubscribed = false
        /// The unsubscription under way, which a new hold waits for.
        var leaving: Task<Void, Never>?
    }

    private struct State {
        var topics: [FanoutTopic: Topic] = [:]
        var attaching: Task<Result<any FanoutSubscription, BackendError>, Never>?
    }

    private let bus: any FanoutBus
    private let receiver: any FanoutReceiver
    private let state = Mutex(State())

    init(bus: any FanoutBus, receiver: any FanoutReceiver) {
        self.bus = bus
        self.receiver = receiver
    }

    /// The receiver's subscription: attached at the first call, and again after a failure.
    @discardableResult
    func attach() async throws(BackendError) -> any FanoutSubscription {
        let task = state.withLock { state in
            if let attaching = state.attaching { return attaching }
            // Outside a group because every caller waits for the same one; whoever asked first may be cancelled.
            let attaching = Task { [bus, receiver] () -> Result<any FanoutSubscription, BackendError> in
                do throws(BackendError) {
                    return .success(try await bus.attach(receiver))
                } catch {
                    return .failure(error)
                }
            }
            state.attaching = attaching
            return attaching
        }
        switch await task.value {
        case .success(let subscription): return subscription
        case .failure(let error):
            state.withLock { state in
                if state.attaching == task { state.attaching = nil }
            }
            throw error
        }
    }

    /// Subscribes, if nobody holds the topic yet, and counts one more hold.
    func hold(_ topic: FanoutTopic) async throws(BackendError) {
        let (isSubscribed, leaving) = state.withLock { state in
            state.topics[topic, default: Topic()].holds += 1
            return (state.topics[topic]?.isSubscribed ?? false, state.topics[topic]?.leaving)
        }
        guard !isSubscribed else { return }
        await leaving?.value
        do throws(BackendError) {
            try await attach().subscribe(topic)
            state.withLock { $0.topics[topic]?.isSubscribed = true }
        } catch {
            release(topic)
            throw error
        }
    }

    /// Takes one hold away, and unsubscribes with the last.
    func release(_ topic: FanoutTopic) {
        state.withLock { state in
            guard var kept = state.topics[topic], kept.holds > 0 else { return }
            kept.holds -= 1
            if kept.holds == 0, kept.isSubscribed {
                kept.isSubscribed = false
                // Outside a group because nobody has to wait but the next hold of this topic, which does.
                kept.leaving = Task { await self.leave(topic) }
            }
            state.topics[topic] = kept.holds == 0 && kept.leaving == nil ? nil : kept
        }
    }

    private func leave(_ topic: FanoutTopic) async {
        if let subscription = try? await attach() {
            await subscription.unsubscribe(topic)
        }
        state.withLock { state in
            state.topics[topic]?.leaving = nil
            if state.topics[topic]?.holds == 0 { state.topics[topic] = nil }
        }
    }
}
