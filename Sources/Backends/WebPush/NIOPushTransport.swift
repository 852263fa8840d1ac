import Glibc
package import Interface
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The way to push services over SwiftNIO: one connection for each request, to the address it is given and no other. No
/// proxies, no redirects.
package final class NIOPushTransport: PushTransport {
    private static let addressesMax = 16
    private static let resolveMilliseconds: Int64 = 5_000

    private let group: any EventLoopGroup
    private let resolvers: NIOThreadPool
    private let context: NIOSSLContext

    /// - Throws: `.unavailable` when the system's certificates cannot be read.
    package init() throws(BackendError) {
        group = MultiThreadedEventLoopGroup.singleton
        resolvers = NIOThreadPool.singleton
        do {
            context = try NIOSSLContext(configuration: .makeClientConfiguration())
        } catch {
            throw BackendError(.unavailable, operation: "push.open", target: "TLS", detail: "\(type(of: error))")
        }
    }

    // MARK: Names

    package func resolve(_ host: String) async throws(BackendError) -> [NetworkAddress] {
        let loop = group.any()
        let found = loop.makePromise(of: [NetworkAddress].self)
        // A resolver may take longer than anybody waits; what it finds then is dropped.
        let deadline = loop.scheduleTask(in: .milliseconds(Self.resolveMilliseconds)) {
            found.fail(Self.failure(.timedOut, "no address in time"))
        }
        resolvers.runIfActive(eventLoop: loop) { Self.lookUp(host) }.cascade(to: found)
        defer { deadline.cancel() }
        let addresses = try? await found.futureResult.get()
        guard let addresses, !addresses.isEmpty else {
            throw BackendError(.unavailable, operation: "push.resolve", target: "a push service", detail: "no address")
        }
        return addresses
    }

    /// Blocks (getaddrinfo(3)).
    private static func lookUp(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [NetworkAddress] = []
        var next = list
        while let entry = next?.pointee, addresses.count < addressesMax {
            if let address = entry.ai_addr.flatMap({ address(in: $0, family: entry.ai_family) }),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            next = entry.ai_next
        }
        return addresses
    }

    private static func address(in pointer: UnsafeMutablePointer<sockaddr>, family: Int32) -> NetworkAddress? {
        switch family {
        case AF_INET:
            pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin_addr) { NetworkAddress(Array($0)) }
            }
        case AF_INET6:
            pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin6_addr) { NetworkAddress(Array($0)) }
            }
        default: nil
        }
    }

    // MARK: Requests

    package func post(
        _ request: PushRequest, to address: NetworkAddress, within milliseconds: UInt64
    ) async throws(BackendError) -> PushAnswer {
        let loop = group.any()
        let answer = loop.makePromise(of: PushAnswer.self)
        let deadline = loop.scheduleTask(in: .milliseconds(Int64(clamping: milliseconds))) {
            answer.fail(Self.failure(.timedOut, "no answer in time"))
        }
        do {
            let bytes = ByteBuffer(bytes: address.bytes)
            let place = try SocketAddress(packedIPAddress: bytes, port: Int(request.port))
            let context = context
            let opening = ClientBootstrap(group: loop)
                .connectTimeout(.milliseconds(Int64(clamping: milliseconds)))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if request.isSecure {
                            try pipeline.addHandler(
                                NIOSSLClientHandler(
                                    context: context, serverHostname: Self.certificateName(request.host)))
                        }
                        try pipeline.addHTTPClientHandlers()
                        try pipeline.addHandler(PushExchange(request, answer))
                    }
                }
                .connect(to: place)
            opening.whenFailure { error in answer.fail(Self.failure(.unavailable, "\(type(of: error))")) }
            defer {
                deadline.cancel()
                opening.whenSuccess { $0.close(promise: nil) }
            }
            return try await answer.futureResult.get()
        } catch let error as BackendError {
            answer.fail(error)
            throw error
        } catch {
            let failure = Self.failure(.unavailable, "\(type(of: error))")
            answer.fail(failure)
            throw failure
        }
    }

    /// The name to ask a certificate for: a numeric address is none.
    private static func certificateName(_ host: String) -> String? {
        let isNumeric = host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        return isNumeric ? nil : host
    }

    fileprivate static func failure(_ code: BackendError.Code, _ detail: String) -> BackendError {
        BackendError(code, operation: "push.post", target: "a push service", detail: detail)
    }
}

/// Sends one request and takes its answer's head. Lives on the connection's event loop.
private final class PushExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// Bytes of an answer's body that are read; nobody looks at them.
    private static let bodyBytesMax = 65_536

    private let request: PushRequest
    private let answer: EventLoopPromise<PushAnswer>
    private var status: PushAnswer?
    private var bodyBytes = 0

    init(_ request: PushRequest, _ answer: EventLoopPromise<PushAnswer>) {
        self.request = request
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        let name = request.host.contains(":") ? "[\(request.host)]" : request.host
        let isUsual = request.port == (request.isSecure ? 443 : 80)
        headers.add(name: "Host", value: isUsual ? name : "\(name):\(request.port)")
        headers.add(name: "Content-Length", value: String(request.body.count))
        headers.add(name: "Connection", value: "close")
        headers.add(name: "User-Agent", value: "discordctl")
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        let head = HTTPRequestHead(version: .http1_1, method: .POST, uri: request.target, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status.code >= 200 else { return }
            let seconds = head.headers.first(name: "Retry-After").flatMap { UInt64($0) }
            status = PushAnswer(status: Int(head.status.code), retryAfterSeconds: seconds)
        case .body(let bytes):
            bodyBytes += bytes.readableBytes
            // What comes is not needed, so endlessly much of it ends here.
            if bodyBytes > Self.bodyBytesMax { finish(context) }
        case .end:
            finish(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(NIOPushTransport.failure(.unavailable, "\(type(of: error))"))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context)
    }

    private func finish(_ context: ChannelHandlerContext) {
        if let status {
            answer.succeed(status)
        } else {
            answer.fail(NIOPushTransport.failure(.unavailable, "the connection ended"))
        }
        context.close(promise: nil)
    }
}
