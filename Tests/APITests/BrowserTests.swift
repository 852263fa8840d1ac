import API
import HTTPTypes
import Testing

/// S17: what pages of other origins get from a browser.
@Suite("REST: browsers") struct BrowserTests {
    private static let configuration = APIConfiguration(
        gatewayURL: "ws://x", allowedOrigins: ["https://chat.example", "http://localhost:3000"])

    private func fields(_ origin: String?, asking method: String? = nil) throws -> HTTPFields {
        var fields = HTTPFields()
        fields[.origin] = origin
        fields[.accessControlRequestMethod] = method
        return fields
    }

    @Test(arguments: [
        "https://evil.example", "null", "", "*", "https://chat.example.evil.example", "https://evilchat.example",
        "https://chat.example:444", "http://chat.example", "https://chat.example/", "HTTPS://CHAT.EXAMPLE",
        "https://chat.example, https://evil.example",
    ])
    func whatWasNotNamedGetsNothing(_ origin: String) async throws {
        try await World.run(configuration: Self.configuration) { (world) async throws in
            for method in [HTTPRequest.Method.get, .options] {
                let answer = try await world.call(
                    method, "/users/@me", as: world.owner, headers: try fields(origin, asking: "GET"))
                #expect(answer.status == (method == .get ? 200 : 405))
                #expect(!answer.headers.contains { $0.name.canonicalName.hasPrefix("access-control-") })
                #expect(answer.headers[.vary] == "Origin")
            }
        }
    }

    @Test func whatWasNamedGetsItsOwnNameAndNoCredentials() async throws {
        try await World.run(configuration: Self.configuration) { (world) async throws in
            for (path, status) in [("/users/@me", 200), ("/nothing", 404), ("/guilds/1", 404)] {
                let answer = try await world.call(
                    .get, path, as: world.owner, headers: try fields("http://localhost:3000"))
                #expect(answer.status == status)
                #expect(answer.headers[.accessControlAllowOrigin] == "http://localhost:3000")
                #expect(answer.headers[.accessControlExposeHeaders]?.contains("X-RateLimit-Remaining") == true)
                #expect(answer.headers[.accessControlAllowCredentials] == nil)
            }
            let asked = try await world.call(
                .options, "/guilds/1/roles", as: nil, headers: try fields("https://chat.example", asking: "POST"))
            #expect(asked.status == 204)
            #expect(asked.isEmpty)
            #expect(asked.headers[.accessControlAllowOrigin] == "https://chat.example")
            #expect(asked.headers[.accessControlAllowMethods] == "GET, HEAD, PATCH, POST")
            #expect(asked.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
            #expect(asked.headers[.accessControlAllowCredentials] == nil)
            // No question, and none that comes from a page.
            let plain = try await world.call(.options, "/guilds/1/roles", headers: try fields("https://chat.example"))
            #expect(plain.status == 405)
            #expect(
                try await world.call(.options, "/guilds/1/roles", headers: fields(nil, asking: "GET")).status == 405)
        }
    }

    @Test func withoutNamesNoPageGetsAnything() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(
                .get, "/users/@me", as: world.owner, headers: try fields("https://chat.example"))
            #expect(answer.status == 200)
            #expect(answer.headers[.accessControlAllowOrigin] == nil && answer.headers[.vary] == nil)
        }
    }
}
