import Chat
import Glibc
import Interface
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

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
