import BackendContracts
import Chat
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("In-process fan-out bus") struct InProcessFanoutBusTests {
    private let time = ManualTime()

    private static func message(_ channel: UInt64, _ position: UInt64?, bytes: Int = 1) -> FanoutMessage {
        FanoutMessage(
            topic: .channel(ChannelID(channel)), position: position, epoch: 0, acceptedAt: 0,
            payload: Array(repeating: 0, count: bytes))
    }

    private func window(_ bus: InProcessFanoutBus, _ channel: UInt64 = 1, after position: UInt64) async throws
        -> ReplayWindow
    {
        try await bus.window(of: .channel(ChannelID(channel)), after: position, limit: 10_000)
    }

    @Test func remembersAThousandEvents() async throws {
        let bus = InProcessFanoutBus(time: time)
        try await bus.publish((1...1_500).map { Self.message(1, $0) })
        let window = try await window(bus, after: 500)
        #expect(window.events.map(\.position) == Array(501...1_500))
        #expect(window.isComplete)
        #expect(try await !self.window(bus, after: 499).isComplete)
    }

    @Test func remembersABoundedNumberOfBytes() async throws {
        let bus = InProcessFanoutBus(time: time)
        try await bus.publish((1...10).map { Self.message(1, $0, bytes: 60_000) })
        #expect(try await window(bus, after: 6).events.map(\.position) == [7, 8, 9, 10])
        #expect(try await window(bus, after: 6).isComplete)
        #expect(try await !window(bus, after: 5).isComplete)
    }

    @Test func forgetsEventsByAgeButNotThePosition() async throws {
        let bus = InProcessFanoutBus(time: time)
        try await bus.publish([Self.message(1, 1)])
        time.advance(by: 100_000)
        try await bus.publish([Self.message(1, 2)])
        time.advance(by: 80_001)
        #expect(try await window(bus, after: 1).events.map(\.position) == [2])
        #expect(try await window(bus, after: 1).isComplete)
        #expect(try await !window(bus, after: 0).isComplete)
        time.advance(by: 100_000)
        #expect(try await window(bus, after: 2) == ReplayWindow(events: [], isComplete: true))
        #expect(try await window(bus, after: 1) == ReplayWindow(events: [], isComplete: false))
        #expect(try await bus.publish([Self.message(1, 2)]) == [false])
    }

    @Test func dropsTheLeastRecentWindowsWhenAllTogetherTakeTooMuch() async throws {
        var limits = FanoutLimits()
        limits.bytesMax = 16 * 10_000
        let bus = InProcessFanoutBus(time: time, limits: limits)
        // One shard's share holds ten of these; every channel's own bound is far away.
        for channel in 1...UInt64(1_000) { try await bus.publish([Self.message(channel, 5, bytes: 904)]) }
        var remembered = 0
        for channel in 1...UInt64(1_000) { remembered += try await window(bus, channel, after: 0).events.count }
        #expect((16...160).contains(remembered))
        #expect(try await window(bus, 1_000, after: 0).events.count == 1)
        #expect(try await window(bus, 1, after: 0) == ReplayWindow(events: [], isComplete: false))
        // Positions are kept: a redelivery is still refused, and who saw the last event misses nothing.
        #expect(try await bus.publish([Self.message(1, 5)]) == [false])
        #expect(try await window(bus, 1, after: 5).isComplete)
    }

    @Test func forgottenStreamsAreNeverCalledComplete() async throws {
        var limits = FanoutLimits()
        limits.streamsMax = 16
        let bus = InProcessFanoutBus(time: time, limits: limits)
        let receiver = RecordingReceiver()
        let subscription = try await bus.attach(receiver)
        try await subscription.subscribe(.channel(ChannelID(1)))
        try await bus.publish([Self.message(1, nil), Self.message(1, nil)])
        for channel in 2...UInt64(500) { try await bus.publish([Self.message(channel, 1)]) }
        #expect(try await !window(bus, 1, after: 0).isComplete)
        try await bus.publish([Self.message(1, nil)])
        let positions = receiver.events.map(\.position)
        #expect(positions.count == 3)
        #expect(positions == positions.sorted() && Set(positions).count == 3)
        #expect(try await !window(bus, 1, after: 2).isComplete)
    }

    @Test func idleWindowsGoWhenOthersPublish() {
        var table = StreamTable(limits: FanoutLimits())
        for channel in 1...UInt64(100) { _ = table.append(Self.message(channel, 1, bytes: 100), now: 0) }
        let full = table.bytes
        for position in 2...UInt64(101) { _ = table.append(Self.message(100, position, bytes: 0), now: 200_000) }
        #expect(table.bytes < full)
        #expect(table.count == 100)
    }

    @Test func aWindowCompactsWithoutLosingOrder() {
        var window = StreamWindow()
        let limits = FanoutLimits(streamEventsMax: 5)
        for position in 1...UInt64(1_000) {
            _ = window.append(Self.message(1, position), now: 0, limits: limits)
            #expect(window.count <= 5)
        }
        #expect(window.window(after: 995, limit: 10).events.map(\.position) == [996, 997, 998, 999, 1_000])
        #expect(window.window(after: 995, limit: 10).isComplete)
    }
}
