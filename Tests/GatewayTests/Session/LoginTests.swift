import Chat
import Services
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Logging in") struct LoginTests {
    @Test func helloComesFirstAndHeartbeatsAreAnsweredBeforeIdentify() async throws {
        let rig = try await GatewayRig()
        let client = try await rig.connect()
        let hello = client.payloads()
        #expect(hello.count == 1)
        #expect(hello.first?["op"]?.int == 10)
        #expect(hello.first?["d"]?["heartbeat_interval"]?.int == 30_000)
        client.send(#"{"op":1,"d":null}"#)
        client.send(binary: #"{"op":"HEARTBEAT"}"#)
        await rig.settle()
        #expect(client.payloads().map { $0["op"]?.int } == [11, 11])
    }

    @Test func readyAndGuildsCarryWhatLibrariesNeed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2, extra: #","shard":[0,1]"#)
        let ready = try #require(client.login.first { $0["t"]?.string == "READY" })
        #expect(ready["s"]?.int == 1)
        let d = try #require(ready["d"])
        #expect(d["v"]?.int == 10)
        #expect(d["user"]?["id"]?.string == "2")
        #expect(d["user"]?["mfa_enabled"]?.bool == false)
        #expect(d["user"]?["flags"]?.int == 0)
        #expect(d["guilds"]?.array?.count == 1)
        #expect(d["guilds"]?.array?.first?["unavailable"]?.bool == true)
        #expect(d["session_id"]?.string?.count == 44)
        #expect(d["resume_gateway_url"]?.string == "ws://gateway.test")
        #expect(d["application"]?["id"]?.string == "2")
        #expect(d["shard"]?.array?.map { $0.int } == [0, 1])
        let guild = try #require(client.login.last)
        #expect(guild["t"]?.string == "GUILD_CREATE")
        #expect(guild["d"]?["unavailable"]?.bool == false)
        #expect(guild["d"]?["member_count"]?.int == 3)
        #expect(guild["d"]?["members"]?.array?.count == 3)
        #expect(guild["d"]?["channels"]?.array?.count == 2)
        #expect(guild["d"]?["large"]?.bool == false)
    }

    @Test func aLargeGuildComesWithItselfOnly() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 51)
        let guild = try #require(try await rig.logIn(2).login.last)
        #expect(guild["d"]?["large"]?.bool == true)
        #expect(guild["d"]?["members"]?.array?.count == 1)
        let patient = try #require(try await rig.logIn(2, extra: #","large_threshold":51"#).login.last)
        #expect(patient["d"]?["members"]?.array?.count == 51)
    }

    @Test func aShardGetsItsOwnGuildsOnly() async throws {
        let rig = try await GatewayRig()
        rig.source.addUser(1)
        for index in 0..<4 {
            rig.source.addGuild(UInt64(index) << 22 | 1, channels: [UInt64(index) + 500], members: [1])
        }
        let client = try await rig.logIn(1, extra: #","shard":[1,2]"#)
        let created = client.login.filter { $0["t"]?.string == "GUILD_CREATE" }.compactMap { $0["d"]?["id"]?.string }
        #expect(created == [String(1 << 22 | 1), String(3 << 22 | 1)])
    }

    @Test func onlyVisibleChannelsAreInTheGuild() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.hide(201, allowing: 3) }
        func channels(_ client: GatewayClient) -> Int? { client.login.last?["d"]?["channels"]?.array?.count }
        #expect(channels(try await rig.logIn(1)) == 2)
        #expect(channels(try await rig.logIn(2)) == 1)
        #expect(channels(try await rig.logIn(3)) == 2)
    }

    @Test(arguments: [
        (#"{"op":2,"d":{"token":"wrong","intents":1}}"#, UInt16(4_004)),
        (#"{"op":2,"d":{"token":"token-1","intents":-1}}"#, 4_013),
        (#"{"op":2,"d":{"token":"token-1","intents":1,"shard":[2,2]}}"#, 4_010),
        (#"{"op":8,"d":{"guild_id":"1"}}"#, 4_003),
        (#"{"op":9,"d":false}"#, 4_001),
        ("not json", 4_002),
    ])
    func closesWithTheRightCode(_ payload: String, _ code: UInt16) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.connect()
        client.send(payload)
        await rig.settle()
        #expect(client.close() == code)
        #expect(rig.handler.sessions.count == 0)
    }

    @Test func nestingBeyondTheLimitCloses() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        client.send(#"{"op":3,"d":"# + String(repeating: "[", count: 20) + String(repeating: "]", count: 20) + "}")
        await rig.settle()
        #expect(client.close() == 4_002)
    }

    @Test func whoHasUsedUpADaysLoginsIsSentAway() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let first = try await rig.logIn(1)
        rig.source.state.withLock { $0.refusesLogins = true }
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-1","intents":1}}"#)
        await rig.settle()
        #expect(client.close() == 4_008)
        #expect(rig.handler.sessions.count == 1)
        // Resuming is no login.
        first.close(4_000)
        await rig.settle()
        let back = try await rig.connect()
        back.continues(first)
        back.resume()
        await rig.settle()
        #expect(back.events().contains("RESUMED"))
    }

    @Test func identifyingTwiceClosesAndTheSessionMayBeResumed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        client.send(#"{"op":2,"d":{"token":"token-1","intents":1}}"#)
        await rig.settle()
        #expect(client.close() == 4_005)
        #expect(rig.handler.sessions.count == 1)
    }

    @Test(arguments: ["/?v=9", "/?v=10&encoding=etf", "/?v=x"])
    func refusesOtherVersions(_ target: String) async throws {
        let rig = try await GatewayRig()
        let client = try await rig.connect(target: target)
        #expect(client.close() == 4_012)
    }

    @Test func aPayloadTooManyClosesButHeartbeatsDoNotCount() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        for _ in 0..<100 { client.send(#"{"op":1,"d":1}"#) }
        for _ in 0..<119 { client.send(#"{"op":3,"d":{"status":"idle"}}"#) }
        await rig.settle()
        #expect(client.close() == nil)
        client.send(#"{"op":3,"d":{"status":"idle"}}"#)
        await rig.settle()
        #expect(client.close() == 4_008)
    }

    @Test func silenceClosesAndTheSessionStaysForTheResumeWindow() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        await rig.pass(milliseconds: 59_000)
        client.send(#"{"op":1,"d":1}"#)
        await rig.settle()
        await rig.pass(milliseconds: 59_000)
        #expect(client.close() == nil)
        await rig.pass(milliseconds: 2_000)
        #expect(client.close() == 4_009)
        #expect(rig.handler.sessions.count == 1)
        await rig.pass(milliseconds: 179_000)
        #expect(rig.handler.sessions.count == 1)
        await rig.pass(milliseconds: 3_000)
        #expect(rig.handler.sessions.count == 0)
        #expect(rig.handler.users.isEmpty && rig.handler.guilds.isEmpty)
    }

    @Test(arguments: [UInt16(1_000), 1_001])
    func goodbyeEndsTheSession(_ code: UInt16) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        client.close(code)
        await rig.settle()
        #expect(rig.handler.sessions.count == 0)
    }

    @Test(arguments: [UInt16(3_000), 4_000, 1_011])
    func otherClosesKeepTheSession(_ code: UInt16) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        client.close(code)
        await rig.settle()
        #expect(rig.handler.sessions.count == 1)
    }

    @Test func anOutageSendsClientsAwayWithAResumableCode() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.isDown = true }
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-1","intents":1}}"#)
        await rig.settle()
        #expect(client.close() == 4_000)
    }

    @Test func aRevokedTokenEndsItsSessionsOnly() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.state.withLock { $0.tokens["other"] = UserID(1) }
        let revoked = try await rig.logIn(1)
        let other = try await rig.connect()
        other.send(#"{"op":2,"d":{"token":"other","intents":1}}"#)
        await rig.settle()
        try await rig.source.publish(.tokensRevoked([rig.source.hash(of: "token-1")]), to: 1)
        await rig.settle()
        #expect(revoked.close() == 4_004)
        #expect(other.close() == nil)
        #expect(rig.handler.sessions.count == 1)
    }

    @Test func whatHappensWhileLoggingInIsNotMissed() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.connect()
        client.send(#"{"op":2,"d":{"token":"token-2","intents":515}}"#)
        // READY, and the part of the guild is made, but the loop has not got it yet when the user is removed.
        await rig.settleUntilReady()
        await rig.workOnce()
        let user = try #require(rig.source.state.withLock { $0.users[UserID(2)] })
        try await rig.source.change(100, .memberRemoved(user))
        await rig.settle()
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        let events = client.events()
        #expect(events == ["READY"] || events == ["READY", "GUILD_CREATE", "GUILD_DELETE"])
        #expect(rig.handler.guilds.isEmpty)
    }

    @Test func drainingAsksEverybodyToReconnect() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(1)
        rig.loops[0].post(.drain)
        await rig.pass(milliseconds: 1_000)
        #expect(client.payloads().map { $0["op"]?.int } == [7])
        #expect(client.close() == nil)
    }

    @Test func membersAreSentInChunksThatAddUp() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild(members: 600)
        let client = try await rig.logIn(2)
        client.send(#"{"op":8,"d":{"guild_id":100,"query":"","limit":0,"nonce":"n"}}"#)
        client.send(#"{"op":8,"d":{"guild_id":"100","user_ids":["3","9999"]}}"#)
        client.send(#"{"op":8,"d":{"guild_id":"100","query":"user59","limit":5}}"#)
        await rig.settle()
        let chunks = client.payloads().filter { $0["t"]?.string == "GUILD_MEMBERS_CHUNK" }.compactMap { $0["d"] }
        let all = chunks.filter { $0["nonce"]?.string == "n" }
        #expect(all.map { $0["chunk_index"]?.int } == [0, 1, 2])
        #expect(all.allSatisfy { $0["chunk_count"]?.int == 3 })
        var ids: Set<String> = []
        for member in all.flatMap({ $0["members"]?.array ?? [] }) { ids.insert(member["user"]?["id"]?.string ?? "") }
        #expect(ids.count == 600)
        let users = try #require(chunks.first { $0["not_found"] != nil })
        #expect(users["not_found"]?.array?.map { $0.string } == ["9999"])
        #expect(users["members"]?.array?.count == 1)
        let named = try #require(chunks.first { $0["not_found"] == nil && $0["nonce"] == nil })
        #expect(named["members"]?.array?.count == 5)
    }

    /// As with Discord no GUILD_MEMBERS_CHUNK comes, ever. That it will not is said by a dispatch of this cluster's own, which client
    /// libraries pass over, and alike for guilds that there are and that there are not.
    @Test(arguments: [#""query":"","limit":0"#, #""query":"user","limit":5"#, #""user_ids":["1","2"]"#])
    func membersOfAForeignGuildAreNotTold(selection: String) async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.addUser(9)
        let client = try await rig.logIn(9)
        var answers: [JSONValue?] = []
        for guild in [100, 101] {
            client.send(#"{"op":8,"d":{"guild_id":"\#(guild)",\#(selection),"nonce":"n"}}"#)
            await rig.settle()
            let payloads = client.payloads()
            #expect(payloads.map { $0["t"]?.string } == ["COMMAND_ERROR"])
            #expect(payloads.first?["d"]?["code"]?.int == 10_004)
            #expect(payloads.first?["d"]?["nonce"]?.string == "n")
            answers.append(payloads.first?["d"])
        }
        #expect(answers.first == answers.last)
    }

    @Test func aMessageTooManyIsRefusedAtOnceAndTheNextIsTakenWhenThereIsRoom() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        rig.source.state.withLock { state in
            var limits = AdmissionLimits()
            limits.outstandingMax = 2
            state.admission = AdmissionRule(limits)
        }
        for nonce in 1...5 { client.send(#"{"op":102,"d":{"channel_id":"200","content":"x","nonce":\#(nonce)}}"#) }
        // Nobody works yet: the first two wait for a worker, the others must not.
        rig.turn()
        let refusals = client.payloads()
        #expect(refusals.map { $0["t"]?.string } == Array(repeating: "COMMAND_ERROR", count: 3))
        #expect(refusals.map { $0["d"]?["nonce"]?.int } == [3, 4, 5])
        for refusal in refusals {
            #expect(refusal["d"]?["op"]?.int == 102)
            #expect(refusal["d"]?["channel_id"]?.string == "200")
            #expect((1.0...2.0).contains(refusal["d"]?["retry_after"]?.double ?? 0))
        }
        await rig.settle()
        client.send(#"{"op":102,"d":{"channel_id":"200","content":"x","nonce":6}}"#)
        await rig.settle()
        #expect(client.payloads().isEmpty)
        #expect(rig.source.state.withLock { $0.sent.map(\.1.nonce) } == [.integer(1), .integer(2), .integer(6)])
    }
}
