import BackendContracts
import CEpoll
import Chat
import EmbeddedBackend
import Glibc
import Interface
import Logging
import Testing
import Wire

@testable import Gateway

@Suite("Gateway server") struct GatewayServerTests {
    /// Waits until the peer has sent something, at most so long that a hanging server fails the test. On a thread of its own: the tasks of
    /// the server need those of the pool.
    private func wait(for client: GatewayClient) async throws -> Bool {
        let descriptor = client.peer.descriptor
        return try await withCheckedThrowingContinuation { continuation in
            do throws(LoopError) {
                _ = try LoopThread(name: "wait") {
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    continuation.resume(returning: poll(&waiting, 1, 60_000) == 1)
                }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func payloads(_ client: GatewayClient, until event: String) async throws -> [JSONValue] {
        var all: [JSONValue] = []
        while !all.contains(where: { $0["t"]?.string == event }), try await wait(for: client) {
            let new = client.payloads()
            if new.isEmpty, client.close() != nil { break }
            all += new
        }
        return all
    }

    @Test(arguments: [1, 2]) func servesOverRealSocketsAndSaysGoodbye(_ loops: Int) async throws {
        let bus = InProcessFanoutBus(time: SystemTime())
        let source = StandInSource(bus: bus)
        for user in 1...2 as ClosedRange<UInt64> { source.addUser(user) }
        source.addGuild(100, channels: [200], members: [1, 2])
        var configuration = GatewayConfiguration()
        configuration.port = 0
        configuration.loops = loops
        let server = try GatewayServer(
            configuration: configuration, source: source, bus: bus, logger: Logger(label: "test"))
        let running = Task { try await server.run() }
        let port = try #require(server.url.split(separator: ":").last.flatMap { UInt16($0) })

        let client = GatewayClient(try #require(LoopPeer(port: port)))
        client.peer.write(Array(LoopPeer.request.utf8))
        try #require(try await wait(for: client))
        client.readHandshake()
        client.send(#"{"op":2,"d":{"token":"token-2","intents":513}}"#)
        let login = try await payloads(client, until: "GUILD_CREATE")
        #expect(login.compactMap { $0["t"]?.string } == ["READY", "GUILD_CREATE"])
        #expect(login.first { $0["t"]?.string == "READY" }?["d"]?["resume_gateway_url"]?.string == server.url)
        try await source.publish(10, channel: 200, guild: 100)
        let live = try await payloads(client, until: "MESSAGE_CREATE")
        #expect(live.last?["d"]?["id"]?.string == "10")

        running.cancel()
        while client.close() == nil, try await wait(for: client) {}
        #expect(client.close() == 1_001)
        client.close(1_001)
        try await running.value
    }
}
