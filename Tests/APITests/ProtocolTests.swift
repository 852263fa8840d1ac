import API
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing
import Wire

/// What holds for every route: paths, methods, headers, bodies.
@Suite("REST: protocol") struct ProtocolTests {
    @Test(arguments: [
        ("GET", "/api/v10/nothing", "404/0"), ("GET", "/", "404/0"), ("GET", "/api/v10", "404/0"),
        ("GET", "/api/v9/gateway", "400/50041"), ("GET", "/api/v11/users/@me", "400/50041"),
        ("GET", "/api/gateway", "404/0"),
        ("PUT", "/api/v10/gateway", "405/0"), ("DELETE", "/api/v10/users/@me", "405/0"),
        ("PATCH", "/api/v10/guilds", "405/0"),
        ("GET", "/api/v10/auth/login", "405/0"), ("OPTIONS", "/api/v10/users/@me", "405/0"),
        ("GET", "/api/v10/gateway", "200"),
    ])
    func answersByPathAndMethod(_ method: String, _ path: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.raw(try #require(HTTPRequest.Method(method)), path, as: world.owner)
            #expect(answer.verdict == verdict)
            #expect(answer.headers[.contentType] == "application/json")
            #expect(answer.headers[.cacheControl] == "no-store")
        }
    }

    @Test func namesTheMethodsThatWouldDo() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.put, "/guilds/{g}/roles", as: world.owner)
            #expect(answer.headers[.allow] == "GET, HEAD, PATCH, POST")
        }
    }

    @Test func leadsToTheGateway() async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.get, "/gateway").json["url"]?.string == "ws://127.0.0.1:8081")
            #expect(try await world.call(.get, "/gateway/bot").verdict == "401/0")
            let bot = try await world.call(.get, "/gateway/bot", as: world.owner)
            let limit = try #require(bot.json["session_start_limit"])
            for key in ["total", "remaining", "reset_after", "max_concurrency"] { #expect(limit[key]?.int != nil) }
            #expect(bot.json["shards"]?.int == 1)
        }
    }

    @Test(arguments: ["{", "", "[1,2", #"{"content":"\ud800"}"#, "{'content':'x'}", "\u{FEFF}{}", #"{"content":"a",}"#])
    func refusesWhatIsNotJSON(_ body: String) async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.post, "/channels/{c}/messages", as: world.owner, body).verdict == "400/50109")
        }
    }

    @Test func refusesNestingBeyondTheLimit() async throws {
        try await World.run { (world) async throws in
            let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
            let answer = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"content":"x","z":\#(deep)}"#)
            #expect(answer.verdict == "400/50109")
        }
    }

    @Test(arguments: ["[]", "1", "null", #""text""#])
    func refusesBodiesThatAreNoObject(_ body: String) async throws {
        try await World.run { (world) async throws in
            #expect(try await world.call(.post, "/channels/{c}/messages", as: world.owner, body).verdict == "400/50035")
        }
    }

    @Test func refusesOversizedBodiesByTheirDeclaredLength() async throws {
        try await World.run { (world) async throws in
            // No such body follows: the length alone has to do.
            let answer = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, headers: [.contentLength: "1048577"]
            )
            #expect(answer.verdict == "413/40005")
            #expect(answer.headers[.connection] == "close")
        }
    }

    @Test func refusesOversizedBodiesWhileReading() async throws {
        try await World.run(.live) { (world) async throws in
            let content = String(repeating: "x", count: 1_100_000)
            let answer = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"content":"\#(content)"}"#,
                headers: [.transferEncoding: "chunked"]
            )
            #expect(answer.verdict == "413/40005")
        }
    }

    /// Readers that took the first would see another message (reliability-and-security, 5).
    @Test func ofKeysThatAreRepeatedTheLastOneCounts() async throws {
        try await World.run { (world) async throws in
            let sent = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"content":"first","content":"last"}"#)
            #expect(sent.json["content"]?.string == "last")
        }
    }

    /// Keys, values and numbers beyond what is read: refused whole, never trapped on.
    @Test(arguments: [
        ("1.5", "400/50035"), ("1e999", "400/50035"), ("-1", "400/50035"), ("9223372036854775808", "400/50035"),
        ("99999999999999999999999999", "400/50035"), ("true", "400/50035"), ("[]", "400/50035"), ("{}", "400/50035"),
        ("NaN", "400/50109"), ("Infinity", "400/50109"), ("0x4", "400/50109"), ("+4", "400/50109"), ("04", "400/50109"),
        ("null", "200"), ("4", "200"),
    ])
    func numbersAreWholeOrRefused(_ number: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, #"{"content":"x","flags":\#(number)}"#)
            #expect(answer.verdict == verdict)
        }
    }

    @Test func refusesTooManyKeysAndValues() async throws {
        try await World.run { (world) async throws in
            let keys = (0...1_000).map { #""k\#($0)":1"# }.joined(separator: ",")
            let values = "[" + String(repeating: "1,", count: 100_000) + "1]"
            for body in ["{\(keys)}", #"{"content":"x","z":\#(values)}"#] {
                let answer = try await world.call(.post, "/channels/{c}/messages", as: world.owner, body)
                #expect(answer.verdict == "400/50109")
            }
        }
    }

    @Test(arguments: ["gzip", "identity, gzip", "br", "GZIP", "x"])
    func refusesCompressedBodies(_ encoding: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(
                .post, "/channels/{c}/messages", as: world.owner, "{}", headers: [.contentEncoding: encoding]
            )
            #expect(answer.verdict == "415/0")
        }
    }

    @Test(arguments: [
        ("/users/@me/guilds?limit=0", "limit"), ("/users/@me/guilds?limit=201", "limit"),
        ("/users/@me/guilds?limit=x", "limit"),
        ("/users/@me/guilds?after=-1", "after"), ("/users/@me/guilds?with_counts=maybe", "with_counts"),
        ("/channels/{c}/messages?limit=101", "limit"), ("/channels/{c}/messages?limit=0", "limit"),
        ("/channels/{c}/messages?before=1&after=2", "after"), ("/channels/{c}/messages?around=x", "around"),
        ("/guilds/{g}/members?limit=1001", "limit"), ("/guilds/{g}/members/search?limit=5", "query"),
        ("/channels/abc", "channel_id"), ("/guilds/-5", "guild_id"), ("/users/18446744073709551616", "user_id"),
        ("/channels/{c}/messages/zz", "message_id"),
    ])
    func namesTheWrongPartOfAPathOrQuery(_ path: String, _ field: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.get, path, as: world.owner)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == [field])
        }
    }

    @Test func refusesBrokenPercentEncoding() async throws {
        try await World.run { (world) async throws in
            #expect(
                try await world.call(.get, "/guilds/{g}/members/search?query=%zz", as: world.owner).verdict == "400/0")
        }
    }

    @Test func headAnswersLikeGetWithoutABody() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.head, "/users/@me", as: world.owner)
            #expect(answer.status == 200)
            #expect(answer.isEmpty)
        }
    }

    // What stands before the router, over a real connection.

    @Test(arguments: [(16_500, 1, 431), (20, 120, 431), (100, 90, 200)])
    func boundsHeaders(_ bytes: Int, _ count: Int, _ status: Int) async throws {
        try await World.run(.live) { (world) async throws in
            var headers = HTTPFields()
            for index in 0..<count {
                headers[try #require(HTTPField.Name("X-Filler-\(index)"))] = String(repeating: "x", count: bytes)
            }
            #expect(try await world.call(.get, "/gateway", headers: headers).status == status)
        }
    }

    @Test func boundsTheTarget() async throws {
        try await World.run(.live) { (world) async throws in
            let long = String(repeating: "x", count: 9_000)
            #expect(try await world.call(.get, "/gateway?x=\(long)").verdict == "414/0")
        }
    }

    @Test func answersSeveralRequestsOnOneConnection() async throws {
        try await World.run(.live) { (world) async throws in
            for _ in 0..<3 { #expect(try await world.call(.get, "/users/@me", as: world.owner).status == 200) }
        }
    }
}

@Suite("REST: connection deadlines") struct ConnectionDeadlineTests {
    private func deadlines() -> ConnectionDeadlines {
        ConnectionDeadlines(
            APIConfiguration(gatewayURL: "", headerSeconds: 10, bodySeconds: 30, exchangeSeconds: 60, idleSeconds: 75),
            now: 100
        )
    }

    @Test func aFirstHeaderHasItsTime() {
        #expect(deadlines().deadline == 110)
    }

    @Test func aBodyHasItsTimeFromTheHeader() {
        var deadlines = deadlines()
        deadlines.requestHeadRead(now: 105)
        #expect(deadlines.deadline == 135)
    }

    @Test func anAnswerHasItsTimeFromTheHeader() {
        var deadlines = deadlines()
        deadlines.requestHeadRead(now: 105)
        deadlines.requestEndRead(now: 106)
        #expect(deadlines.deadline == 165)
    }

    @Test func anAnsweredConnectionMayIdle() {
        var deadlines = deadlines()
        deadlines.requestHeadRead(now: 105)
        deadlines.requestEndRead(now: 106)
        deadlines.answerWritten(now: 107)
        #expect(deadlines.unanswered == 0)
        #expect(deadlines.deadline == 182)
    }

    /// Files take the time they need, and whoever crawls is not waited for.
    @Test func bytesEarnTime() {
        var deadlines = deadlines()
        let second = Int(ConnectionDeadlines.bytesPerSecond)
        deadlines.requestHeadRead(now: 105)
        deadlines.bodyRead(bytes: second - 1)
        #expect(deadlines.deadline == 135)
        deadlines.bodyRead(bytes: 9 * second + 1)
        #expect(deadlines.deadline == 145)
        deadlines.requestEndRead(now: 140)
        #expect(deadlines.deadline == 175)
        deadlines.answerWritten(bytes: 5 * second)
        #expect(deadlines.deadline == 180)
        deadlines.answerWritten(now: 150)
        deadlines.requestHeadRead(now: 160)
        #expect(deadlines.deadline == 190)
    }

    @Test func anEarlyAnswerDoesNotFreeTheBodyOfItsDeadline() {
        var deadlines = deadlines()
        deadlines.requestHeadRead(now: 105)
        deadlines.answerWritten(now: 106)
        #expect(deadlines.deadline == 135)
        deadlines.requestEndRead(now: 120)
        #expect(deadlines.deadline == 195)
    }

    @Test func pipelinedRequestsAreCounted() {
        var deadlines = deadlines()
        for _ in 0..<2 {
            deadlines.requestHeadRead(now: 105)
            deadlines.requestEndRead(now: 105)
        }
        deadlines.answerWritten(now: 110)
        #expect(deadlines.unanswered == 1)
        #expect(deadlines.deadline == 170)
    }
}
