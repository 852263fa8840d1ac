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

@Suite("Gateway presences of lazy sessions") struct LazyPresenceTests {
    private func lazy(_ rig: GatewayRig, _ user: UInt64) async throws -> GatewayClient {
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-\#(user)","lazy":true,"properties":{}}}"#)
        await rig.settle()
        _ = client.payloads()
        return client
    }

    @Test func subscribingShowsWhoSeesTheChannel() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 4)
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201, allowing: 2) }
        try await rig.source.show(1, .idle, in: 100)
        try await rig.source.show(3, .online, in: 100)
        try await rig.source.show(4, .invisible, in: 100)
        let client = try await lazy(rig, 2)
        client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        client.send(#"{"op":100,"d":{"channel_id":"201"}}"#)
        await rig.settle()
        let batches = client.payloads().filter { $0["t"]?.string == "PRESENCE_BATCH" }.compactMap { $0["d"] }
        #expect(batches.map { $0["channel_id"]?.string } == ["200", "201"])
        let users = batches.map { $0["presences"]?.array?.compactMap { $0["user"]?["id"]?.string } }
        #expect(users == [["1", "3"], ["1"]])
        #expect(batches.first?["complete"]?.bool == true)
        try await rig.source.show(3, .idle, in: 100)
        await rig.settle()
        #expect(client.events() == ["PRESENCE_UPDATE"])
        for channel in [200, 201] { client.send(#"{"op":101,"d":{"channel_id":"\#(channel)"}}"#) }
        await rig.settle()
        _ = client.payloads()
        try await rig.source.show(3, .online, in: 100)
        await rig.settle()
        #expect(client.payloads().isEmpty)
        #expect(rig.handler.guilds.isEmpty)
    }

    @Test func inALargeGuildOnlyTheWindowIsFollowed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 260)
        try await rig.source.show(250, .online, in: 100)
        try await rig.source.show(251, .online, in: 100)
        let client = try await lazy(rig, 2)
        client.send(#"{"op":100,"d":{"channel_id":"200"}}"#)
        await rig.settle()
        let batch = try #require(client.payloads().first { $0["t"]?.string == "PRESENCE_BATCH" }?["d"])
        #expect(batch["presences"]?.array?.map { $0["user"]?["id"]?.string } == ["250"])
        #expect(batch["complete"]?.bool == false)
        try await rig.source.show(250, .idle, in: 100)
        try await rig.source.show(251, .idle, in: 100)
        await rig.settle()
        #expect(client.payloads().map { $0["d"]?["user"]?["id"]?.string } == ["250"])
    }
}

@Suite("Gateway reports of presence") struct PresenceReportTests {
    /// The commands since the last call, in short.
    private func reports(_ rig: GatewayRig) -> [String] {
        let commands = rig.source.state.withLock { state in
            defer { state.reports = [] }
            return state.reports
        }
        return commands.map { command in
            switch command {
            case .show(let session, let shown, let guilds):
                "show \(session.user) \(shown.status) \(shown.platform) \(shown.activities.map(\.name))"
                    + (guilds.map { " in \($0)" } ?? "")
            case .refresh(let sessions, _): "refresh \(sessions.map(\.user))"
            case .detach(let session, let milliseconds): "detach \(session.user) \(milliseconds)"
            case .end(let session): "end \(session.user)"
            case .member(let user, let guild, let isMember): "member \(user) \(guild) \(isMember)"
            }
        }
    }

    @Test func aSessionIsReportedFromItsBeginningToItsEnd() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let presence =
            #","presence":{"status":"idle","since":null,"afk":false,"activities":[{"name":"chess","type":0}]}"#
        let client = try await rig.logIn(2, extra: presence)
        #expect(reports(rig) == [#"show 2 idle web ["chess"] in [100]"#])
        client.send(#"{"op":3,"d":{"since":null,"game":null,"status":"dnd","afk":false}}"#)
        await rig.settle()
        #expect(reports(rig) == ["show 2 doNotDisturb web []"])
        for _ in 0..<21 { await rig.pass(milliseconds: 1_000) }
        #expect(reports(rig).contains("refresh [2]"))
        client.close(4_000)
        await rig.settle()
        #expect(reports(rig) == ["detach 2 180000"])
        let again = try await rig.connect()
        again.continues(client)
        again.resume()
        await rig.settle()
        #expect(reports(rig) == ["refresh [2]"])
        again.close(1_000)
        await rig.settle()
        #expect(reports(rig) == ["end 2"])
    }

    @Test func theResumeWindowEndsASessionOnce() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        _ = reports(rig)
        for _ in 0..<200 { await rig.pass(milliseconds: 1_000) }
        #expect(reports(rig) == ["end 2"])
    }

    @Test func whatTheStoreHasLostIsShownAgain() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(
            2, extra: #","presence":{"status":"idle","activities":[{"name":"chess","type":0}]}"#)
        let session = try #require(
            rig.source.state.withLock { state in
                state.reports.compactMap { if case .show(let session, _, _) = $0 { session } else { nil } }.first
            })
        _ = reports(rig)
        rig.handler.refresh([session])
        let unknown = rig.source.state.withLock { state in
            state.reports.compactMap { if case .refresh(_, let unknown) = $0 { unknown } else { nil } }.first
        }
        _ = reports(rig)
        unknown?([session, UserSession(user: UserID(2), tag: SessionTag(1))])
        await rig.settle()
        #expect(reports(rig) == [#"show 2 idle web ["chess"] in [100]"#])
        withExtendedLifetime(client) {}
    }

    @Test func comingAndGoingOfMembersIsReported() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        _ = reports(rig)
        try await rig.source.publish(.guildLeft(GuildID(100)), to: 2)
        try await rig.source.publish(.guildJoined(GuildID(100)), to: 2)
        await rig.settle()
        #expect(reports(rig) == ["member 2 100 false", "member 2 100 true"])
        withExtendedLifetime(client) {}
    }

    @Test func voiceGoesToTheServiceAndErrorsComeBack() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.send(#"{"op":4,"d":{"guild_id":100,"channel_id":"200","self_mute":true,"self_deaf":false}}"#)
        client.send(#"{"op":4,"d":{"guild_id":"100","channel_id":null,"self_mute":false,"self_deaf":false}}"#)
        await rig.settle()
        let requests = rig.source.state.withLock { $0.voiceRequests }
        #expect(requests.map(\.1.channel) == [ChannelID(200), nil])
        #expect(requests.map(\.1.isSelfMuted) == [true, false])
        #expect(Set(requests.map(\.0.user)) == [UserID(2)])
        rig.source.state.withLock { $0.voiceError = ServiceError(.missingAccess) }
        client.send(#"{"op":4,"d":{"guild_id":"100","channel_id":"201"}}"#)
        await rig.settle()
        let error = try #require(client.payloads().first?["d"])
        #expect(error["op"]?.int == 4 && error["code"]?.int == 10_003)
    }

    @Test func membersComeWithPresencesIfTheIntentIsThere() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        try await rig.source.show(1, .idle, in: 100)
        for (intents, expected) in [(1 | 2 | 256, ["1"]), (1 | 2, nil)] as [(UInt64, [String]?)] {
            let client = try await rig.logIn(2, intents: intents)
            client.send(
                #"{"op":8,"d":{"guild_id":100,"user_ids":[1,2,77],"limit":5,"presences":true,"nonce":"n"}}"#)
            await rig.settle()
            let chunk = try #require(client.payloads().last?["d"])
            #expect(chunk["presences"]?.array?.compactMap { $0["user"]?["id"]?.string } == expected)
            #expect(chunk["members"]?.array?.count == 2)
            #expect(chunk["not_found"]?.array?.compactMap(\.string) == ["77"])
            #expect(chunk["nonce"]?.string == "n" && chunk["chunk_count"]?.int == 1)
        }
    }
}

@Suite("Presence updates") struct PresenceUpdateTests {
    private func update(_ json: String) -> PresenceUpdate? {
        (try? JSONReader.parse(Array(json.utf8))).flatMap { PresenceUpdate($0) }
    }

    @Test func bothFormsAreUnderstood() {
        let chess = Activity(name: "chess", kind: .competing, url: "https://chess.test")
        #expect(
            update(#"{"status":"online","activities":[{"name":"chess","type":5,"url":"https://chess.test"}]}"#)
                == PresenceUpdate(status: .online, activities: [chess]))
        #expect(
            update(#"{"status":"dnd","game":{"name":"chess","type":5,"url":"https://chess.test"},"afk":false}"#)
                == PresenceUpdate(status: .doNotDisturb, activities: [chess]))
        #expect(update(#"{"status":"invisible","activities":null,"game":null}"#) == PresenceUpdate(status: .invisible))
        #expect(update(#"{"status":"offline"}"#)?.status == .invisible)
    }

    @Test func everythingAnActivityMayHoldIsKept() throws {
        let json =
            #"{"status":"idle","activities":[{"name":"Custom Status","type":4,"state":"hi","details":null,"url":null,"#
            + #""emoji":{"name":"x","id":"5","animated":true},"timestamps":{"start":1,"end":2},"secrets":{"a":1}}]}"#
        let activity = try #require(update(json)?.activities.first)
        #expect(
            activity
                == Activity(
                    name: "Custom Status", kind: .custom, state: "hi",
                    emoji: Activity.Emoji(name: "x", id: 5, isAnimated: true), start: 1, end: 2))
    }

    @Test(arguments: [
        "{}", #"{"status":"away"}"#, #"{"status":1}"#, #"{"status":"online","activities":{}}"#,
        #"{"status":"online","activities":[1]}"#, #"{"status":"online","activities":[{"type":0}]}"#,
        #"{"status":"online","activities":[{"name":"x","type":9}]}"#,
        #"{"status":"online","activities":[{"name":"x","type":1.5}]}"#,
        #"{"status":"online","activities":[{"name":"x","state":1}]}"#,
        #"{"status":"online","activities":[{"name":"x","timestamps":{"start":-1}}]}"#,
        #"{"status":"online","game":[]}"#,
    ])
    func whatIsNoneIsRefused(_ json: String) {
        #expect(update(json) == nil)
    }

    @Test func listsAndTextsAreBounded() throws {
        let long = String(repeating: "é", count: 300)
        let activities = Array(repeating: #"{"name":"\#(long)"}"#, count: 9).joined(separator: ",")
        let bounded = try #require(update(#"{"status":"online","activities":[\#(activities)]}"#))
        #expect(bounded.activities.count == Limits.activitiesMax)
        #expect(bounded.activities.first?.name.unicodeScalars.count == Limits.activityTextScalarsMax)
    }
}
