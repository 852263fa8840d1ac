import Chat
package import Interface
import Synchronization

/// The fan-out bus of a node that is alone: everything happens in the process.
///
/// Streams are spread over shards by their topic, each behind a lock of its own. An event is appended to its window and handed to the
/// receivers under that lock: that makes the order of a stream's events the same for all, and is why a receiver must not
/// call the bus.
package final class InProcessFanoutBus: FanoutBus {
    static let windowEventsMax = 10_000
    private static let shardCount = 16

    private struct State: ~Copyable {
        var streams: StreamTable
        var receivers: [FanoutTopic: [Subscriber]] = [:]
    }

    private final class Shard: Sendable {
        let state: Mutex<State>

        init(limits: FanoutLimits) {
            state = Mutex(State(streams: StreamTable(limits: limits)))
        }
    }

    private let shards: [Shard]
    private let time: any TimeSource
    private let subscriberCount = Atomic<UInt64>(0)

    package convenience init(time: any TimeSource) {
        self.init(time: time, limits: FanoutLimits())
    }

    init(time: any TimeSource, limits: FanoutLimits) {
        self.time = time
        var share = limits
        share.bytesMax /= Self.shardCount
        share.streamsMax = max(1, share.streamsMax / Self.shardCount)
        shards = (0..<Self.shardCount).map { _ in Shard(limits: share) }
    }

    @discardableResult
    package func publish(_ messages: [FanoutMessage]) async throws(BackendError) -> [Bool] {
        let now = time.monotonicMilliseconds
        return messages.map { message in
            shard(of: message.topic).state.withLock { state in
                guard var event = state.streams.append(message, now: now) else { return false }
                event.content = message.content
                if let receivers = state.receivers[message.topic] {
                    for subscriber in receivers { subscriber.receiver.receive(event) }
                }
                return true
            }
        }
    }

    package func attach(_ receiver: any FanoutReceiver) async throws(BackendError) -> any FanoutSubscription {
        let number = subscriberCount.add(1, ordering: .relaxed).newValue
        return InProcessSubscription(Subscriber(number: number, receiver: receiver), bus: self)
    }

    package func window(
        of topic: FanoutTopic, after position: UInt64, limit: Int
    ) async throws(BackendError) -> ReplayWindow {
        let now = time.monotonicMilliseconds
        return shard(of: topic).state.withLock { state in
            state.streams.window(
                of: topic, after: position, limit: limit.held(in: 1...Self.windowEventsMax), now: now)
        }
    }

    package func heads(of topics: [FanoutTopic]) async throws(BackendError) -> [FanoutTopic: UInt64] {
        var heads: [FanoutTopic: UInt64] = [:]
        for topic in topics.prefix(FanoutRules.headsMax) {
            heads[topic] = shard(of: topic).state.withLock { $0.streams.head(of: topic) }
        }
        return heads
    }

    fileprivate func add(_ subscriber: Subscriber, to topic: FanoutTopic) {
        shard(of: topic).state.withLock { state in
            state.receivers[topic, default: []].append(subscriber)
        }
    }

    fileprivate func remove(_ subscriber: Subscriber, from topic: FanoutTopic) {
        shard(of: topic).state.withLock { state in
            guard var receivers = state.receivers[topic] else { return }
            receivers.removeAll { $0.number == subscriber.number }
            state.receivers[topic] = receivers.isEmpty ? nil : receivers
        }
    }

    private func shard(of topic: FanoutTopic) -> Shard {
        let number: UInt64 =
            switch topic {
            case .channel(let id): id.rawValue
            case .guild(let id): id.rawValue &+ 1
            case .user(let id): id.rawValue &+ 2
            case .node(let node): UInt64(node) &+ 3
            case .presence(let id): id.rawValue &+ 4
            case .direct(let id): id.rawValue &+ 5
            }
        // Fibonacci hashing: ids of one millisecond differ in few bits only.
        return shards[Int((number &* 0x9E37_79B9_7F4A_7C15) >> 60)]
    }
}

private struct Subscriber: Sendable {
    var number: UInt64
    var receiver: any FanoutReceiver
}

/// A receiver's topics; it keeps them so that ``cancel()`` finds them.
private final class InProcessSubscription: FanoutSubscription {
    private struct State {
        var topics: Set<FanoutTopic> = []
        var isCancelled = false
    }

    private let subscriber: Subscriber
    private let bus: InProcessFanoutBus
    /// Held while the bus's own lock is taken, never the other way round.
    private let state = Mutex(State())

    init(_ subscriber: Subscriber, bus: InProcessFanoutBus) {
        self.subscriber = subscriber
        self.bus = bus
    }

    func subscribe(_ topic: FanoutTopic) async throws(BackendError) {
        state.withLock { state in
            guard !state.isCancelled, state.topics.insert(topic).inserted else { return }
            bus.add(subscriber, to: topic)
        }
    }

    func unsubscribe(_ topic: FanoutTopic) async {
        state.withLock { state in
            guard state.topics.remove(topic) != nil else { return }
            bus.remove(subscriber, from: topic)
        }
    }

    func cancel() async {
        state.withLock { state in
            state.isCancelled = true
            for topic in state.topics { bus.remove(subscriber, from: topic) }
            state.topics = []
        }
    }
}
