import BackendContracts
import Chat
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

/// What a session was told that its user may not see any more when it resumes (cases R11 and S03).
@Suite("Permission at resume") struct ResumePermissionTests {
    /// Guild 100 with the sessions' user 2, who goes away.
    private struct Away {
        let rig: GatewayRig
        let client: GatewayClient

        init(intents: UInt64 = 1 | 2 | 512, extra: String = "", _ prepare: (StandInSource) -> Void = { _ in })
            async throws
        {
            rig = try await GatewayRig()
            rig.addSmallGuild()
            prepare(rig.source)
            client = try await rig.logIn(2, intents: intents, extra: extra)
            if extra.contains("lazy") {
                for channel in [200, 201] { client.send(#"{"op":100,"d":{"channel_id":"\#(channel)"}}"#) }
                await rig.settle()
                #expect(client.events().contains("CHANNEL_SUBSCRIBED"))
            }
            client.close(4_000)
            await rig.settle()
        }

        func publish(_ number: UInt64, in channel: UInt64 = 200) async throws {
            try await rig.source.publish(number, channel: channel, guild: 100)
            await rig.settle()
        }

        func change(_ event: GuildEvent = .guildUpdated, _ body: (inout GuildSnapshot) -> Void = { _ in }) async throws
        {
            try await rig.source.change(100, event, body)
            await rig.settle()
        }

        func resume() async throws -> [JSONValue] {
            let again = try await rig.connect()
            _ = again.payloads()
            again.continues(client)
            again.resume()
            await rig.settle()
            return again.payloads()
        }
    }

    private func events(_ payloads: [JSONValue]) -> [String] { payloads.compactMap { $0["t"]?.string } }
    private func ids(_ payloads: [JSONValue]) -> [String] { payloads.compactMap { $0["d"]?["id"]?.string } }

    @Test(arguments: ["", #","lazy":true"#])
    func whatWasSaidInAChannelNowHiddenIsLeftOut(extra: String) async throws {
        let away = try await Away(extra: extra)
        try await away.publish(10)
        try await away.publish(11, in: 201)
        try await away.publish(12)
        try await away.change { $0.hide(200) }
        try await away.publish(13)
        try await away.publish(14, in: 201)
        let payloads = try await away.resume()
        let end = extra.isEmpty ? "CHANNEL_DELETE" : "CHANNEL_UNSUBSCRIBED"
        #expect(events(payloads) == ["MESSAGE_CREATE", end, "MESSAGE_CREATE", "RESUMED"])
        #expect(payloads.filter { $0["t"]?.string == "MESSAGE_CREATE" }.map { $0["d"]?["id"]?.string } == ["11", "14"])
        #expect(payloads.first?["s"]?.int == away.client.sequence + 1)
        try await away.publish(15, in: 201)
    }

    @Test func aSessionGoesOnAfterSomethingWasLeftOut() async throws {
        let away = try await Away()
        try await away.publish(10)
        try await away.change { $0.hide(200) }
        let again = try await away.rig.connect()
        _ = again.payloads()
        again.continues(away.client)
        again.resume()
        await away.rig.settle()
        #expect(again.events() == ["CHANNEL_DELETE", "RESUMED"])
        try await away.publish(11, in: 201)
        #expect(again.messages() == ["11"])
        again.send(#"{"op":1,"d":\#(again.sequence)}"#)
        await away.rig.settle()
        #expect(away.rig.handler.sessions.cells[0].ring.count == 0)
        again.close(4_000)
        await away.rig.settle()
        try await away.publish(12, in: 201)
        let third = try await away.rig.connect()
        _ = third.payloads()
        third.continues(again)
        third.resume()
        await away.rig.settle()
        #expect(third.events() == ["MESSAGE_CREATE", "RESUMED"])
    }

    enum End: CaseIterable { case removed, banned, guildGone }

    @Test(arguments: End.allCases)
    func nothingOfAGuildIsSentToWhoIsNoMemberAnyMore(end: End) async throws {
        let away = try await Away(intents: 1 | 2 | 256 | 512)
        try await away.publish(10)
        try await away.change { $0.guild.name = "renamed" }
        try await away.rig.source.show(3, .idle, in: 100)
        await away.rig.settle()
        let user = try #require(away.rig.source.state.withLock { $0.users[UserID(2)] })
        switch end {
        case .removed: try await away.change(.memberRemoved(user))
        case .banned: try await away.change(.memberBanned(user, wasMember: true))
        case .guildGone:
            try await away.rig.source.publish(.guildLeft(GuildID(100)), to: 2)
            await away.rig.settle()
        }
        let payloads = try await away.resume()
        #expect(events(payloads) == ["GUILD_DELETE", "RESUMED"])
    }

    @Test func whatIsInSightAgainIsSentWithBothChanges() async throws {
        let away = try await Away()
        try await away.publish(10)
        try await away.change { $0.hide(200) }
        try await away.publish(11)
        try await away.change { $0.show(200) }
        try await away.publish(12)
        let payloads = try await away.resume()
        #expect(
            events(payloads) == ["MESSAGE_CREATE", "CHANNEL_DELETE", "CHANNEL_CREATE", "MESSAGE_CREATE", "RESUMED"])
        #expect(ids(payloads) == ["10", "200", "200", "12"])
    }

    @Test func whatCameIntoSightAndWentAgainIsNotMentioned() async throws {
        let away = try await Away { source in
            source.state.withLock { $0.guilds[GuildID(100)]?.hide(201) }
        }
        try await away.change { $0.show(201) }
        try await away.publish(10, in: 201)
        try await away.change { $0.channels[ChannelID(201)]?.topic = "secret" }
        try await away.change { $0.hide(201) }
        #expect(events(try await away.resume()) == ["RESUMED"])
    }

    @Test func aQuotationIsNotSentToWhoMayNotReadBackAnyMore() async throws {
        let away = try await Away()
        let quoted = Message(
            id: MessageID(5), channel: ChannelID(200), guild: GuildID(100), author: UserID(1), content: "old",
            version: 5)
        let author = try #require(away.rig.source.state.withLock { $0.users[UserID(1)] })
        let message = Message(
            id: MessageID(10), channel: ChannelID(200), guild: GuildID(100), author: UserID(1), content: "new",
            version: 10)
        let hydrated = HydratedMessage(
            message: message, author: author, member: nil,
            referenced: .quoted(QuotedMessage(message: quoted, author: author)))
        try await away.rig.source.publish(.messageCreated(hydrated), at: 10, guild: 100)
        await away.rig.settle()
        let role = Role(
            id: RoleID(100), name: "@everyone",
            permissions: Permissions.everyoneDefault.subtracting(.readMessageHistory))
        try await away.change(.roleUpdated(role)) { $0.roles[role.id] = role }
        let payloads = try await away.resume()
        let sent = payloads.first { $0["t"]?.string == "MESSAGE_CREATE" }
        #expect(sent?["d"]?["content"]?.string == "new")
        #expect(sent?["d"]?["referenced_message"]?["content"] == nil)
    }

    @Test func whoWentToAHiddenVoiceChannelIsSeenToLeave() async throws {
        let away = try await Away(intents: 1 | 128)
        func state(_ channel: UInt64) -> VoiceState {
            VoiceState(guild: GuildID(100), user: UserID(3), channel: ChannelID(channel), session: SessionTag(7))
        }
        try await away.rig.source.pass(
            .voice(VoiceChange(member: nil, now: state(201), before: state(200))), in: 100)
        await away.rig.settle()
        try await away.change { $0.hide(201) }
        let payloads = try await away.resume()
        #expect(events(payloads) == ["VOICE_STATE_UPDATE", "CHANNEL_DELETE", "RESUMED"])
        #expect(payloads.first?["d"]?["channel_id"]?.isNull == true)
    }

    @Test func moderatorsWhoAreNoneAnyMoreHearNothingOfIt() async throws {
        let power = Role(id: RoleID(100), name: "@everyone", permissions: [.viewChannel, .viewAuditLog])
        let away = try await Away(intents: 1 | 4) { source in
            source.state.withLock { $0.guilds[GuildID(100)]?.roles[power.id] = power }
        }
        let user = try #require(away.rig.source.state.withLock { $0.users[UserID(3)] })
        try await away.change(.memberBanned(user, wasMember: false))
        let entry = AuditEntry(
            id: AuditEntryID(9), guild: GuildID(100), actor: UserID(1), action: .memberKick, target: 3, reason: "r")
        try await away.rig.source.pass(.audited(entry), in: 100)
        await away.rig.settle()
        let role = Role(id: RoleID(100), name: "@everyone", permissions: .viewChannel)
        try await away.change(.roleUpdated(role)) { $0.roles[role.id] = role }
        #expect(events(try await away.resume()) == ["GUILD_ROLE_UPDATE", "RESUMED"])
    }

    @Test(arguments: [false, true])
    func whatWasSaidInAGroupIsNotSentToWhoHasLeftIt(cameBack: Bool) async throws {
        let away = try await Away(intents: 1 | 4_096) { $0.addDirect(900, parties: [1, 2, 3], owner: 1) }
        let group = try #require(away.rig.source.state.withLock { $0.directs[ChannelID(900)] })
        try await away.rig.source.publish(10, direct: 900)
        await away.rig.settle()
        try await away.rig.source.publish(.direct(.channel(.deleted, group, recipients: [])), to: 2)
        if cameBack { try await away.rig.source.publish(.direct(.channel(.created, group, recipients: [])), to: 2) }
        await away.rig.settle()
        let expected =
            cameBack
            ? ["MESSAGE_CREATE", "CHANNEL_DELETE", "CHANNEL_CREATE", "RESUMED"] : ["CHANNEL_DELETE", "RESUMED"]
        #expect(events(try await away.resume()) == expected)
    }

    /// GUILD_CREATE of a guild that the user has joined while away names channels of which some may be hidden since.
    @Test(arguments: [false, true], TransportCompression.allCases)
    func aGuildJoinedMeanwhileIsToldWithoutWhatIsHidden(isShownAgain: Bool, _ compression: TransportCompression)
        async throws
    {
        let away = try await Away(intents: 1 | 128 | 512) { source in
            source.addGuild(300, channels: [400, 401], members: [1])
            source.state.withLock { state in
                state.voiceStates[GuildID(300)] = [400, 401].map {
                    VoiceState(guild: GuildID(300), user: UserID(1), channel: ChannelID($0), session: SessionTag(7))
                }
            }
        }
        let user = try #require(away.rig.source.state.withLock { $0.users[UserID(2)] })
        let profile = MemberProfile(user: user, member: Member(user: user.id, joinedAt: 5))
        try await away.rig.source.change(300, .memberAdded(profile))
        try await away.rig.source.publish(.guildJoined(GuildID(300)), to: 2)
        await away.rig.settle()
        try await away.rig.source.publish(10, channel: 400, guild: 300)
        try await away.rig.source.publish(11, channel: 401, guild: 300)
        await away.rig.settle()
        try await away.rig.source.change(300) { $0.hide(401) }
        await away.rig.settle()
        if isShownAgain {
            try await away.rig.source.change(300) { $0.show(401) }
            await away.rig.settle()
        }
        let again = try await away.rig.connect(compression: compression)
        _ = again.payloads()
        again.continues(away.client)
        again.resume()
        await away.rig.settle()
        let payloads = again.payloads()
        let created = payloads.first?["d"]
        let channels = isShownAgain ? ["400", "401"] : ["400"]
        #expect(created?["channels"]?.array?.compactMap { $0["id"]?.string } == channels)
        #expect(created?["voice_states"]?.array?.compactMap { $0["channel_id"]?.string } == channels)
        #expect(created?["members"]?.array?.count == 2)
        let between = isShownAgain ? ["MESSAGE_CREATE", "CHANNEL_DELETE", "CHANNEL_CREATE"] : []
        #expect(events(payloads) == ["GUILD_CREATE", "MESSAGE_CREATE"] + between + ["RESUMED"])
        try await away.rig.source.publish(12, channel: 400, guild: 300)
        await away.rig.settle()
        #expect(again.messages() == ["12"])
    }

    /// How far the user has read is asked anew: nobody here knows who may see a channel to which no session subscribes.
    @Test func readStatesOfAHiddenChannelAreNotMentioned() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, extra: #","lazy":true"#)
        client.close(4_000)
        await rig.settle()
        func notice(_ version: UInt64, in channel: UInt64) -> ReadNotice {
            ReadNotice(
                channel: ChannelID(channel), guild: GuildID(100), message: MessageID(version), mentionCount: 1,
                version: version)
        }
        try await rig.source.publish(UserEvent.mentioned(notice(1, in: 201)), to: 2)
        try await rig.source.publish(UserEvent.acknowledged(notice(2, in: 201)), to: 2)
        try await rig.source.publish(UserEvent.mentioned(notice(3, in: 200)), to: 2)
        await rig.settle()
        // Only of what may be seen now.
        rig.source.state.withLock { state in
            state.readChanges[UserID(2)] = [ReadChange(notice: notice(3, in: 200), mention: MessageID(33))]
        }
        let again = try await rig.connect()
        _ = again.payloads()
        again.continues(client)
        again.resume()
        await rig.settle()
        let payloads = again.payloads()
        #expect(events(payloads) == ["RESUMED", "MESSAGE_ACK", "CHANNEL_UNREAD_UPDATE"])
        #expect(payloads[1]["d"]?["channel_id"]?.string == "200")
        let update = payloads[2]["d"]?["channel_unread_updates"]?.array?.first
        #expect(update?["id"]?.string == "200" && update?["last_message_id"]?.string == "33")
        #expect(rig.handler.sessions.cells[0].readVersion == 3)
    }

    @Test func aSessionWhoseReadStatesNobodyKnowsBeginsAnew() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        client.close(4_000)
        await rig.settle()
        let notice = ReadNotice(
            channel: ChannelID(200), guild: GuildID(100), message: MessageID(9), mentionCount: 0, version: 1)
        try await rig.source.publish(UserEvent.acknowledged(notice), to: 2)
        await rig.settle()
        rig.source.state.withLock { $0.isDown = true }
        let again = try await rig.connect()
        again.continues(client)
        again.resume()
        await rig.settle()
        #expect(again.close() == 4_000)
        #expect(rig.handler.sessions.count == 0)
    }

    @Test func aSubscriptionToAHiddenChannelIsOnlySaidToHaveEnded() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, extra: #","lazy":true"#)
        for channel in [200, 201] { client.send(#"{"op":100,"d":{"channel_id":"\#(channel)"}}"#) }
        await rig.settle()
        client.close(4_000)
        await rig.settle()
        try await rig.source.change(100) { $0.hide(201) }
        await rig.settle()
        // What was sent to the connection that is lost was not read.
        let again = try await rig.connect()
        _ = again.payloads()
        again.continues(client)
        again.resume()
        await rig.settle()
        let payloads = again.payloads()
        #expect(events(payloads) == ["CHANNEL_SUBSCRIBED", "CHANNEL_UNSUBSCRIBED", "RESUMED"])
        #expect(payloads.prefix(2).map { $0["d"]?["channel_id"]?.string } == ["200", "201"])
    }

    /// Over the end of the node, too.
    @Test func whatWasWrittenDownIsLeftOutWhenTheRightGoesAfterTheRestart() async throws {
        let lives = try await Lives()
        let client = try await lives.rig.logIn(2)
        client.close(4_000)
        await lives.rig.settle()
        try await lives.send(10)
        try await lives.send(11, channel: 201)
        await lives.rig.settle()
        #expect(await lives.capture(isFinal: true))
        try await lives.restart()
        try await lives.rig.source.change(100) { $0.hide(200) }
        await lives.rig.settle()
        let payloads = try await lives.resume(client).payloads()
        #expect(ids(payloads) == ["11", "200"])
        #expect(events(payloads).last == "RESUMED")
    }

    /// Whatever happens in whatever order: nothing of what is hidden at the end, all of the rest that was told, in order.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func whateverHappensOnlyWhatIsInSightIsSent(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let away = try await Away()
        var visible: Set<UInt64> = [200, 201]
        var told: [(number: UInt64, channel: UInt64)] = []
        for number in 10..<(40 as UInt64) {
            let channel = UInt64.random(in: 200...201, using: &generator)
            switch UInt8.random(in: 0..<4, using: &generator) {
            case 0:
                if visible.remove(channel) == nil { visible.insert(channel) }
                let isShown = visible.contains(channel)
                try await away.change { if isShown { $0.show(channel) } else { $0.hide(channel) } }
            default:
                try await away.publish(number, in: channel)
                if visible.contains(channel) { told.append((number, channel)) }
            }
        }
        let payloads = try await away.resume()
        let sent = payloads.filter { $0["t"]?.string == "MESSAGE_CREATE" }.compactMap { $0["d"]?["id"]?.string }
        #expect(sent == told.filter { visible.contains($0.channel) }.map { String($0.number) })
        for payload in payloads where payload["t"]?.string?.hasPrefix("CHANNEL_CREATE") == true {
            #expect(visible.contains(UInt64(payload["d"]?["id"]?.string ?? "") ?? 0))
        }
        #expect(payloads.last?["t"]?.string == "RESUMED")
    }
}
