import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Synchronization
import Testing
import Wire

@testable import Gateway

/// The last event of a stream is lost, and no other comes that would tell (invariant I4, case R05).
@Suite("Beacons") struct BeaconTests {
    private func look(_ rig: GatewayRig) async {
        await rig.hub.lookForLosses()
        await rig.settle()
    }

    @Test(arguments: [false, true])
    func aLostLastMessageIsMadeUpFor(isLazy: Bool) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, extra: isLazy ? #","lazy":true"# : "")
        if isLazy { client.send(#"{"op":100,"d":{"channel_id":"200"}}"#) }
        await rig.settle()
        _ = client.payloads()
        try await rig.source.publish(10, channel: 200, guild: 100)
        rig.losses.lose { $0.position == 11 || $0.position == 12 }
        for number in 11...12 as ClosedRange<UInt64> {
            try await rig.source.publish(number, channel: 200, guild: 100)
        }
        await rig.settle()
        #expect(client.messages() == ["10"])
        rig.losses.loseNothing()
        await look(rig)
        #expect(client.messages() == ["11", "12"])
        await look(rig)
        try await rig.source.publish(13, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.messages() == ["13"])
    }

    @Test func theFirstMessageEverMayBeTheLostOne() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        try await rig.source.publish(9, channel: 201, guild: 100)
        let client = try await rig.logIn(2)
        rig.losses.lose { _ in true }
        try await rig.source.publish(10, channel: 200, guild: 100)
        try await rig.source.publish(11, channel: 201, guild: 100)
        await rig.settle()
        rig.losses.loseNothing()
        await look(rig)
        // What was there before the session is not its own.
        #expect(client.messages().sorted() == ["10", "11"])
    }

    @Test func whatTheWindowHasNoMoreIsNamed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        rig.losses.lose { $0.position == 10 }
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        rig.losses.loseNothing()
        rig.time.advance(by: 3_600_000)
        await look(rig)
        let payloads = client.payloads()
        #expect(payloads.map { $0["t"]?.string } == ["CHANNEL_RESYNC"])
        #expect(payloads.first?["d"]?["channel_id"]?.string == "200")
        await look(rig)
        #expect(client.events() == [])
        try await rig.source.publish(11, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.messages() == ["11"])
    }

    /// Neither is a gap in the stream, and nothing comes behind it that would tell.
    @Test func whatAFullMailboxDidNotTakeIsNamed() async throws {
        let rig = try await GatewayRig(loop: { $0.mailsMax = 4 })
        rig.addSmallGuild()
        rig.source.addDirect(500, parties: [1, 2])
        let client = try await rig.logIn(2, intents: 1 | 512 | 1 << 12)
        try await rig.source.publish(9, direct: 500)
        await rig.settle()
        #expect(client.messages() == ["9"])
        // The loop is not turned, so that its mailbox fills.
        for number in 10..<15 as Range<UInt64> { try await rig.source.publish(number, channel: 200, guild: 100) }
        try await rig.source.publish(15, direct: 500)
        await rig.settle()
        #expect(client.messages() == ["10", "11", "12", "13"])
        rig.hub.sweepMissed()
        await rig.settle()
        let payloads = client.payloads()
        #expect(payloads.map { $0["t"]?.string } == ["CHANNEL_RESYNC", "CHANNEL_RESYNC"])
        #expect(payloads.compactMap { $0["d"]?["channel_id"]?.string } == ["200", "500"])
        rig.hub.sweepMissed()
        await rig.settle()
        #expect(client.events() == [])
    }

    @Test func aLostChangeOfRightsIsMadeUpFor() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let user = try #require(rig.source.state.withLock { $0.users[UserID(2)] })
        rig.losses.lose { $0.topic == .guild(GuildID(100)) }
        try await rig.source.change(100) { $0.hide(201) }
        await rig.settle()
        #expect(client.events() == [])
        await look(rig)
        #expect(client.events() == ["CHANNEL_DELETE"])
        try await rig.source.change(100, .memberRemoved(user))
        await look(rig)
        #expect(client.events() == ["GUILD_DELETE"])
    }

    @Test(arguments: [false, true])
    func aLostEventOfTheUsersOwnBeginsItsSessionsAnew(isNoticedByTheNext: Bool) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let other = try await rig.logIn(3)
        try await rig.source.publish(.userUpdated(rig.source.addUser(2)), to: 2)
        await rig.settle()
        #expect(client.events() == ["USER_UPDATE"])
        rig.losses.lose { $0.topic == .user(UserID(2)) }
        try await rig.source.publish(.tokensRevoked([rig.source.hash(of: client.token)]), to: 2)
        await rig.settle()
        rig.losses.loseNothing()
        if isNoticedByTheNext {
            try await rig.source.publish(.userUpdated(rig.source.addUser(2)), to: 2)
            await rig.settle()
        } else {
            await look(rig)
            #expect(client.close() == nil)
            await look(rig)
        }
        #expect(client.close() == 4_000)
        #expect(rig.handler.sessions.count == 1)
        #expect(other.close() == nil)
    }

    /// For a while after the last session the streams are still subscribed to, and what passes then is nobody's.
    @Test func whatPassesBetweenTwoSessionsIsNotMissing() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        func pass() async throws {
            try await rig.source.publish(.userUpdated(rig.source.addUser(2)), to: 2)
            try await rig.source.show(3, .idle, in: 100)
            await rig.settle()
        }
        let first = try await rig.logIn(2, intents: 1 | 256)
        try await pass()
        #expect(Set(first.events()) == ["USER_UPDATE", "PRESENCE_UPDATE"])
        first.close(1_000)
        await rig.settle()
        #expect(rig.handler.sessions.count == 0)
        try await pass()
        let second = try await rig.logIn(2, intents: 1 | 256)
        _ = second.payloads()
        try await pass()
        await rig.pass(milliseconds: 1_000)
        await look(rig)
        await look(rig)
        #expect(Set(second.events()) == ["USER_UPDATE", "PRESENCE_UPDATE"])
        #expect(second.close() == nil)
    }

    @Test func lostPresencesAreTold() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, intents: 1 | 256)
        try await rig.source.show(3, .idle, in: 100)
        await rig.settle()
        #expect(client.events() == ["PRESENCE_UPDATE"])
        rig.losses.lose { $0.topic == .presence(GuildID(100)) }
        try await rig.source.show(3, .online, in: 100)
        await rig.settle()
        rig.losses.loseNothing()
        await look(rig)
        await rig.pass(milliseconds: 1_000)
        #expect(client.events() == ["PRESENCE_RESYNC"])
        rig.losses.lose { $0.topic == .presence(GuildID(100)) }
        try await rig.source.show(3, .idle, in: 100)
        rig.losses.loseNothing()
        try await rig.source.show(3, .online, in: 100)
        await rig.settle()
        await rig.pass(milliseconds: 1_000)
        #expect(Set(client.events()) == ["PRESENCE_RESYNC", "PRESENCE_UPDATE"])
    }

    @Test func aLostDirectMessageIsMadeUpFor() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.addDirect(900, parties: [1, 2])
        let client = try await rig.logIn(2, intents: 1 | 4_096)
        try await rig.source.publish(10, direct: 900)
        await rig.settle()
        rig.losses.lose { $0.topic == .channel(ChannelID(900)) }
        try await rig.source.publish(11, direct: 900)
        await rig.settle()
        #expect(client.messages() == ["10"])
        rig.losses.loseNothing()
        await look(rig)
        #expect(client.messages() == ["11"])
    }

    @Test func aGatewayThatDoesNotHearItselfSaysSo() async throws {
        let rig = try await GatewayRig()
        let hub = rig.hub
        let probing = Task { await hub.probe(7) }
        defer { probing.cancel() }
        func sendsProbes(_ count: Int) async {
            for _ in 0..<count {
                await rig.time.whenSleeping(1)
                rig.time.advance(by: PathProbe.intervalMilliseconds)
            }
            await rig.time.whenSleeping(1)
        }
        await sendsProbes(5)
        #expect(!rig.hub.isPathLost)
        rig.losses.lose { $0.topic == .node(7) }
        await sendsProbes(2)
        #expect(!rig.hub.isPathLost)
        await sendsProbes(2)
        #expect(rig.hub.isPathLost)
        rig.losses.loseNothing()
        await sendsProbes(1)
        #expect(!rig.hub.isPathLost)
    }

    @Test func onlyItsOwnProbesCount() {
        var probe = PathProbe()
        var other = PathProbe()
        _ = probe.next(now: 0)
        _ = other.next(now: 0)
        let foreign = other.next(now: 0)
        probe.returned(foreign, now: 5_999)
        probe.returned([0, 1], now: 5_999)
        #expect(!probe.isLost(now: 5_999))
        #expect(probe.isLost(now: 6_000))
        let own = probe.next(now: 6_000)
        probe.returned(own, now: 6_001)
        #expect(!probe.isLost(now: 6_001))
        // Once is enough.
        probe.returned(own, now: 12_000)
        #expect(probe.isLost(now: 12_001))
    }
}
