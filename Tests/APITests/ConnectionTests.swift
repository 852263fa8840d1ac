import API
import HummingbirdTesting
import Testing

/// What a connection may do to the server, byte by byte.
@Suite("REST: connections") struct ConnectionTests {
    private static let login = "POST /api/v10/auth/login HTTP/1.1\r\nHost: x\r\n"

    /// However the bytes drip: the time is bounded in total.
    @Test(arguments: ["GET /api/v10/gate", login + "X-Slow: ", login + "Content-Length: 50\r\n\r\n{\"login\":"])
    func closesConnectionsThatTakeTooLong(_ text: String) async throws {
        let configuration = APIConfiguration(gatewayURL: "ws://x", headerSeconds: 1, bodySeconds: 1)
        try await World.run(.live, configuration: configuration) { (world) async throws in
            let port = try #require(world.client.port)
            #expect(try await rawExchange(port: port, text) == "")
        }
    }

    @Test(arguments: [
        ("GARBAGE\r\n\r\n", "400"), ("GET /api/v10/gateway HTTP/1.1\r\nHost : x\r\n\r\n", "400"),
        (login + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        (login + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"),
        ("GET /" + String(repeating: "x", count: 8_200) + " HTTP/1.1\r\nHost: x\r\n\r\n", "414"),
        ("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 101) + "\r\n", "431"),
        ("GET / HTTP/1.1\r\nA: " + String(repeating: "x", count: 300_000) + "\r\n\r\n", "431"),
        (login + "Content-Length: 99999999\r\n\r\n", "413"),
        // Unreadable in the body, after the router has begun.
        (login + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "400"),
        (login + "Transfer-Encoding: identity\r\n\r\n", "501"),
        (login + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"),
        (login + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"),
        ("POST /api/v10/auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        ("GET /api/v10/gateway HTTP/1.1\r\nHost: a b\r\n\r\n", "400"),
        ("GET /api/v10/gateway HTTP/1.1\r\nHost: a/b\r\n\r\n", "400"),
        ("GET /api/v10/gateway HTTP/1.1\r\n\r\n", "400"),
        ("GET /api/v10/gateway HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"),
        (login + "Expect: tea\r\nContent-Length: 2\r\n\r\n{}", "417"),
        (login + "Expect: 100-continue, tea\r\nContent-Length: 2\r\n\r\n{}", "417"),
    ])
    func answersAndClosesOnWhatItWillNotRead(_ text: String, _ status: String) async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            let answer = try await rawExchange(port: port, text)
            #expect(answer.split(separator: " ").dropFirst().first.map(String.init) == status)
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    /// One answer, and then the end: a client of HTTP/1.0 reads until there is no more.
    @Test(arguments: [
        "HTTP/1.0\r\n", "HTTP/1.0\r\nHost: x\r\n", "HTTP/1.1\r\nHost: x\r\nConnection: close\r\n",
        "HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n", "HTTP/1.1\r\nHost: x\r\nConnection: te, close\r\n",
    ])
    func endsTheConnectionWhenTheRequestDoes(_ rest: String) async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            let answer = try await rawExchange(port: port, "GET /api/v10/gateway \(rest)\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200"))
        }
    }

    /// A request that is cut short, hidden or doubled by what two readers may read differently: nobody reads a second one out of it.
    @Test(arguments: [
        "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: +5\r\n",
        "Content-Length: -1\r\n", "Content-Length: 0x5\r\n", "Content-Length: 5 5\r\n",
        "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: \u{B}chunked\r\n", "Transfer-Encoding : chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n", "X: y\rz: a\r\n", "X: y\0z\r\n", "X\0: y\r\n", ": y\r\n", "X\r\n",
    ])
    func noSecondRequestIsReadOutOfOne(_ fields: String) async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            let text = Self.login + fields + "\r\n0\r\n\r\nGET /api/v10/gateway HTTP/1.1\r\nHost: x\r\n\r\n"
            let answer = try await rawExchange(port: port, text)
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses.count == 1 && ["400", "501"].contains(statuses.first))
        }
    }

    @Test func aBodyThatIsAskedAboutIsInvited() async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            let head = Self.login + "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
            let answer = try await rawExchange(port: port, head + "{}")
            #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["100", "400"])
        }
    }

    /// It would take the invitation for the answer.
    @Test func aBodyOfHTTP1_0IsNotInvited() async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            let head = "POST /api/v10/auth/login HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
            let answer = try await rawExchange(port: port, head + "{}")
            #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["400"])
        }
    }

    @Test func aThousandRequestsAtOnceAreAnsweredInTheirOrder() async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            var text = ""
            for number in 0..<1_000 { text += "GET /api/v10/channels/x\(number % 2) HTTP/1.1\r\nHost: x\r\n\r\n" }
            text += "GET /api/v10/gateway HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let answers = try await rawExchange(port: port, text).split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(answers.count == 1_001)
            #expect(answers.dropLast().allSatisfy { $0 == "401" } && answers.last == "200")
        }
    }

    /// What was understood is answered before what was not, and both in their order.
    @Test func answersEarlierRequestsBeforeARefusal() async throws {
        let request = "GET /api/v10/gateway HTTP/1.1\r\nHost: x\r\n\r\n"
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            for refused in ["GARBAGE\r\n\r\n", Self.login + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"] {
                let answer = try await rawExchange(port: port, request + request + refused)
                #expect(answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["200", "200", "400"])
            }
        }
    }
}
