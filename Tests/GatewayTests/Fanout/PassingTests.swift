import Chat
import Glibc
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Gateway presences, typing and voice states") struct PassingTests {
    private static let everything: UInt64 = 1 | 2 | 512 | 1 << 7 | 1 << 8 | 1 << 11

    private func status(_ payload: JSONValue?) -> String? { payload?["d"]?["status"]?.string }

    private func voiceState(_ user: UInt64, _ channel: UInt64, muted: Bool = false) -> VoiceState {
        VoiceState(
            guild: GuildID(100), user: UserID(user), channel: ChannelID(channel), session: SessionTag(user),
            isSelfMuted: muted)
    }

    private func voice(_ rig: GatewayRig, _ user: UInt64, to now: UInt64?, from before: UInt64?) async throws {
        let member = rig.source.state.withLock { $0.profile(UserID(user), GuildID(100)) }
        let change = VoiceChange(
            member: member, now: now.map { voiceState(user, $0) }, before: before.map { voiceState(user, $0) })
        try await rig.source.pass(.voice(change), in: 100)
    }

    @Test func presencesGoToWhoAskedForThem() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let looker = try await rig.logIn(2, intents: Self.everything)
        let other = try await rig.logIn(3, intents: 1 | 2 | 512)
        try await rig.source.show(1, .idle, in: 100)
        try await rig.source.show(1, .invisible, in: 100)
        await rig.settle()
        let updates = looker.payloads()
        #expect(updates.map { $0["t"]?.string } == ["PRESENCE_UPDATE", "PRESENCE_UPDATE"])
        #expect(updates.map(status) == ["idle", "offline"])
        #expect(updates.first?["d"]?["user"]?["id"]?.string == "1")
        #expect(updates.first?["d"]?["guild_id"]?.string == "100")
        #expect(updates.first?["d"]?["client_status"]?["web"]?.string == "idle")
        #expect(updates.last?["d"]?["client_status"]?.object?.members.isEmpty == true)
        #expect(other.payloads().isEmpty)
    }

    @Test func changedWebhooksAreToldToWhoSeesTheChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(200, allowing: 2) }
        let sees = try await rig.logIn(2, intents: 1 << 5)
        let blind = try await rig.logIn(3, intents: 1 << 5)
        let other = try await rig.logIn(2, intents: 1 | 2 | 512)
        for client in [sees, blind, other] { _ = client.payloads() }
        try await rig.source.pass(.webhooksChanged(ChannelID(200)), in: 100)
        await rig.settle()
        let told = sees.payloads()
        #expect(told.map { $0["t"]?.string } == ["WEBHOOKS_UPDATE"])
        #expect(told.first?["d"]?["guild_id"]?.string == "100")
        #expect(told.first?["d"]?["channel_id"]?.string == "200")
        #expect(blind.payloads().isEmpty)
        #expect(other.payloads().isEmpty)
    }

    @Test func nobodyIsSubscribedWhereNobodyLooks() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let plain = try await rig.logIn(3, intents: 1 | 2 | 512)
        #expect(rig.hub.state.withLock { $0.looks.isEmpty })
        let looker = try await rig.logIn(2, intents: Self.everything)
        let second = try await rig.logIn(1, intents: 1 | 256)
        #expect(rig.hub.state.withLock { $0.looks[GuildID(100)]?.loops.mask } == 1)
        looker.close(1_000)
        second.close(1_000)
        await rig.settle()
        await rig.hub.sweepLooks()
        #expect(rig.hub.state.withLock { $0.looks.isEmpty })
        withExtendedLifetime(plain) {}
    }

    @Test func whoIsThereComesWithTheGuild() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201) }
        try await rig.source.show(1, .doNotDisturb, in: 100)
        try await rig.source.show(3, .invisible, in: 100)
        rig.source.state.withLock { $0.voiceStates[GuildID(100)] = [voiceState(1, 200), voiceState(3, 201)] }
        let looker = try await rig.logIn(2, intents: Self.everything)
        let guild = try #require(looker.login.first { $0["t"]?.string == "GUILD_CREATE" }?["d"])
        #expect(guild["presences"]?.array?.map { $0["user"]?["id"]?.string } == ["1"])
        #expect(guild["presences"]?.array?.first?["status"]?.string == "dnd")
        #expect(guild["voice_states"]?.array?.map { $0["user_id"]?.string } == ["1"])
        let other = try await rig.logIn(3, intents: 1)
        let bare = try #require(other.login.first { $0["t"]?.string == "GUILD_CREATE" }?["d"])
        #expect(bare["presences"]?.array?.isEmpty == true && bare["voice_states"]?.array?.isEmpty == true)
    }

    @Test func aLargeGuildNamesTheMembersWhoAreHeard() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 60)
        rig.source.state.withLock { $0.voiceStates[GuildID(100)] = [voiceState(40, 200)] }
        let client = try await rig.logIn(2, intents: Self.everything)
        let guild = try #require(client.login.first { $0["t"]?.string == "GUILD_CREATE" }?["d"])
        #expect(guild["large"]?.bool == true)
        #expect(guild["members"]?.array?.map { $0["user"]?["id"]?.string } == ["2", "40"])
    }

    @Test func whatPassesWhileAGuildIsLoadedIsNotMissed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let other = try await rig.logIn(1, intents: Self.everything)
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-2","intents":\#(Self.everything),"properties":{}}}"#)
        await rig.settleUntilReady()
        // The guild's part has been asked for and is not made yet when the loop hears of the change.
        try await rig.source.show(3, .idle, in: 100)
        rig.turn()
        await rig.settle()
        let events = client.payloads().suffix(2)
        #expect(events.map { $0["t"]?.string } == ["GUILD_CREATE", "PRESENCE_UPDATE"])
        withExtendedLifetime(other) {}
    }

    @Test func typingGoesToWhoSeesTheChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201) }
        let owner = try await rig.logIn(1, intents: Self.everything)
        let member = try await rig.logIn(2, intents: Self.everything)
        let deaf = try await rig.logIn(3, intents: 1 | 512)
        let profile = rig.source.state.withLock { $0.profile(UserID(1), GuildID(100)) }
        for channel in [200, 201] as [UInt64] {
            let notice = TypingNotice(
                channel: ChannelID(channel), user: UserID(1), member: profile, guild: GuildID(100), at: 1_700_000_000)
            try await rig.source.pass(.typing(notice), in: 100)
        }
        await rig.settle()
        let seen = owner.payloads().compactMap { $0["d"] }
        #expect(seen.map { $0["channel_id"]?.string } == ["200", "201"])
        #expect(seen.first?["timestamp"]?.int == 1_700_000_000)
        #expect(seen.first?["member"]?["user"]?["id"]?.string == "1")
        #expect(member.payloads().map { $0["d"]?["channel_id"]?.string } == ["200"])
        #expect(deaf.payloads().isEmpty)
    }

    @Test func channelsKeepTheirPositionsWhileSomebodyTypes() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, intents: Self.everything)
        let notice = TypingNotice(
            channel: ChannelID(200), user: UserID(1), member: nil, guild: GuildID(100), at: 1)
        try await rig.source.publish(10, channel: 200, guild: 100)
        try await rig.source.pass(.typing(notice), in: 100)
        try await rig.source.publish(11, channel: 200, guild: 100)
        await rig.settle()
        #expect(client.messages() == ["10", "11"])
        #expect(rig.resyncs == 0)
    }

    @Test func voiceStatesAreToldToWhoSeesTheChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201) }
        let owner = try await rig.logIn(1, intents: Self.everything)
        let member = try await rig.logIn(2, intents: Self.everything)
        try await voice(rig, 3, to: 200, from: nil)
        try await voice(rig, 3, to: 201, from: 200)
        try await voice(rig, 3, to: nil, from: 201)
        await rig.settle()
        func channels(_ client: GatewayClient) -> [String?] {
            client.payloads().filter { $0["t"]?.string == "VOICE_STATE_UPDATE" }
                .map { $0["d"]?["channel_id"]?.string }
        }
        #expect(channels(owner) == ["200", "201", nil])
        #expect(channels(member) == ["200", nil])
    }

    @Test func whatWasAcceptedUnderANewEpochWaitsForIt() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let member = try await rig.logIn(2, intents: Self.everything)
        // What passes under the new epoch overtakes nothing: who was put out does not see it.
        let gone = rig.source.state.withLock { $0.users[UserID(2)] }
        try await rig.source.change(100, .memberRemoved(try #require(gone)))
        try await rig.source.show(1, .idle, in: 100)
        await rig.settle()
        #expect(!member.events().contains("PRESENCE_UPDATE"))
    }

    @Test func aSlowSessionIsSpared() async throws {
        let rig = try await GatewayRig({ $0.pauseBytes = 32 * 1_024 }, loop: { $0.outputBytesMax = 64 * 1_024 })
        rig.addSmallGuild()
        let slow = try await rig.logIn(2, intents: Self.everything, sendBuffer: 4_096)
        let text = String(repeating: "x", count: 1_900)
        for number in 10..<34 as Range<UInt64> {
            try await rig.source.publish(number, channel: 200, guild: 100, content: text)
        }
        rig.turn()
        try await rig.source.show(1, .idle, in: 100)
        try await rig.source.show(3, .idle, in: 100)
        try await rig.source.publish(34, channel: 200, guild: 100)
        rig.turn()
        #expect(rig.handler.statistics.sheds == 2)
        // Reading checks that the sequence has no hole.
        var events: [String] = []
        for _ in 0..<64 {
            events += slow.events()
            rig.turn()
        }
        #expect(events.filter { $0 == "MESSAGE_CREATE" }.count == 25)
        #expect(events.last == "PRESENCE_RESYNC")
        #expect(!events.contains("PRESENCE_UPDATE"))
        try await rig.source.show(1, .online, in: 100)
        await rig.settle()
        #expect(slow.events() == ["PRESENCE_UPDATE"])
    }

    @Test func aSessionThatIsAwayKeepsPresencesInHalfItsRing() async throws {
        let rig = try await GatewayRig({ $0.ringFramesMax = 16 })
        rig.addSmallGuild()
        let client = try await rig.logIn(2, intents: Self.everything)
        client.close(4_000)
        await rig.settle()
        for _ in 0..<10 {
            try await rig.source.show(1, .idle, in: 100)
            rig.turn()
        }
        try await rig.source.publish(10, channel: 200, guild: 100)
        let again = try await rig.connect()
        again.continues(client)
        again.resume()
        await rig.settle()
        let events = again.events()
        #expect(events.filter { $0 == "PRESENCE_UPDATE" }.count == 8)
        #expect(events.suffix(3) == ["MESSAGE_CREATE", "RESUMED", "PRESENCE_RESYNC"])
    }
}
