import API
import HummingbirdTesting
import NIOCore
import NIOPosix
import Services
import Testing

/// How many connections one address may hold.
@Suite("REST: connections of an address") struct ConnectionLimitTests {
    /// The test's own client has one of them, if it comes from the same of the machine's addresses.
    private static let limit = 5

    private static func configuration(proxies: TrustedProxies = .none, exemptsLoopback: Bool) -> APIConfiguration {
        APIConfiguration(
            gatewayURL: "ws://x", headerSeconds: 600, bodySeconds: 600, exchangeSeconds: 600, idleSeconds: 600,
            connectionsPerAddress: limit, proxies: proxies, exemptsLoopback: exemptsLoopback)
    }

    @Test func oneTooManyIsClosedAndTheOthersAreServed() async throws {
        try await World.run(.live, configuration: Self.configuration(exemptsLoopback: false)) { (world) async throws in
            let port = try #require(world.client.port)
            var held: [OpenConnection] = []
            while let next = try await OpenConnection.open(port: port) { held.append(next) }
            #expect((Self.limit - 1...Self.limit).contains(held.count))
            for connection in held { #expect(try await connection.ask().hasPrefix("HTTP/1.1 200")) }
            // Whoever ends one may have another.
            try await held.removeFirst().close()
            var again: OpenConnection?
            for _ in 0..<1_000 where again == nil {
                again = try await OpenConnection.open(port: port)
                await Task.yield()
            }
            #expect(again != nil)
            for connection in held { #expect(try await connection.ask().hasPrefix("HTTP/1.1 200")) }
        }
    }

    /// A machine's own connections are not counted, nor are those of proxies, behind whom there may be many.
    @Test(arguments: [
        configuration(exemptsLoopback: true),
        configuration(proxies: TrustedProxies(["127.0.0.1", "::1"]), exemptsLoopback: false),
    ])
    func someMayHaveAny(_ configuration: APIConfiguration) async throws {
        try await World.run(.live, configuration: configuration) { (world) async throws in
            let port = try #require(world.client.port)
            var held: [OpenConnection] = []
            for _ in 0..<3 * Self.limit { held.append(try #require(try await OpenConnection.open(port: port))) }
            for connection in held { #expect(try await connection.ask().hasPrefix("HTTP/1.1 200")) }
        }
    }
}

/// A connection that stays open.
private struct OpenConnection: Sendable {
    private let channel: any Channel
    private let inbox: Inbox

    /// `nil` when the server closes it before it has answered.
    static func open(port: Int) async throws -> OpenConnection? {
        let inbox = Inbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Listener(inbox))
                }
            }
            .connect(host: "localhost", port: port).get()
        let connection = OpenConnection(channel: channel, inbox: inbox)
        return try await connection.ask().isEmpty ? nil : connection
    }

    /// Sends a request and returns the first bytes that come; none when the connection ends instead.
    func ask() async throws -> String {
        channel.writeAndFlush(ByteBuffer(string: "GET /api/v10/gateway HTTP/1.1\r\nHost: x\r\n\r\n"), promise: nil)
        return await inbox.next()
    }

    func close() async throws { try await channel.close() }

    private final class Inbox: Sendable {
        private let pieces: AsyncStream<String>
        private let source: AsyncStream<String>.Continuation

        init() { (pieces, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(64)) }

        func put(_ text: String) { source.yield(text) }
        func end() { source.finish() }

        func next() async -> String {
            for await piece in pieces { return piece }
            return ""
        }
    }

    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let inbox: Inbox

        init(_ inbox: Inbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            inbox.put(String(buffer: unwrapInboundIn(data)))
        }

        func channelInactive(context: ChannelHandlerContext) { inbox.end() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
