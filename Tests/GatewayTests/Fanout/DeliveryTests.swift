import Chat
import EmbeddedBackend
import Interface
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Delivery") struct DeliveryTests {
    @Test func everybodyWhoSeesTheChannelGetsTheMessageOnce() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201, allowing: 3) }
        let clients = [try await rig.logIn(1), try await rig.logIn(2), try await rig.logIn(3)]
        try await rig.source.publish(10, channel: 200, guild: 100)
        try await rig.source.publish(11, channel: 201, guild: 100)
        await rig.settle()
        #expect(clients.map { $0.messages() } == [["10", "11"], ["10"], ["10", "11"]])
        #expect(rig.metrics.latencies.withLock { $0 } == [10, 10])
    }

    @Test func whatOneTurnBringsLeavesInOneWrite() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 2)
        rig.source.addGuild(101, channels: [300], members: [1])
        let both = try await rig.logIn(1)
        let one = try await rig.logIn(2)
        let before = rig.loops[0].statistics.sends
        // Interleaved over two channels of one guild and another guild: three rooms are dirty, and two audiences.
        for number in 0..<4 as Range<UInt64> {
            try await rig.source.publish(1_000 + number, channel: 200, guild: 100)
            try await rig.source.publish(2_000 + number, channel: 300, guild: 101)
            try await rig.source.publish(3_000 + number, channel: 201, guild: 100)
        }
        rig.turn()
        #expect(rig.loops[0].statistics.sends - before == 2)
        #expect(both.messages() == (0..<4).flatMap { ["100\($0)", "200\($0)", "300\($0)"] })
        #expect(one.messages() == (0..<4).flatMap { ["100\($0)", "300\($0)"] })
    }

    @Test(
        arguments: [
            (0, []),
            (1, ["CHANNEL_UPDATE"]),
            (512, ["MESSAGE_CREATE"]),
            (2, ["GUILD_MEMBER_UPDATE"]),
            (515, ["CHANNEL_UPDATE", "GUILD_MEMBER_UPDATE", "MESSAGE_CREATE"]),
            (1 << 60, []),
        ] as [(UInt64, [String])])
    func onlyWhatWasAskedForIsSent(_ intents: UInt64, _ expected: [String]) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, intents: intents)
        _ = client.payloads()
        try await rig.source.change(100) { $0.channels[ChannelID(200)]?.topic = "new" }
        let profile = try #require(rig.source.state.withLock { $0.profile(UserID(3), GuildID(100)) })
        try await rig.source.change(100, .memberUpdated(profile))
        await rig.settle()
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.events() == expected)
    }

    @Test func oneNodeEncodesOnceAndBothLoopsDeliver() async throws {
        let rig = try await GatewayRig(loops: 2)
        rig.addSmallGuild()
        let first = try await rig.logIn(1, loop: 0)
        let second = try await rig.logIn(2, loop: 1)
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(first.messages() == ["10"])
        #expect(second.messages() == ["10"])
        #expect(rig.metrics.latencies.withLock { $0.count } == 2)
    }

    @Test func aRedeliveredEventIsDeliveredOnce() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        try await rig.source.publish(10, channel: 200, guild: 100)
        let event = try await rig.bus.window(of: .channel(ChannelID(200)), after: 0, limit: 10).events[0]
        rig.hub.receive(event)
        await rig.settle()
        #expect(client.messages() == ["10"])
    }

    @Test func aLostEventIsFetchedFromTheWindowInOrder() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        await unsubscribe(rig)
        try await rig.source.publish(11, channel: 200, guild: 100)
        try await rig.source.publish(12, channel: 200, guild: 100)
        try await resubscribe(rig)
        try await rig.source.publish(13, channel: 200, guild: 100)
        try await rig.source.publish(14, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.messages() == ["10", "11", "12", "13", "14"])
    }

    @Test func aGapThatCannotBeFilledIsSaid() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        _ = client.payloads()
        await unsubscribe(rig)
        // More than the bus remembers of one stream.
        for number in 11..<12_000 as Range<UInt64> {
            try await rig.source.publish(number, channel: 200, guild: 100, content: "")
        }
        try await resubscribe(rig)
        rig.handler.sessions.cells[0].isConnected = false
        try await rig.source.publish(20_000, channel: 200, guild: 100)
        await rig.settle()
        // The session was taken off its socket, which would not hold them all; its sequence tells how many it was sent.
        #expect(Int(rig.handler.sessions.cells[0].sequence) > 500)
        #expect(Int(rig.handler.sessions.cells[0].sequence) < 12_000)
        #expect(rig.resyncs == 1)
    }

    private func unsubscribe(_ rig: GatewayRig) async {
        let subscription = rig.hub.state.withLock { $0.subscription }
        await subscription?.unsubscribe(.channel(ChannelID(200)))
    }

    private func resubscribe(_ rig: GatewayRig) async throws {
        let subscription = rig.hub.state.withLock { $0.subscription }
        try await subscription?.subscribe(.channel(ChannelID(200)))
    }

    @Test func aMessageWaitsForTheChangesItWasAcceptedUnder() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        _ = client.payloads()
        // The change itself is lost on its way; the message says that there was one.
        try await rig.source.change(100, isPublished: false) { $0.hide(200) }
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.events() == ["CHANNEL_DELETE"])
    }

    @Test func aSlowConsumerIsClosedAndMayResume() async throws {
        let rig = try await GatewayRig({ $0.pauseBytes = 4_096 }, loop: { $0.outputBytesMax = 16_384 })
        rig.addSmallGuild()
        let slow = try await rig.logIn(2, sendBuffer: 4_096)
        let quick = try await rig.logIn(1)
        let seen = slow.sequence
        var received: [String] = []
        for number in 0..<200 as Range<UInt64> {
            try await rig.source.publish(
                1_000 + number, channel: 200, guild: 100, content: String(repeating: "x", count: 500))
            rig.turn()
            received += quick.messages()
        }
        await rig.pass(milliseconds: 1_000)
        #expect(received.count == 200)
        #expect(rig.handler.statistics.slowCloses == 1)
        #expect(rig.handler.sessions.count == 2)

        let again = try await rig.connect()
        again.continues(slow)
        again.resume(sequence: seen)
        var replayed: [String] = []
        for _ in 0..<50 {
            await rig.settle()
            replayed += again.messages()
        }
        #expect(replayed == received)
    }

    @Test func aSessionThatLogsOutLeavesNothingBehind() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let clients = [try await rig.logIn(1), try await rig.logIn(1), try await rig.logIn(2)]
        clients[0].close(1_000)
        await rig.settle()
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(clients[1].messages() == ["10"])
        #expect(clients[2].messages() == ["10"])
        clients[1].close(1_000)
        clients[2].close(1_000)
        await rig.settle()
        await rig.hub.sweep()
        #expect(rig.handler.sessions.count == 0)
        #expect(rig.handler.guilds.isEmpty && rig.handler.users.isEmpty)
        #expect(rig.hub.state.withLock { $0.channels.isEmpty && $0.guilds.isEmpty && $0.users.isEmpty })
    }
}
