import API
import HTTPTypes
import HummingbirdTesting
import Interface
import Services
import Testing
import Wire

/// How requests are counted, and what a client is told of it. The windows are longer than any test.
@Suite("REST: rate limits") struct RateLimitTests {
    private static func table(_ limits: [LimitedAction: Int]) -> RateLimitTable {
        var table = RateLimitTable.off
        for (action, count) in limits { table[action] = RateLimit(count, perMilliseconds: 3_600_000) }
        return table
    }

    @Test func everyAnswerOfALimitedRouteSaysHowItsBucketStands() async throws {
        try await World.run(rates: Self.table([.message: 4])) { (world) async throws in
            let sent = try await world.call(.post, "/channels/{c}/messages", as: world.owner, #"{"content":"x"}"#)
            #expect(sent.status == 200)
            #expect(try sent.header("X-RateLimit-Limit") == "4")
            #expect(try sent.header("X-RateLimit-Remaining") == "3")
            let after = try #require(Double(try sent.header("X-RateLimit-Reset-After") ?? ""))
            #expect((3_590...3_600).contains(after))
            let reset = try #require(Double(try sent.header("X-RateLimit-Reset") ?? ""))
            #expect(abs(reset - Double(world.services.limits.time.unixMilliseconds) / 1_000 - after) < 10)
            let bucket = try #require(try sent.header("X-RateLimit-Bucket"))
            #expect(!bucket.isEmpty)

            // What fails is counted as well, and says as much.
            let empty = try await world.call(.post, "/channels/{c}/messages", as: world.owner, "{}")
            #expect(empty.verdict == "400/50006")
            #expect(try empty.header("X-RateLimit-Remaining") == "2")
            #expect(try empty.header("X-RateLimit-Bucket") == bucket)
            #expect(try reset <= #require(Double(try empty.header("X-RateLimit-Reset") ?? "")))
        }
    }

    @Test func oneTooManyIsRefusedInDiscordsForm() async throws {
        try await World.run(rates: Self.table([.message: 1])) { (world) async throws in
            let sent = try await world.call(.post, "/channels/{c}/messages", as: world.owner, #"{"content":"x"}"#)
            let refused = try await world.call(.post, "/channels/{c}/messages", as: world.owner, #"{"content":"y"}"#)
            #expect(refused.status == 429)
            #expect(refused.headers[.contentType] == "application/json")
            #expect(refused.headers[.via]?.isEmpty == false)
            #expect(refused.json["message"]?.string == "You are being rate limited.")
            #expect(refused.json["global"]?.bool == false)
            let wait = try #require(refused.json["retry_after"]?.double)
            #expect((3_590.0...3_600).contains(wait))
            #expect(refused.headers[.retryAfter].flatMap { Double($0) } == wait.rounded(.up))
            #expect(try refused.header("X-RateLimit-Scope") == "user")
            #expect(try refused.header("X-RateLimit-Global") == nil)
            #expect(try refused.header("X-RateLimit-Remaining") == "0")
            #expect(try refused.header("X-RateLimit-Bucket") == sent.header("X-RateLimit-Bucket"))
            #expect(try await world.call(.get, "/channels/{c}/messages", as: world.owner).ids.count == 1)
            // Others have limits of their own.
            let other = try await world.call(.post, "/channels/{c}/messages", as: world.member, #"{"content":"z"}"#)
            #expect(other.status == 200)
        }
    }

    /// The number of one's messages is counted by user: what the channel is makes no difference, nor whether it exists.
    @Test func aRefusalTellsNothingOfWhatWasAskedFor() async throws {
        try await World.run(rates: Self.table([.message: 1])) { (world) async throws in
            _ = try await world.call(.post, "/channels/{c}/messages", as: world.owner, #"{"content":"x"}"#)
            var answers: Set<String> = []
            for channel in ["{c}", "{fc}", "123456789012345678", "none"] {
                let path = "/channels/\(channel)/messages"
                let refused = try await world.call(.post, path, as: world.owner, #"{"content":"y"}"#)
                #expect(refused.status == 429)
                answers.insert(
                    refused.headers.map(\.name.canonicalName).sorted().joined(separator: ",")
                        + (refused.json["message"]?.string ?? ""))
            }
            #expect(answers.count == 1)
        }
    }

    @Test func theGlobalLimitIsThatOfAllRequests() async throws {
        try await World.run(rates: Self.table([.global: 2, .route: 10])) { (world) async throws in
            #expect(try await world.call(.get, "/users/@me", as: world.owner).status == 200)
            #expect(try await world.call(.get, "/guilds/{g}", as: world.owner).status == 200)
            let refused = try await world.call(.get, "/channels/{c}", as: world.owner)
            #expect(refused.status == 429)
            #expect(refused.json["global"]?.bool == true)
            #expect(try refused.header("X-RateLimit-Global") == "true")
            #expect(try refused.header("X-RateLimit-Scope") == "global")
            #expect(refused.headers[.via]?.isEmpty == false)
            // hikari waits only where it knows the route's bucket.
            #expect(try refused.header("X-RateLimit-Bucket")?.isEmpty == false)
            #expect(try refused.header("X-RateLimit-Limit") == "10")
            #expect(try refused.header("X-RateLimit-Remaining") == "0")
            #expect(try Double(refused.header("X-RateLimit-Reset-After") ?? "") ?? 0 > 0)
            #expect(try await world.call(.get, "/users/@me", as: world.member).status == 200)
            // Nobody's: it needs no token.
            #expect(try await world.call(.get, "/gateway").status == 200)
        }
    }

    @Test func routesAreCountedApartAndByChannelAndGuild() async throws {
        try await World.run(rates: Self.table([.route: 1])) { (world) async throws in
            let first = try await world.call(.get, "/guilds/{g}", as: world.stranger)
            #expect(try first.header("X-RateLimit-Remaining") == "0")
            #expect(try await world.call(.get, "/guilds/{g}", as: world.stranger).status == 429)
            let elsewhere = try await world.call(.get, "/guilds/{foreign}", as: world.stranger)
            #expect(elsewhere.status == 200)
            #expect(try elsewhere.header("X-RateLimit-Bucket") == first.header("X-RateLimit-Bucket"))
            let other = try await world.call(.get, "/guilds/{foreign}/channels", as: world.stranger)
            #expect(other.status == 200)
            #expect(try other.header("X-RateLimit-Bucket") != first.header("X-RateLimit-Bucket"))
            // Two methods of one path are two routes.
            #expect(try await world.call(.patch, "/guilds/{foreign}", as: world.stranger, "{}").status == 200)
        }
    }

    @Test func whatIsLimitedAsSuchIsCountedWhereverItIsDone() async throws {
        let table = Self.table([.channelCreate: 1, .dmCreate: 1, .typing: 1])
        try await World.run(rates: table) { (world) async throws in
            let calls: [(String, String, String?)] = [
                ("/guilds/{g}/channels", "/guilds/{g}/channels", #"{"name":"new"}"#),
                ("/users/@me/channels", "/users/{owner}/channels", #"{"recipient_id":"{member}"}"#),
                ("/channels/{c}/typing", "/channels/{c}/typing", nil),
            ]
            for (first, second, body) in calls {
                #expect(try await world.call(.post, first, as: world.owner, body).status < 300)
                let refused = try await world.call(.post, second, as: world.owner, body)
                #expect(refused.verdict == "429/0", "\(second)")
            }
        }
    }

    @Test func addingAndRemovingReactionsShareABucket() async throws {
        try await World.run(rates: Self.table([.reaction: 2])) { (world) async throws in
            let path = "/channels/{c}/messages/\(try await world.send("x", as: world.owner))/reactions/%E2%9C%85/@me"
            let added = try await world.call(.put, path, as: world.owner)
            #expect(added.status == 204)
            #expect(try added.header("X-RateLimit-Remaining") == "1")
            let removed = try await world.call(.delete, path, as: world.owner)
            #expect(try removed.header("X-RateLimit-Bucket") == added.header("X-RateLimit-Bucket"))
            #expect(try await world.call(.put, path, as: world.owner).status == 429)
        }
    }

    @Test func withoutLimitsThereAreNoHeaders() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.get, "/channels/{c}/messages", as: world.owner)
            #expect(try answer.header("X-RateLimit-Limit") == nil)
            #expect(try answer.header("X-RateLimit-Bucket") == nil)
        }
    }

    @Test func botsAreToldHowManyLoginsAreLeft() async throws {
        try await World.run(rates: Self.table([.identify: 3])) { (world) async throws in
            func limit() async throws -> (total: Int?, remaining: Int?, resetAfter: Int?) {
                let start = try await world.call(.get, "/gateway/bot", as: world.owner).json["session_start_limit"]
                return (start?["total"]?.int, start?["remaining"]?.int, start?["reset_after"]?.int)
            }
            #expect(try await limit() == (3, 3, 0))
            try await world.services.limits.charge(.identify, by: world.owner.id)
            let after = try await limit()
            #expect(after.total == 3 && after.remaining == 2)
            #expect((3_590_000...3_600_000).contains(after.resetAfter ?? 0))
        }
    }

    @Test func anAddressWithTooManyRefusalsHasToWait() async throws {
        let configuration = APIConfiguration(
            gatewayURL: "ws://x", headerSeconds: 600, bodySeconds: 600, exchangeSeconds: 600, idleSeconds: 600,
            invalidRequests: RateLimit(3, perMilliseconds: 3_600_000), exemptsLoopback: false)
        try await World.run(.live, configuration: configuration) { (world) async throws in
            for _ in 0..<3 { #expect(try await world.call(.get, "/users/@me").status == 401) }
            let refused = try await world.call(.get, "/users/@me", as: world.owner)
            #expect(refused.status == 429)
            #expect(refused.json["global"]?.bool == true)
            #expect(refused.json["retry_after"]?.double ?? 0 > 3_000)
            // Whatever the client says of its address.
            let disguised = try await world.call(
                .get, "/users/@me", as: world.owner, headers: [try #require(.init("X-Forwarded-For")): "192.0.2.7"])
            #expect(disguised.status == 429)
        }
    }

    @Test func failuresThatAreNobodysFaultDoNotCountAgainstAnAddress() async throws {
        let configuration = APIConfiguration(
            gatewayURL: "ws://x", headerSeconds: 600, bodySeconds: 600, exchangeSeconds: 600, idleSeconds: 600,
            invalidRequests: RateLimit(3, perMilliseconds: 3_600_000), exemptsLoopback: false)
        var limits = AdmissionLimits()
        limits.outstandingMax = 0
        try await World.run(.live, configuration: configuration, limits: limits) { (world) async throws in
            for _ in 0..<5 {
                let busy = try await world.call(.post, "/channels/{c}/messages", as: world.owner, #"{"content":"x"}"#)
                #expect(try busy.header("X-RateLimit-Scope") == "shared")
                #expect(try await world.call(.get, "/channels/1", as: world.owner).status == 404)
            }
            #expect(try await world.call(.get, "/users/@me", as: world.owner).status == 200)
        }
    }
}

extension Answer {
    fileprivate func header(_ name: String) throws -> String? { headers[try #require(HTTPField.Name(name))] }
}
