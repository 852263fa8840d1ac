import Chat
import EmbeddedBackend
import Glibc
import Interface
import Synchronization
import Testing
import Wire

@testable import Gateway

/// What happens when all but a few sessions of a loop do the same at once. DISCORDCTL_EDGE_SESSIONS sets how many they are, 4,500 at
/// most: both ends of each are here.
@Suite("Many sessions at once", .serialized) struct MassTests {
    private static let sessions: Int = {
        guard let text = getenv("DISCORDCTL_EDGE_SESSIONS"), let count = Int(String(cString: text)) else { return 300 }
        return min(max(300, count), 4_500)
    }()

    /// A busy guild 100 with everybody but user 1, who is in guild 101.
    private func crowd() async throws -> (rig: GatewayRig, one: GatewayClient, others: [GatewayClient]) {
        let rig = try await GatewayRig {
            $0.sessionsMax = Self.sessions + 8
        } loop: {
            $0.connectionsMax = Self.sessions + 8
        }
        for user in 1...UInt64(Self.sessions) + 1 { rig.source.addUser(user) }
        rig.source.addGuild(101, channels: [300], members: [1])
        rig.source.addGuild(100, channels: [200], members: Array(2...UInt64(Self.sessions) + 1))
        let one = try await rig.logIn(1)
        var others: [GatewayClient] = []
        for user in 2...UInt64(Self.sessions) + 1 { others.append(try await rig.logIn(user)) }
        return (rig, one, others)
    }

    @Test(.timeLimit(.minutes(10)))
    func deliveriesGoOnWhileEverybodyElseVanishesAndExpires() async throws {
        let (rig, one, others) = try await crowd()
        // Not by closing: a process that is being started by another test may hold a copy of the descriptor for a moment.
        for client in others { shutdown(client.peer.descriptor, Int32(SHUT_RDWR)) }
        var number: UInt64 = 10
        var turns = 0
        // Each turn takes in no more than epoll reports at once, and delivers.
        while rig.handler.statistics.detachedSessions < Self.sessions {
            try await rig.source.publish(number, channel: 300, guild: 101)
            let before = rig.handler.statistics.detachedSessions
            _ = rig.loops[0].turn(maxWaitMilliseconds: 0)
            #expect(rig.handler.statistics.detachedSessions - before <= 512)
            #expect(one.messages() == [String(number)])
            number += 1
            turns += 1
            try #require(turns < 100)
        }
        #expect(turns >= Self.sessions / 512)

        // Then their time to come back is over, for all of them in the same turn.
        rig.clock.advance(by: rig.handler.settings.resumeMilliseconds + 1_000)
        one.send(#"{"op":1,"d":null}"#)
        while rig.handler.sessions.count > 1 {
            try await rig.source.publish(number, channel: 300, guild: 101)
            let before = rig.handler.sessions.count
            _ = rig.loops[0].turn(maxWaitMilliseconds: 0)
            #expect(before - rig.handler.sessions.count <= 512)
            #expect(one.messages() == [String(number)])
            number += 1
            turns += 1
            try #require(turns < 200)
        }
        #expect(rig.handler.guilds[GuildID(100)] == nil)
        #expect(rig.handler.statistics.detachedSessions == 0)
    }

    @Test func aGuildThatGoesIsToldToAllInOneFrame() async throws {
        let (rig, one, others) = try await crowd()
        let lazy = try await rig.logIn(2, extra: #","lazy":true"#)
        lazy.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        #expect(lazy.events() == ["CHANNEL_SUBSCRIBED"])
        for client in others { _ = client.payloads() }
        let frames = rig.handler.log.next
        let sends = rig.loops[0].statistics.sends
        rig.source.state.withLock { $0.guilds[GuildID(100)] = nil }
        let deleted = FanoutMessage(
            topic: .guild(GuildID(100)), position: 2, epoch: 2, acceptedAt: 0,
            payload: GuildEvent.guildDeleted.encoded())
        _ = try await rig.bus.publish([deleted])
        await rig.settle()
        for client in others { #expect(client.events() == ["GUILD_DELETE"]) }
        #expect(lazy.events() == ["CHANNEL_UNSUBSCRIBED"])
        #expect(one.events().isEmpty)
        #expect(rig.handler.log.next - frames == 2)
        #expect(rig.loops[0].statistics.sends - sends == others.count + 1)
        #expect(rig.handler.guilds[GuildID(100)] == nil && rig.handler.rooms.isEmpty)
    }

    @Test func aMemberThatJoinsIsToldToAllInOneFrame() async throws {
        let (rig, _, others) = try await crowd()
        for client in others { _ = client.payloads() }
        let frames = rig.handler.log.next
        let profile = try #require(
            rig.source.state.withLock { state in
                state.members[GuildID(100)]?[UserID(1)] = Member(user: UserID(1), joinedAt: 1)
                return state.profile(UserID(1), GuildID(100))
            })
        try await rig.source.change(100, .memberAdded(profile))
        await rig.settle()
        for client in others { #expect(client.events() == ["GUILD_MEMBER_ADD"]) }
        #expect(rig.handler.log.next - frames == 1)
    }
}
