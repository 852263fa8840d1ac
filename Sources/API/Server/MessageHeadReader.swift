import NIOCore
import NIOHTTP1

/// Reads what only HTTP/1.x's own form of a request tells, before it becomes a version-independent one: whether the
/// connection ends after it, and for which host it is.
///
/// HTTP/1.0 ends a connection unless asked not to, and `Connection` is a list in which `close` may stand anywhere in any
/// letter case (RFC 9112, 9.3): the layers above look for the one word alone, so that is what they get.
final class MessageHeadReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let hosts = head.headers["host"].count
        // Without a host, or with two, two readers may see two different requests (RFC 9112, 3.2).
        guard hosts == 1 || hosts == 0 && head.version != .http1_1 else {
            return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
        }
        if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
