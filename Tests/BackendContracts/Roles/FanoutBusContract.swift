import Chat
package import Interface
import Synchronization

/// Keeps what it receives, in order.
package final class RecordingReceiver: FanoutReceiver {
    private let received = Mutex<[FanoutEvent]>([])

    package init() {}

    package func receive(_ event: FanoutEvent) {
        received.withLock { $0.append(event) }
    }

    package var events: [FanoutEvent] { received.withLock { $0 } }

    /// Returns once at least this many events are there; buses over a network deliver later than they publish.
    package func events(atLeast count: Int) async throws -> [FanoutEvent] {
        try await eventually("\(count) events arrive") { events.count >= count }
        return events
    }
}

/// The promises of ``Interface/FanoutBus``, one case each.
package enum FanoutBusContract: String, CaseIterable, Sendable {
    case subscribersReceive, othersDoNot, eventsArriveWhole, orderIsKept, subscribingTwiceIsHarmless
    case unsubscribingStops, cancellingStopsEverything, severalReceiversAllReceive
    case repeatedPositionsAreRefused, lowerPositionsAreRefused, previousLinksEvents, theBusGivesRisingPositions
    case streamsAreApart, concurrentPublishersKeepOneOrder
    case theWindowHoldsWhatCameAfter, theWindowHoldsItsLimit, theWindowAtTheEndIsEmptyAndComplete
    case anUntouchedStreamIsComplete, anUnknownPositionIsIncomplete, theWindowIsBoundedInEvents
    case theWindowIsBoundedInBytes
    case headsAreTheNewestPositions, ofUnknownStreamsThereIsNoHead, theHeadIsNoLessThanWhatWasReceived

    private static let topic = FanoutTopic.channel(ChannelID(5))

    /// - Parameter make: a bus of its own for each call, without streams.
    package func check(_ make: () async throws -> any FanoutBus) async throws {
        let bus = try await make()
        switch self {
        case .subscribersReceive, .othersDoNot, .eventsArriveWhole, .orderIsKept, .subscribingTwiceIsHarmless,
            .unsubscribingStops, .cancellingStopsEverything, .severalReceiversAllReceive:
            try await checkDelivery(by: bus)
        case .repeatedPositionsAreRefused, .lowerPositionsAreRefused, .previousLinksEvents,
            .theBusGivesRisingPositions, .streamsAreApart, .concurrentPublishersKeepOneOrder:
            try await checkPositions(of: bus)
        case .theWindowHoldsWhatCameAfter, .theWindowHoldsItsLimit, .theWindowAtTheEndIsEmptyAndComplete,
            .anUntouchedStreamIsComplete, .anUnknownPositionIsIncomplete, .theWindowIsBoundedInEvents,
            .theWindowIsBoundedInBytes:
            try await checkWindows(of: bus)
        case .headsAreTheNewestPositions, .ofUnknownStreamsThereIsNoHead, .theHeadIsNoLessThanWhatWasReceived:
            try await checkHeads(of: bus)
        }
    }

    private static func message(
        _ position: UInt64?, _ payload: [UInt8] = [1], topic: FanoutTopic = topic
    ) -> FanoutMessage {
        FanoutMessage(topic: topic, position: position, epoch: 3, acceptedAt: 42, payload: payload)
    }

    private static func subscribed(
        to topics: [FanoutTopic] = [topic], of bus: any FanoutBus
    ) async throws -> (RecordingReceiver, any FanoutSubscription) {
        let receiver = RecordingReceiver()
        let subscription = try await bus.attach(receiver)
        for topic in topics { try await subscription.subscribe(topic) }
        return (receiver, subscription)
    }

    private func checkDelivery(by bus: any FanoutBus) async throws {
        let other = FanoutTopic.channel(ChannelID(6))
        let (receiver, subscription) = try await Self.subscribed(to: [Self.topic, other], of: bus)
        // An event on this stream, last, tells that everything before it has arrived.
        let (witness, _) = try await Self.subscribed(to: [Self.topic, other], of: bus)
        switch self {
        case .subscribersReceive:
            try await bus.publish([Self.message(9)])
            try demand(try await receiver.events(atLeast: 1).map(\.position), is: [9], "a subscriber receives")
        case .othersDoNot:
            try await bus.publish([Self.message(9, topic: .channel(ChannelID(77))), Self.message(9)])
            try demand(try await receiver.events(atLeast: 1).count, is: 1, "who did not subscribe does not receive")
        case .eventsArriveWhole:
            for topic in [Self.topic, .guild(GuildID(5)), .presence(GuildID(5)), .user(UserID(5)), .node(5)] {
                let (receiver, _) = try await Self.subscribed(to: [topic], of: bus)
                try await bus.publish([Self.message(7, [0, 255], topic: topic)])
                let expected = FanoutEvent(
                    topic: topic, position: 7, previous: 0, epoch: 3, acceptedAt: 42, payload: [0, 255])
                try demand(try await receiver.events(atLeast: 1), is: [expected], "an event arrives whole")
            }
        case .orderIsKept:
            for start in stride(from: UInt64(1), to: 100, by: 10) {
                try await bus.publish((start..<start + 10).map { Self.message($0) })
            }
            let positions = try await receiver.events(atLeast: 100).map(\.position)
            try demand(positions, is: Array(1...100), "events arrive in the order they were published")
        case .subscribingTwiceIsHarmless:
            try await subscription.subscribe(Self.topic)
            try await bus.publish([Self.message(1), Self.message(2)])
            let positions = try await receiver.events(atLeast: 2).map(\.position)
            try demand(positions, is: [1, 2], "subscribing twice delivers once")
        case .unsubscribingStops:
            await subscription.unsubscribe(Self.topic)
            try await bus.publish([Self.message(1), Self.message(1, topic: other)])
            let topics = try await receiver.events(atLeast: 1).map(\.topic)
            try demand(topics, is: [other], "unsubscribing stops that topic and no other")
            try await subscription.subscribe(Self.topic)
            try await bus.publish([Self.message(2)])
            try demand(try await receiver.events(atLeast: 2).count, is: 2, "one can subscribe again")
        case .cancellingStopsEverything:
            await subscription.cancel()
            try await bus.publish([Self.message(1), Self.message(1, topic: other)])
            _ = try await witness.events(atLeast: 2)
            try demand(receiver.events.isEmpty, "a cancelled subscription receives nothing")
        case .severalReceiversAllReceive:
            try await bus.publish([Self.message(1), Self.message(2)])
            let first = try await receiver.events(atLeast: 2)
            try demand(try await witness.events(atLeast: 2), is: first, "all receivers receive the same")
        default: preconditionFailure("not a clause of delivery")
        }
    }

    private func checkPositions(of bus: any FanoutBus) async throws {
        let (receiver, _) = try await Self.subscribed(of: bus)
        switch self {
        case .repeatedPositionsAreRefused, .lowerPositionsAreRefused:
            let answers = try await bus.publish([5, 5, 4, 9, 9, 1, 10].map { Self.message($0) })
            try demand(answers, is: [true, false, false, true, false, false, true], "only new positions are new")
            let positions = try await receiver.events(atLeast: 3).map(\.position)
            try demand(positions, is: [5, 9, 10], "what is refused is not delivered")
            try demand(try await bus.publish([Self.message(9)]), is: [false], "a redelivery is refused later, too")
        case .previousLinksEvents:
            try await bus.publish([5, 9, 10].map { Self.message($0) })
            let previous = try await receiver.events(atLeast: 3).map(\.previous)
            try demand(previous, is: [0, 5, 9], "an event names the position before it")
        case .theBusGivesRisingPositions:
            let answers = try await bus.publish((0..<5).map { _ in Self.message(nil) })
            try demand(answers, is: Array(repeating: true, count: 5), "a position that the bus gives is new")
            let events = try await receiver.events(atLeast: 5)
            try demand(events.map(\.position), is: events.map(\.position).sorted(), "given positions rise")
            try demand(Set(events.map(\.position)).count, is: 5, "given positions differ")
            try demand(events[0].position > 0, "a position is above 0")
            try demand(events.dropFirst().map(\.previous), is: events.dropLast().map(\.position), "they are linked")
        case .streamsAreApart:
            let other = FanoutTopic.guild(GuildID(5))
            let answers = try await bus.publish([Self.message(5), Self.message(5, topic: other)])
            try demand(answers, is: [true, true], "streams have their own positions")
        case .concurrentPublishersKeepOneOrder:
            let (second, _) = try await Self.subscribed(of: bus)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask { for _ in 0..<20 { try await bus.publish([Self.message(nil)]) } }
                }
                try await group.waitForAll()
            }
            let events = try await receiver.events(atLeast: 200)
            try demand(events.dropFirst().map(\.previous), is: events.dropLast().map(\.position), "no event is skipped")
            try demand(try await second.events(atLeast: 200), is: events, "every receiver sees the same order")
        default: preconditionFailure("not a clause of positions")
        }
    }

    private func checkWindows(of bus: any FanoutBus) async throws {
        func window(_ position: UInt64, _ limit: Int = 10_000) async throws -> ReplayWindow {
            try await bus.window(of: Self.topic, after: position, limit: limit)
        }
        if self != .anUntouchedStreamIsComplete {
            try await bus.publish([10, 20, 30, 40].map { Self.message($0, [UInt8(truncatingIfNeeded: $0)]) })
        }
        switch self {
        case .theWindowHoldsWhatCameAfter:
            let after = try await window(20)
            try demand(after.isComplete, "what is remembered from a known position on is complete")
            try demand(after.events.map(\.position), is: [30, 40], "a window is ascending and exclusive")
            try demand(after.events.map(\.previous), is: [20, 30], "a window's events are linked")
            try demand(after.events.map(\.payload), is: [[30], [40]], "a window's events are whole")
            let whole = try await window(0)
            try demand(whole.events.count, is: 4, "the window after 0 is all that is remembered")
        case .theWindowHoldsItsLimit:
            try demand(try await window(10, 2).events.map(\.position), is: [20, 30], "the oldest come first")
            try demand(try await window(10, 0).events.count <= 1, "a limit below the least is held at the least")
        case .theWindowAtTheEndIsEmptyAndComplete:
            try demand(try await window(40), is: ReplayWindow(events: [], isComplete: true), "nothing was missed")
        case .anUntouchedStreamIsComplete:
            try demand(try await window(0), is: ReplayWindow(events: [], isComplete: true), "nothing was there to miss")
        case .anUnknownPositionIsIncomplete:
            try demand(try await window(5).isComplete, is: false, "before the first event lies what nobody remembers")
            try demand(try await window(50).isComplete, is: false, "nobody can have seen what was not published")
        case .theWindowIsBoundedInEvents:
            try await checkBound(of: bus, count: 20_000, payload: [1])
        case .theWindowIsBoundedInBytes:
            try await checkBound(of: bus, count: 64, payload: Array(repeating: 1, count: 1 << 19))
        default: preconditionFailure("not a clause of windows")
        }
    }

    /// Publishes more than any bus may remember; the rest has to be linked and to say that it is not all.
    private func checkBound(of bus: any FanoutBus, count: UInt64, payload: [UInt8]) async throws {
        for start in stride(from: UInt64(0), to: count, by: 16) {
            try await bus.publish((start..<start + 16).map { Self.message(100 + $0, payload) })
        }
        let window = try await bus.window(of: Self.topic, after: 40, limit: 10_000)
        try demand(!window.isComplete, "a window that lost its start says so")
        try demand(UInt64(window.events.count) < count, "a window is bounded")
        let last = 99 + count
        let rest = try await bus.window(of: Self.topic, after: last - 1, limit: 1)
        if let event = rest.events.first {
            try demand(event.position, is: last, "the window ends with the last event")
        } else {
            try demand(!rest.isComplete, "an event too large for the window is missing, and the window says so")
        }
        let end = try await bus.window(of: Self.topic, after: last, limit: 1)
        try demand(end, is: ReplayWindow(events: [], isComplete: true), "who saw the last event misses nothing")
    }

    private func checkHeads(of bus: any FanoutBus) async throws {
        switch self {
        case .headsAreTheNewestPositions:
            let topics: [FanoutTopic] = [Self.topic, .guild(GuildID(5)), .presence(GuildID(5)), .user(UserID(5))]
            for topic in topics {
                for position in [3, 8] as [UInt64] { try await bus.publish([Self.message(position, topic: topic)]) }
                // Refused, and no newer position for it.
                try await bus.publish([Self.message(5, topic: topic)])
            }
            let expected = Dictionary(uniqueKeysWithValues: topics.map { ($0, 8 as UInt64) })
            try demand(try await bus.heads(of: topics), is: expected, "a head is the stream's newest position")
        case .ofUnknownStreamsThereIsNoHead:
            try await bus.publish([Self.message(3)])
            let heads = try await bus.heads(of: [.channel(ChannelID(77)), Self.topic])
            try demand(heads, is: [Self.topic: 3], "a stream without events has no head")
            try demand(try await bus.heads(of: []), is: [:], "no question, no answer")
        case .theHeadIsNoLessThanWhatWasReceived:
            let (receiver, _) = try await Self.subscribed(of: bus)
            for position in 1...20 as ClosedRange<UInt64> {
                try await bus.publish([Self.message(position)])
                let received = try await receiver.events(atLeast: Int(position)).map(\.position).max() ?? 0
                let head = try await bus.heads(of: [Self.topic])[Self.topic] ?? 0
                try demand(head >= received, "nobody has received what is beyond the head")
            }
        default: preconditionFailure("not a clause of heads")
        }
    }
}
