import API
import Chat
import HTTPTypes
import HummingbirdTesting
import Interface
import Services
import Testing
import Wire

/// What strangers may do, by where they come from: as proxies say whom the node trusts.
@Suite("REST: limits by address") struct AddressLimitTests {
    private static let configuration = APIConfiguration(
        gatewayURL: "ws://x", headerSeconds: 600, bodySeconds: 600, exchangeSeconds: 600, idleSeconds: 600,
        proxies: TrustedProxies(["127.0.0.1", "::1"]), exemptsLoopback: false)

    private static func table(_ limits: [LimitedAction: Int]) -> RateLimitTable {
        var table = RateLimitTable.off
        for (action, count) in limits { table[action] = RateLimit(count, perMilliseconds: 3_600_000) }
        return table
    }

    private func call(
        _ world: World, _ method: HTTPRequest.Method, _ path: String, from address: String, _ body: String? = nil
    ) async throws -> Answer {
        let name = try #require(HTTPField.Name("X-Forwarded-For"))
        return try await world.call(method, path, as: nil, body, headers: [name: address])
    }

    private func header(_ name: String, of answer: Answer) throws -> String? {
        answer.headers[try #require(HTTPField.Name(name))]
    }

    private func run(
        _ limits: [LimitedAction: Int], _ test: @escaping @Sendable (World) async throws -> Void
    ) async throws {
        try await World.run(.live, configuration: Self.configuration, rates: Self.table(limits), test)
    }

    @Test func requestsWithoutATokenAreCountedByAddress() async throws {
        try await run([.address: 2]) { (world) async throws in
            for expected in ["1", "0"] {
                let answer = try await call(world, .get, "/gateway", from: "192.0.2.1")
                #expect(answer.status == 200)
                #expect(try header("X-RateLimit-Remaining", of: answer) == expected)
            }
            // Whatever it claims to be in front of it, and over whichever route.
            for (path, address) in [("/gateway", "192.0.2.1"), ("/gateway", "203.0.113.4, 192.0.2.1")] {
                let refused = try await call(world, .get, path, from: address)
                #expect(refused.verdict == "429/0")
                #expect(refused.headers[.retryAfter] != nil)
            }
            #expect(try await call(world, .get, "/webhooks/1/x", from: "192.0.2.1").verdict == "429/0")
            #expect(try await call(world, .get, "/gateway", from: "192.0.2.2").status == 200)
            // With a token one is somebody.
            let name = try #require(HTTPField.Name("X-Forwarded-For"))
            let known = try await world.call(.get, "/users/@me", as: world.owner, headers: [name: "192.0.2.1"])
            #expect(known.status == 200)
        }
    }

    /// L06.
    @Test func networksOfIPv6AreOneAddress() async throws {
        try await run([.address: 2]) { (world) async throws in
            for host in 1...4 {
                let answer = try await call(world, .get, "/gateway", from: "2001:db8:0:1:\(host)::\(host)")
                #expect(answer.status == (host < 3 ? 200 : 429))
            }
            #expect(try await call(world, .get, "/gateway", from: "2001:db8:0:2::1").status == 200)
        }
    }

    /// L06: one address with many accounts, one account from many addresses, and its owner.
    @Test func passwordsAreTriedByAddressAndByAccount() async throws {
        try await run([.login: 3, .loginAccount: 4]) { (world) async throws in
            _ = try await world.services.accounts.create(
                username: "victim", isBot: false, owner: nil, password: "correct horse")
            func logIn(_ name: String, _ password: String, from address: String) async throws -> String {
                let body = #"{"login":"\#(name)","password":"\#(password)"}"#
                return try await call(world, .post, "/auth/login", from: address, body).verdict
            }
            for name in ["a", "b", "c"] { #expect(try await logIn(name, "wrong", from: "192.0.2.1") == "401/0") }
            #expect(try await logIn("d", "wrong", from: "192.0.2.1") == "429/0")
            #expect(try await logIn("victim", "correct horse", from: "192.0.2.1") == "429/0")

            for number in 1...4 { #expect(try await logIn("victim", "wrong", from: "198.51.100.\(number)") == "401/0") }
            #expect(try await logIn("victim", "wrong", from: "198.51.100.1") == "401/0")
            #expect(try await logIn("VICTIM", "wrong", from: "198.51.100.1") == "429/0")
            #expect(try await logIn("victim", "correct horse", from: "203.0.113.5") == "200")
            // What is nobody's account is limited alike.
            for number in 1...4 { #expect(try await logIn("nobody", "x", from: "203.0.113.\(number)") == "401/0") }
            #expect(try await logIn("nobody", "x", from: "203.0.113.4") == "401/0")
            #expect(try await logIn("nobody", "x", from: "203.0.113.4") == "429/0")
        }
    }

    @Test func accountsAreRegisteredByAddress() async throws {
        try await run([.register: 1]) { (world) async throws in
            func register(_ name: String, from address: String) async throws -> Int {
                let body = #"{"username":"\#(name)","email":"\#(name)@example.org","password":"correct horse"}"#
                return try await call(world, .post, "/auth/register", from: address, body).status
            }
            #expect(try await register("one", from: "192.0.2.1") == 201)
            #expect(try await register("two", from: "192.0.2.1") == 429)
            #expect(try await register("two", from: "192.0.2.2") == 201)
        }
    }

    /// Who knows no more than a webhook's id, which its messages tell, takes nothing away from it.
    @Test func webhooksAreCountedByTheirToken() async throws {
        try await run([.webhook: 2]) { (world) async throws in
            let hook = try await world.services.webhooks.create(in: world.general, name: "Herald", by: world.owner.id)
            let path = "/webhooks/\(hook.webhook.id)/"
            for _ in 0..<5 { _ = try await call(world, .post, path + "wrong", from: "192.0.2.1", #"{"content":"x"}"#) }
            for _ in 0..<2 {
                let sent = try await call(world, .post, path + hook.token, from: "192.0.2.1", #"{"content":"x"}"#)
                #expect(sent.status == 204)
            }
            let encoded = "%" + String(hook.token.utf8.first ?? 0, radix: 16) + hook.token.dropFirst()
            for token in [hook.token, encoded] {
                let refused = try await call(world, .get, path + token, from: "192.0.2.2")
                #expect(refused.verdict == "429/0")
                #expect(try header("X-RateLimit-Limit", of: refused) == "2")
            }
        }
    }

    @Test func filesHaveALimitOfTheirOwn() async throws {
        try await run([.file: 1, .address: 1]) { (world) async throws in
            let name = try #require(HTTPField.Name("X-Forwarded-For"))
            for (path, status) in [("/attachments/1/2/x", 404), ("/attachments/1/2/x", 429), ("/avatars/1/x.png", 429)]
            {
                let answer = try await world.raw(.get, path, headers: [name: "192.0.2.1"])
                #expect(answer.status == status)
            }
            #expect(try await call(world, .get, "/gateway", from: "192.0.2.1").status == 200)
        }
    }
}
