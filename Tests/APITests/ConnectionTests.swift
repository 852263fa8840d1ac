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
    ])
    func answersAndClosesOnWhatItWillNotRead(_ text: String, _ status: String) async throws {
        try await World.run(.live) { (world) async throws in
            let port = try #require(world.client.port)
            let answer = try await rawExchange(port: port, text)
            #expect(answer.split(separator: " ").dropFirst().first.map(String.init) == status)
            #expect(answer.lowercased().contains("connection: close"))
        }
    }
}
