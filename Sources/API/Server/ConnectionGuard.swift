import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Watches one connection between HTTP's codec and Hummingbird: total deadlines, which idle timeouts alone do not give;
/// 431, 414 and 400 for headers that are too large, too long or ambiguous; and an orderly end after an answer that says
/// `Connection: close`.
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

    private let configuration: APIConfiguration
    private var deadlines: ConnectionDeadlines?
    private var timer: Scheduled<Void>?
    /// The answer under way says that it is the last.
    private var answerIsLast = false
    /// A last answer was sent: what still comes in is dropped.
    private var isEnding = false

    init(_ configuration: APIConfiguration) {
        self.configuration = configuration
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
    }

    private func start(_ context: ChannelHandlerContext) {
        guard deadlines == nil else { return }
        let deadlines = ConnectionDeadlines(configuration, now: now(context))
        self.deadlines = deadlines
        wake(context, at: deadlines.deadline)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let refusal = refusal(of: head) { return refuse(refusal, context) }
            deadlines?.requestHeadRead(now: now(context))
        case .body:
            break
        case .end:
            deadlines?.requestEndRead(now: now(context))
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? HTTPParserError else { return context.fireErrorCaught(error) }
        guard !isEnding else { return }
        switch error {
        case .headerOverflow: refuse(.requestHeaderFieldsTooLarge, context)
        default: refuse(.badRequest, context)
        }
    }

    private func refusal(of head: HTTPRequest) -> HTTPResponse.Status? {
        guard (head.path?.utf8.count ?? 0) <= configuration.targetBytesMax else { return .uriTooLong }
        // Where two lengths are given, two readers may see two different requests (RFC 9112, 6.1).
        if head.headerFields.contains(.contentLength), head.headerFields.contains(.transferEncoding) {
            return .badRequest
        }
        return nil
    }

    /// Answers in place of the router, which never sees the request.
    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        isEnding = true
        guard deadlines?.unanswered == 0 else {
            // The answers to earlier requests come first, and there is no waiting for them here.
            context.close(promise: nil)
            return
        }
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
        switch unwrapOutboundIn(data) {
        case .head(let head):
            // 1xx answers come before the one that counts.
            if head.status.kind != .informational {
                answerIsLast = head.headerFields[.connection]?.lowercased() == "close"
            }
            context.write(data, promise: promise)
        case .body:
            context.write(data, promise: promise)
        case .end:
            deadlines?.answerWritten(now: now(context))
            guard answerIsLast else { return context.write(data, promise: promise) }
            isEnding = true
            context.writeAndFlush(data, promise: promise)
            end(context)
        }
    }

    // MARK: Ending

    /// Says that nothing more will come, and cuts the connection when the peer does not.
    private func end(_ context: ChannelHandlerContext) {
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
