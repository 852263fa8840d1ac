import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import Services

/// Watches one connection between HTTP's codec and Hummingbird: total deadlines, which idle timeouts alone do not give;
/// 431, 414 and 400 for headers that are too large, too long or ambiguous; an orderly end after an answer that says
/// `Connection: close`; and an end at once for one connection too many of an address.
///
/// What cannot be read ends the connection, after the answers to the requests before it (RFC 9112, 9.3.2) and with one
/// of its own.
///
/// Lives on the connection's event loop.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Seconds for the peer to read a last answer before the connection is cut: closing at once, with unread bytes in
    /// the socket, would reset it and could take the answer along.
    private static let lingerSeconds: Int64 = 2
    /// What may be expected.
    private static let continuation = "100-continue"

    private let configuration: APIConfiguration
    /// `nil` where addresses may have as many as they like.
    private let connections: ConnectionLimit?
    /// Under which the connection is counted.
    private var address: ClientAddress?
    private var deadlines: ConnectionDeadlines?
    private var timer: Scheduled<Void>?
    /// The answer under way says that it is the last.
    private var answerIsLast = false
    /// The head of an answer was written, and its end was not.
    private var isAnswering = false
    /// What is said to a request that cannot be read, when the requests before it have their answers. From then on
    /// nothing is read.
    private var refusal: HTTPResponse.Status?
    /// A last answer was sent: nothing is read or written any more.
    private var isEnding = false

    init(_ configuration: APIConfiguration, _ connections: ConnectionLimit?) {
        self.configuration = configuration
        self.connections = connections
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        let operations = context.pipeline.syncOperations
        do {
            let decoder = try operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try operations.addHandler(MessageHeadReader(), position: .after(decoder))
        } catch {
            context.fireErrorCaught(error)
        }
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stop()
    }

    private func stop() {
        timer?.cancel()
        timer = nil
        if let address { connections?.giveBack(address) }
        address = nil
    }

    private func start(_ context: ChannelHandlerContext) {
        guard deadlines == nil, !isEnding else { return }
        if let connections, let address = connections.address(of: context.remoteAddress) {
            guard connections.take(address) else {
                isEnding = true
                return context.close(promise: nil)
            }
            self.address = address
        }
        let deadlines = ConnectionDeadlines(configuration, now: now(context))
        self.deadlines = deadlines
        wake(context, at: deadlines.deadline)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding, refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let status = objection(to: head) { return refuse(status, context) }
            deadlines?.requestHeadRead(now: now(context))
            invite(head, context)
        case .body(let bytes):
            deadlines?.bodyRead(bytes: bytes.readableBytes)
        case .end:
            deadlines?.requestEndRead(now: now(context))
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard !isEnding, refusal == nil else { return }
        switch error {
        case .headerOverflow: refuse(.requestHeaderFieldsTooLarge, context)
        default: refuse(.badRequest, context)
        }
    }

    private func objection(to head: HTTPRequest) -> HTTPResponse.Status? {
        guard (head.path?.utf8.count ?? 0) <= configuration.targetBytesMax else { return .uriTooLong }
        // Where two lengths are given, two readers may see two different requests (RFC 9112, 6.1).
        let codings = head.headerFields[values: .transferEncoding]
        if !codings.isEmpty, head.headerFields.contains(.contentLength) { return .badRequest }
        // A coding that is not undone here is no part of the message (6.1); the parser looks at the last one only.
        guard codings.isEmpty || codings.map({ $0.lowercased() }) == ["chunked"] else { return .notImplemented }
        // Whoever sends what is to be done under a condition must not believe that it was met (RFC 9110, 10.1.1).
        guard head.headerFields[values: .expect].allSatisfy({ $0.lowercased() == Self.continuation }) else {
            return .expectationFailed
        }
        return nil
    }

    /// Lets a client send the body it asks about (RFC 9110, 10.1.1), unless answers to earlier requests are still to come.
    private func invite(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields.contains(.expect), deadlines?.unanswered == 1 else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        refusal = status
        answerRefusal(context)
    }

    /// Answers in place of the router as soon as it is the refused request's turn.
    private func answerRefusal(_ context: ChannelHandlerContext) {
        guard !isEnding, let status = refusal, let deadlines else { return }
        // The router waits for the rest of a request that became unreadable in its body, unless it has answered already.
        let isCutShort = deadlines.isReadingBody
        if isCutShort, deadlines.unanswered == 0 { return end(context) }
        guard !isAnswering, deadlines.unanswered == (isCutShort ? 1 : 0) else { return }
        let answer = APIError(status, code: 0, status.description).response()
        var head = answer.head
        head.headerFields[.connection] = "close"
        head.headerFields[.cacheControl] = "no-store"
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(
            wrapOutboundOut(.body(ByteBuffer(bytes: APIError(status, code: 0, status.description).body()))),
            promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isEnding else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head):
            // 1xx answers come before the one that counts.
            if head.status.kind != .informational {
                answerIsLast = head.headerFields[.connection]?.lowercased() == "close"
                isAnswering = true
            }
            context.write(data, promise: promise)
        case .body(let bytes):
            deadlines?.answerWritten(bytes: bytes.readableBytes)
            context.write(data, promise: promise)
        case .end:
            deadlines?.answerWritten(now: now(context))
            isAnswering = false
            context.write(data, promise: promise)
            if answerIsLast {
                context.flush()
                end(context)
            } else {
                answerRefusal(context)
            }
        }
    }

    // MARK: Ending

    /// Says that nothing more will come, and cuts the connection when the peer does not.
    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        context.close(mode: .output, promise: nil)
        timer?.cancel()
        schedule(context, inSeconds: Self.lingerSeconds) { context in context.close(promise: nil) }
    }

    /// One timer a connection, which looks again when a deadline has moved.
    private func wake(_ context: ChannelHandlerContext, at deadline: Int64) {
        schedule(context, inSeconds: max(0, deadline - now(context))) { [weak self] context in
            guard let self, let deadlines, !isEnding else { return }
            if now(context) >= deadlines.deadline {
                context.close(promise: nil)
            } else {
                wake(context, at: deadlines.deadline)
            }
        }
    }

    private func schedule(
        _ context: ChannelHandlerContext, inSeconds seconds: Int64, _ action: @escaping (ChannelHandlerContext) -> Void
    ) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(seconds)) { action(context) }
    }

    private func now(_ context: ChannelHandlerContext) -> Int64 {
        Int64(context.eventLoop.now.uptimeNanoseconds / 1_000_000_000)
    }
}
