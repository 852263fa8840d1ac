import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Voice states")
struct VoiceServiceTests {
    private let world: PresenceWorld
    private let guild: GuildID
    private let owner: User
    private let voice: Channel

    init() async throws {
        world = try await PresenceWorld()
        (guild, owner) = try await world.guilds.quietGuild([.viewChannel, .connect, .speak])
        voice = try #require(
            try await world.guilds.guilds.channels(of: guild, for: owner.id).first { $0.kind == .voice })
    }

    private func member(_ name: String, _ permissions: Permissions = []) async throws -> User {
        try await world.guilds.member(
            name, of: guild, owner: owner, position: permissions.isEmpty ? 0 : 1, permissions)
    }

    private func join(_ user: User, _ channel: ChannelID?, tag: UInt64 = 1, muted: Bool = false) async throws {
        let request = VoiceRequest(guild: guild, channel: channel, isSelfMuted: muted)
        try await world.voice.update(request, of: UserSession(user, tag))
    }

    /// Who came from where to where, since the last call.
    private func steps(_ cursor: inout Int) -> [String] {
        world.passed(guild, after: &cursor).compactMap { event in
            guard case .voice(let change) = event else { return nil }
            func name(_ state: VoiceState?) -> String {
                state.map { $0.channel == voice.id ? "voice" : "other" } ?? "-"
            }
            return "\(change.member?.user.username ?? "?") \(name(change.before))→\(name(change.now))"
        }
    }

    private func otherChannel() async throws -> Channel {
        try await world.guilds.guilds.createChannel(
            in: guild, NewChannel(name: "Other", kind: .voice, overwrites: []), by: owner.id)
    }

    @Test func joiningChangingMovingAndLeavingAreTold() async throws {
        let other = try await otherChannel()
        var cursor = 0
        try await join(owner, voice.id)
        try await join(owner, voice.id)
        try await join(owner, voice.id, muted: true)
        try await join(owner, other.id, muted: true)
        try await join(owner, nil)
        try await join(owner, nil)
        #expect(steps(&cursor) == ["owner -→voice", "owner voice→voice", "owner voice→other", "owner other→-"])
    }

    @Test func whoIsTimedOutIsPutOutAndComesBackAfterwards() async throws {
        let ada = try await member("ada")
        var cursor = 0
        try await join(ada, voice.id)
        let end = world.time.unixMilliseconds + 60_000
        _ = try await world.guilds.guilds.updateMember(
            ada.id, of: guild, MemberUpdate(timedOutUntil: .set(end)), by: owner.id)
        await world.voice.work()
        #expect(steps(&cursor) == ["ada -→voice", "ada voice→-"])
        #expect(try await refusal { try await join(ada, voice.id) } == .missingPermissions)
        world.time.advance(by: 60_000)
        try await join(ada, voice.id)
        #expect(steps(&cursor) == ["ada -→voice"])
    }

    @Test func whoWasThereBeforeARestartStaysAndWhoDoesNotComeBackLeavesOnce() async throws {
        let (ada, bob) = (try await member("ada"), try await member("bob"))
        func state(_ user: User, _ tag: UInt64) -> VoiceState {
            VoiceState(guild: guild, user: user.id, channel: voice.id, session: SessionTag(tag))
        }
        var cursor = 0
        await world.voice.restore([state(ada, 1)], left: [state(bob, 2)])
        await world.voice.work()
        #expect(steps(&cursor) == ["bob voice→-"])
        #expect(try await world.voice.states(of: guild) == [state(ada, 1)])
        // Another session of the user's ends: not the one that is heard.
        await world.voice.leave(UserSession(ada, 9))
        #expect(steps(&cursor) == [])
        await world.voice.leave(UserSession(ada, 1))
        await world.voice.leave(UserSession(ada, 1))
        #expect(steps(&cursor) == ["ada voice→-"])
    }

    @Test func whoMayNotBeThereAnyMoreAfterARestartIsPutOut() async throws {
        let ada = try await member("ada")
        try await world.guilds.guilds.ban(ada.id, from: guild, by: owner.id)
        var cursor = 0
        await world.voice.restore(
            [VoiceState(guild: guild, user: ada.id, channel: voice.id, session: SessionTag(1))], left: [])
        await world.voice.work()
        #expect(steps(&cursor) == ["? voice→-"])
        #expect(try await world.voice.states(of: guild) == [])
    }

    @Test func theSessionsGatewayIsToldWhereItIsHeard() async throws {
        var cursor = world.guilds.bus.published.count
        func told() -> [String] {
            let all = world.guilds.bus.published
            defer { cursor = all.count }
            return all[cursor...].filter { $0.topic == .user(owner.id) }.compactMap { message in
                guard case .heard(let state, let isThere)? = try? UserEvent(encoded: message.payload) else {
                    return nil
                }
                return "\(state.channel == voice.id ? "voice" : "other") \(isThere)"
            }
        }
        try await join(owner, voice.id)
        try await join(owner, voice.id, muted: true)
        await world.voice.leave(UserSession(owner, 1))
        #expect(told() == ["voice true", "voice true", "voice false"])
    }

    @Test func whoIsBannedIsPutOut() async throws {
        let ada = try await member("ada")
        var cursor = 0
        try await join(ada, voice.id)
        try await world.guilds.guilds.ban(ada.id, from: guild, by: owner.id)
        await world.voice.work()
        #expect(steps(&cursor).last?.hasSuffix("voice→-") == true)
    }

    @Test func channelsHoldTheirLimitButForMovers() async throws {
        let ada = try await member("ada")
        let mover = try await member("mover", .moveMembers)
        _ = try await world.guilds.guilds.updateChannel(voice.id, ChannelUpdate(userLimit: 1), by: owner.id)
        try await join(ada, voice.id)
        let late = try await member("late")
        #expect(try await refusal { try await join(late, voice.id) } == .tooMany(.voiceMembers))
        try await join(mover, voice.id)
        #expect(try await world.voice.states(of: guild).count == 2)
    }

    @Test func whoMayNotConnectStaysOut() async throws {
        let ada = try await member("ada")
        let stranger = try await world.guilds.user("stranger")
        let text = try await world.guilds.textChannel(of: guild, for: owner)
        try await world.guilds.guilds.setOverwrite(
            PermissionOverwrite(target: .member(ada.id), allow: [], deny: .connect), on: voice.id, by: owner.id)
        #expect(try await refusal { try await join(ada, voice.id) } == .missingPermissions)
        #expect(try await refusal { try await join(stranger, voice.id) } == .unknownChannel)
        #expect(try await refusal { try await join(owner, text.id) } == .wrongChannelType)
        #expect(try await refusal { try await join(stranger, nil) } == .unknownGuild)
        #expect(try await world.voice.states(of: guild).isEmpty)
    }

    @Test func losingTheChannelEndsTheStay() async throws {
        let ada = try await member("ada")
        let ben = try await member("ben")
        let other = try await otherChannel()
        try await join(ada, voice.id)
        try await join(ben, other.id)
        var cursor = 0
        _ = steps(&cursor)
        try await world.guilds.guilds.setOverwrite(
            PermissionOverwrite(target: .member(ada.id), allow: [], deny: .viewChannel), on: voice.id, by: owner.id)
        await world.voice.work()
        #expect(steps(&cursor) == ["ada voice→-"])
        _ = try await world.guilds.guilds.deleteChannel(other.id, by: owner.id)
        await world.voice.work()
        #expect(steps(&cursor) == ["ben other→-"])
        try await join(ben, voice.id)
        try await world.guilds.guilds.removeMember(ben.id, from: guild, by: owner.id)
        await world.voice.work()
        #expect(steps(&cursor) == ["ben -→voice", "? voice→-"])
        #expect(try await world.voice.states(of: guild).isEmpty)
    }

    @Test func serverMutesAreTold() async throws {
        let ada = try await member("ada")
        try await join(ada, voice.id)
        var cursor = 0
        _ = steps(&cursor)
        _ = try await world.guilds.guilds.updateMember(ada.id, of: guild, MemberUpdate(isMuted: true), by: owner.id)
        await world.voice.work()
        let events = world.passed(guild, after: &cursor).filter { if case .audited = $0 { false } else { true } }
        guard case .voice(let change)? = events.first, events.count == 1 else {
            Issue.record("not one change: \(events)")
            return
        }
        #expect(change.member?.member.isMuted == true && change.now == change.before)
    }

    @Test func onlyTheSessionThatJoinedEndsTheStayByEnding() async throws {
        try await join(owner, voice.id, tag: 1)
        world.presence.report([.show(UserSession(owner, 1), SessionPresence(), guilds: [guild])])
        world.presence.report([.end(UserSession(owner, 2))])
        await world.presence.work()
        #expect(try await world.voice.states(of: guild).count == 1)
        world.presence.report([.detach(UserSession(owner, 1), resumeMilliseconds: 180_000)])
        await world.presence.work()
        world.time.advance(by: 179_999)
        await world.presence.sweep()
        #expect(try await world.voice.states(of: guild).count == 1)
        world.time.advance(by: 1)
        await world.presence.sweep()
        #expect(try await world.voice.states(of: guild).isEmpty)
    }

    @Test func moderatorsMoveAndDisconnect() async throws {
        let ada = try await member("ada")
        let mover = try await member("mover", .moveMembers)
        let other = try await otherChannel()
        let move = { (channel: ChannelID?, asker: User) async throws in
            try await world.voice.move(ada.id, in: guild, to: channel, by: asker.id)
        }
        #expect(try await refusal { try await move(other.id, mover) } == .notInVoice)
        try await join(ada, voice.id, tag: 5)
        #expect(try await refusal { try await move(other.id, ada) } == .missingPermissions)
        #expect(try await refusal { try await move(nil, ada) } == .missingPermissions)
        try await move(other.id, mover)
        let state = try #require(try await world.voice.states(of: guild).first)
        #expect(state.channel == other.id && state.session == SessionTag(5))
        try await move(nil, mover)
        #expect(try await world.voice.states(of: guild).isEmpty)
    }

    @Test func whoIsHeardIsToldToThoseWhoSeeTheChannel() async throws {
        let ada = try await member("ada")
        let ben = try await member("ben")
        try await join(ada, voice.id)
        #expect(try await world.voice.state(of: ada.id, in: guild, for: ben.id).state.channel == voice.id)
        try await world.guilds.guilds.setOverwrite(
            PermissionOverwrite(target: .member(ben.id), allow: [], deny: .viewChannel), on: voice.id, by: owner.id)
        let seen = try await refusal { _ = try await world.voice.state(of: ada.id, in: guild, for: ben.id) }
        let none = try await refusal { _ = try await world.voice.state(of: owner.id, in: guild, for: ben.id) }
        #expect(seen == .unknownVoiceState && none == .unknownVoiceState)
    }
}
