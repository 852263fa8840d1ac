import Interface
import NIOCore
import NIOPosix
import Synchronization
import Testing
import WebPushBackend

@Suite("The way to push services") struct NIOPushTransportTests {
    /// Answers each connection with the same bytes, and keeps what came.
    private final class Peer: Sendable {
        private let channel: any Channel
        private let received: Received

        init(answering answer: String?) async throws {
            let received = Received()
            self.received = received
            channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Handler(answer, received))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
        }

        var port: UInt16 { UInt16(clamping: channel.localAddress?.port ?? 0) }
        var text: String { received.text.withLock { $0 } }

        func close() async throws { try await channel.close().get() }

        final class Received: Sendable {
            let text = Mutex("")
        }

        final class Handler: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            typealias OutboundOut = ByteBuffer

            private let answer: String?
            private let received: Received
            private var hasAnswered = false

            init(_ answer: String?, _ received: Received) {
                self.answer = answer
                self.received = received
            }

            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                let text = String(buffer: unwrapInboundIn(data))
                let isWhole = received.text.withLock { all in
                    all += text
                    return all.hasSuffix("body")
                }
                guard isWhole, !hasAnswered, let answer else { return }
                hasAnswered = true
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            }
        }
    }

    private static let loopback = NetworkAddress([127, 0, 0, 1])

    private static func request(_ port: UInt16, isSecure: Bool = false) -> PushRequest {
        PushRequest(
            isSecure: isSecure, host: "push.example", port: port, target: "/x?y", headers: [("TTL", "60")],
            body: Array("body".utf8))
    }

    @Test func sendsWhatItIsGivenToTheAddressItIsGiven() async throws {
        let peer = try await Peer(answering: "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
        let answer = try await NIOPushTransport().post(Self.request(peer.port), to: Self.loopback, within: 20_000)
        #expect(answer == PushAnswer(status: 201))
        let lines = peer.text.split(separator: "\r\n").map(String.init)
        #expect(lines.first == "POST /x?y HTTP/1.1")
        #expect(lines.contains("Host: push.example:\(peer.port)"))
        #expect(lines.contains("TTL: 60"))
        #expect(lines.contains("Content-Length: 4"))
        #expect(lines.last == "body")
        try await peer.close()
    }

    @Test(arguments: [
        (
            "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
            PushAnswer(status: 429, retryAfterSeconds: 7)
        ),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", PushAnswer(status: 302)),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + String(repeating: "x", count: 200_000),
            PushAnswer(status: 200)
        ),
    ])
    func readsTheAnswersHeadAndFollowsNothing(_ text: String, _ expected: PushAnswer) async throws {
        let peer = try await Peer(answering: text)
        let answer = try await NIOPushTransport().post(Self.request(peer.port), to: Self.loopback, within: 20_000)
        #expect(answer == expected)
        try await peer.close()
    }

    @Test func doesNotWaitForEver() async throws {
        let peer = try await Peer(answering: nil)
        let error = await #expect(throws: BackendError.self) {
            try await NIOPushTransport().post(Self.request(peer.port), to: Self.loopback, within: 200)
        }
        #expect(error?.code == .timedOut)
        try await peer.close()
    }

    @Test func whoIsNotThereIsUnavailable() async throws {
        // Not a port that was just given back: another test may have taken it.
        let error = await #expect(throws: BackendError.self) {
            try await NIOPushTransport().post(Self.request(1), to: Self.loopback, within: 20_000)
        }
        #expect(error?.code == .unavailable)
    }

    @Test func anAnswerThatIsNoneIsUnavailable() async throws {
        let peer = try await Peer(answering: "SSH-2.0-hello\r\n\r\n")
        let error = await #expect(throws: BackendError.self) {
            try await NIOPushTransport().post(Self.request(peer.port), to: Self.loopback, within: 20_000)
        }
        #expect(error?.code == .unavailable)
        try await peer.close()
    }

    @Test func numericAddressesAreTheirOwn() async throws {
        let transport = try NIOPushTransport()
        #expect(try await transport.resolve("127.0.0.1") == [Self.loopback])
        #expect(try await transport.resolve("::1") == [NetworkAddress(Array(repeating: 0, count: 15) + [1])])
        // The forms of inet_aton(3) mean addresses as well, and are judged as these.
        #expect(try await transport.resolve("0x7f000001") == [Self.loopback])
        await #expect(throws: BackendError.self) { _ = try await transport.resolve("no-such-host.invalid") }
    }
}
