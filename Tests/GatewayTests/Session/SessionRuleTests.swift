import BackendContracts
import Chat
import Testing
import Wire

@testable import Gateway

@Suite("Session rules") struct SessionRuleTests {
    @Test func silenceOfAMinuteClosesALiveConnection() {
        var liveness = Liveness(openedAt: 1_000)
        liveness.heard(now: 5_000)
        #expect(liveness.verdict(now: 64_999, hasSession: true) == .wait(1))
        #expect(liveness.verdict(now: 65_000, hasSession: true) == .close(.silent))
    }

    @Test func heartbeatsDoNotExtendTheTimeToIdentify() {
        var liveness = Liveness(openedAt: 0)
        liveness.heard(now: 29_000)
        #expect(liveness.verdict(now: 29_999, hasSession: false) == .wait(1))
        #expect(liveness.verdict(now: 30_000, hasSession: false) == .close(.silent))
    }

    @Test func theAllowanceIsExactlyItsLimitPerWindow() {
        var allowance = PayloadAllowance()
        let within = (0..<120).filter { _ in allowance.take(isHeartbeat: false, now: 7) }
        let beyond = [60_006, 60_007].map { allowance.take(isHeartbeat: false, now: $0) }
        #expect(within.count == 120)
        #expect(beyond == [false, true])
    }

    /// However bursts are aligned, and with heartbeats between them: exactly those pass before which fewer than 120 did in a minute.
    @Test(arguments: 0..<20)
    func noAlignmentOfBurstsPassesMoreThanTheAllowance(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var allowance = PayloadAllowance()
        var passed: [Int64] = []
        // Also where the low bits of the clock begin anew.
        var now = seed % 2 == 0 ? Int64(UInt32.max) - 90_000 : 1
        for _ in 0..<200 {
            for _ in 0..<Int.random(in: 0...130, using: &random) {
                let isAllowed = passed.count < 120 || now - passed[passed.count - 120] >= 60_000
                let verdict = allowance.take(isHeartbeat: false, now: now)
                #expect(verdict == isAllowed)
                if isAllowed { passed.append(now) }
                now += Int64.random(in: 0...3, using: &random)
            }
            let beats = allowance.take(isHeartbeat: true, now: now)
            #expect(beats)
            now += [1, 500, 10_000, 29_999, 59_999, 60_000].randomElement(using: &random) ?? 0
        }
        #expect(passed.count > 2_000)
    }

    @Test(arguments: 0..<10)
    func noWindowHoldsMoreHeartbeatsThanTheirAllowance(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var allowance = PayloadAllowance()
        var passed: [Int64] = []
        var now: Int64 = 0
        for _ in 0..<5_000 {
            if allowance.take(isHeartbeat: true, now: now) { passed.append(now) }
            now += Int64.random(in: 0...1_000, using: &random)
        }
        for (later, earlier) in zip(passed.dropFirst(120), passed) { #expect(later - earlier >= 60_000) }
        #expect(passed.count > 2_000)
    }

    @Test func heartbeatsHaveAnAllowanceOfTheirOwn() {
        var allowance = PayloadAllowance()
        let others = (0..<120).filter { _ in allowance.take(isHeartbeat: false, now: 0) }
        let beats = (0..<121).filter { _ in allowance.take(isHeartbeat: true, now: 0) }
        #expect(others.count == 120)
        #expect(beats.count == 120)
    }

    @Test func sessionIDsReadBackWhatTheyWrote() throws {
        let id = SessionID(high: 0x0123_4567_89ab_cdef, low: .max, loop: 7, slot: 0xdead_beef)
        #expect(id.text == "0123456789abcdefffffffffffffffff0007deadbeef")
        #expect(try #require(SessionID(text: id.text)) == id)
        let other = SessionID.random(loop: 7, slot: 0xdead_beef)
        #expect(!other.matches(id))
        #expect(SessionID.random(loop: 0, slot: 0) != SessionID.random(loop: 0, slot: 0))
    }

    @Test(arguments: [
        "", "x", String(repeating: "0", count: 43), String(repeating: "F", count: 44),
        String(repeating: "é", count: 22),
    ])
    func whatIsNoSessionIDIsRefused(_ text: String) {
        #expect(SessionID(text: text) == nil)
    }

    @Test func aShardServesByDiscordsFormula() {
        let guild = GuildID(5 << 22)
        #expect(Shard(id: 1, count: 4).serves(guild))
        #expect(!Shard(id: 0, count: 4).serves(guild))
        #expect(Shard(id: 0, count: 1).serves(guild))
    }

    @Test func anIdleSessionFitsItsBudget() {
        // The whole of a session that watches one channel: the struct, a membership and a subscription with their arrays' headers,
        // the connection's state, its places in two rosters and its entry among the users.
        let arrays =
            2 * 32 + MemoryLayout<LiveSession.Membership>.stride + MemoryLayout<LiveSession.Subscription>.stride
        let places = 2 * MemoryLayout<Int32>.stride + 2 * (MemoryLayout<UserID>.stride + MemoryLayout<Int32>.stride)
        let bytes = MemoryLayout<LiveSession>.stride + arrays + MemoryLayout<ConnectionState>.stride + places
        #expect(MemoryLayout<LiveSession>.stride <= 208)
        #expect(bytes <= 448)
    }
}

@Suite("Client commands") struct ClientCommandTests {
    private func parse(_ json: String, hasSession: Bool = true) throws(GatewayClose) -> ClientCommand {
        let bytes = Array(json.utf8)
        let result = bytes.withUnsafeBytes { buffer -> Result<ClientCommand, GatewayClose> in
            do throws(GatewayClose) {
                return .success(try ClientCommand.parse(buffer, hasSession: hasSession))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    @Test(arguments: [
        ("", GatewayClose.undecodable),
        ("[]", .undecodable),
        ("{}", .undecodable),
        (#"{"op":true}"#, .undecodable),
        (#"{"op":1.5}"#, .undecodable),
        (#"{"op":1,"d":"x"}"#, .undecodable),
        (#"{"op":1,"d":-1}"#, .undecodable),
        (#"{"op":1,"d":4294967296}"#, .undecodable),
        (#"{"op":0,"d":null}"#, .unknownOperation),
        (#"{"op":11}"#, .unknownOperation),
        (#"{"op":99}"#, .unknownOperation),
        (#"{"op":-1}"#, .unknownOperation),
        (#"{"op":"HELLO"}"#, .unknownOperation),
        (#"{"op":"heartbeat"}"#, .unknownOperation),
        (#"{"op":2}"#, .undecodable),
        (#"{"op":2,"d":{"intents":1}}"#, .undecodable),
        (#"{"op":2,"d":{"token":1,"intents":1}}"#, .undecodable),
        (#"{"op":2,"d":{"token":"t"}}"#, .invalidIntents),
        (#"{"op":2,"d":{"token":"t","intents":-1}}"#, .invalidIntents),
        (#"{"op":2,"d":{"token":"t","intents":"1"}}"#, .invalidIntents),
        (#"{"op":2,"d":{"token":"t","intents":1,"shard":[1]}}"#, .invalidShard),
        (#"{"op":2,"d":{"token":"t","intents":1,"shard":[1,1]}}"#, .invalidShard),
        (#"{"op":2,"d":{"token":"t","intents":1,"shard":[0,0]}}"#, .invalidShard),
        (#"{"op":2,"d":{"token":"t","intents":1,"shard":[-1,2]}}"#, .invalidShard),
        (#"{"op":2,"d":{"token":"t","intents":1,"shard":"0/1"}}"#, .invalidShard),
        (#"{"op":2,"d":{"token":"t","intents":1,"lazy":1}}"#, .undecodable),
        (#"{"op":2,"d":{"token":"t","intents":1,"large_threshold":"x"}}"#, .undecodable),
        (#"{"op":3,"d":{"status":"asleep"}}"#, .undecodable),
        (#"{"op":6,"d":{"token":"t","session_id":"s"}}"#, .undecodable),
        (#"{"op":6,"d":{"token":"t","session_id":1,"seq":1}}"#, .undecodable),
        (#"{"op":8,"d":{}}"#, .undecodable),
        (#"{"op":8,"d":{"guild_id":"x"}}"#, .undecodable),
        (#"{"op":8,"d":{"guild_id":1,"user_ids":["x"]}}"#, .undecodable),
        (#"{"op":8,"d":{"guild_id":1,"limit":-1}}"#, .undecodable),
        (#"{"op":100,"d":{}}"#, .undecodable),
        (#"{"op":101,"d":{"channel_id":"-1"}}"#, .undecodable),
        (#"{"op":102,"d":{"channel_id":"1"}}"#, .undecodable),
        (#"{"op":102,"d":{"channel_id":"1","content":7}}"#, .undecodable),
        (#"{"op":102,"d":{"channel_id":"1","content":"x","nonce":"12345678901234567890123456"}}"#, .undecodable),
    ])
    func closesForWhatIsMalformed(_ json: String, _ reason: GatewayClose) {
        #expect(throws: reason) { try parse(json) }
    }

    @Test(arguments: [3, 4, 8, 31, 43, 100, 101, 102])
    func refusesWhatNeedsASession(_ operation: Int) {
        #expect(throws: GatewayClose.notAuthenticated) { try parse(#"{"op":\#(operation),"d":{}}"#, hasSession: false) }
    }

    @Test func operationsMayBeNamed() throws {
        #expect(try parse(#"{"op":"HEARTBEAT","d":3}"#) == .heartbeat(3))
        #expect(try parse(#"{"op":"HEARTBEAT"}"#, hasSession: false) == .heartbeat(nil))
        #expect(try parse(#"{"op":"SUBSCRIBE_CHANNEL","d":{"channel_id":"5"}}"#) == .subscribe(ChannelID(5)))
        #expect(try parse(#"{"op":"UNSUBSCRIBE_CHANNEL","d":{"channel_id":5}}"#) == .unsubscribe(ChannelID(5)))
    }

    @Test func onlyAMessageMayBeLong() throws {
        let padding = String(repeating: "x", count: 4_000)
        let send = #"{"op":102,"d":{"channel_id":"5","content":"\#(padding)\#(padding)"}}"#
        guard case .send(let request) = try parse(send) else { return #expect(Bool(false)) }
        #expect(request.content.count == 8_000)
        #expect(throws: GatewayClose.undecodable) {
            try parse(#"{"op":3,"d":{"status":"online","pad":"\#(padding)\#(padding)"}}"#)
        }
    }

    @Test func requestsForMembersReadAsBothLibrariesWriteThem() throws {
        guard case .requestMembers(let everybody) = try parse(#"{"op":8,"d":{"guild_id":7,"query":"","limit":0}}"#),
            case .requestMembers(let users) = try parse(
                #"{"op":8,"d":{"guild_id":"7","query":"","limit":0,"user_ids":["1",2],"nonce":"n"}}"#),
            case .requestMembers(let one) = try parse(#"{"op":8,"d":{"guild_id":"7","limit":5,"user_ids":"3"}}"#),
            case .requestMembers(let named) = try parse(#"{"op":8,"d":{"guild_id":"7","query":"ab","limit":500}}"#)
        else { return #expect(Bool(false)) }
        #expect(everybody.selection == .everybody)
        #expect(users.selection == .users([UserID(1), UserID(2)]))
        #expect(users.nonce == "n")
        #expect(one.selection == .users([UserID(3)]))
        #expect(named.selection == .named("ab", limit: 100))
    }
}
