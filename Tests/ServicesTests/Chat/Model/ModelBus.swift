import Chat
import Interface
import Synchronization

/// The fan-out bus with endless windows. A crash may leave the front part of a call's messages published.
final class ModelBus: FanoutBus {
    private struct State {
        var streams: [FanoutTopic: [FanoutEvent]] = [:]
        var refused = 0
        var receivers: [UInt64: (receiver: any FanoutReceiver, topics: Set<FanoutTopic>)] = [:]
        var nextReceiver: UInt64 = 0
    }

    private let state = Mutex(State())
    let faults: Faults

    init(faults: Faults = Faults()) {
        self.faults = faults
    }

    /// How many messages were refused because their position was there already.
    var refused: Int { state.withLock(\.refused) }

    func events(of topic: FanoutTopic) -> [FanoutEvent] { state.withLock { $0.streams[topic] ?? [] } }

    func publish(_ messages: [FanoutMessage]) async throws(BackendError) -> [Bool] {
        // First a part, so that a fault in the second half leaves the first half done.
        let cut = faults.random(below: messages.count + 1)
        let first = try faults.perform("bus.publish") { () throws(BackendError) in put(messages[..<cut]) }
        let second = try faults.perform("bus.publish") { () throws(BackendError) in put(messages[cut...]) }
        return first + second
    }

    private func put(_ messages: ArraySlice<FanoutMessage>) -> [Bool] {
        messages.map { message in
            let (event, receivers) = state.withLock { state -> (FanoutEvent?, [any FanoutReceiver]) in
                let last = state.streams[message.topic]?.last?.position ?? 0
                let position = message.position ?? last + 1
                guard position > last else {
                    state.refused += 1
                    return (nil, [])
                }
                let event = FanoutEvent(
                    topic: message.topic, position: position, previous: last, epoch: message.epoch,
                    acceptedAt: message.acceptedAt,
                    payload: message.payload
                )
                state.streams[message.topic, default: []].append(event)
                return (event, state.receivers.values.filter { $0.topics.contains(message.topic) }.map(\.receiver))
            }
            guard let event else { return false }
            for receiver in receivers { receiver.receive(event) }
            return true
        }
    }

    func attach(_ receiver: any FanoutReceiver) async throws(BackendError) -> any FanoutSubscription {
        let number = state.withLock { state in
            defer { state.nextReceiver += 1 }
            state.receivers[state.nextReceiver] = (receiver, [])
            return state.nextReceiver
        }
        return Subscription(bus: self, number: number)
    }

    func window(of topic: FanoutTopic, after position: UInt64, limit: Int) async throws(BackendError) -> ReplayWindow {
        ReplayWindow(events: Array(events(of: topic).filter { $0.position > position }.prefix(limit)), isComplete: true)
    }

    func heads(of topics: [FanoutTopic]) async throws(BackendError) -> [FanoutTopic: UInt64] {
        state.withLock { state in
            var heads: [FanoutTopic: UInt64] = [:]
            for topic in topics { heads[topic] = state.streams[topic]?.last?.position }
            return heads
        }
    }

    private struct Subscription: FanoutSubscription {
        let bus: ModelBus
        let number: UInt64

        func subscribe(_ topic: FanoutTopic) async throws(BackendError) {
            bus.state.withLock { _ = $0.receivers[number]?.topics.insert(topic) }
        }

        func unsubscribe(_ topic: FanoutTopic) async {
            bus.state.withLock { _ = $0.receivers[number]?.topics.remove(topic) }
        }

        func cancel() async {
            bus.state.withLock { _ = $0.receivers.removeValue(forKey: number) }
        }
    }
}
