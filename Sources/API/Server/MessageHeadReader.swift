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
        let hosts = head.headers["host"]
        // Without a host, with two or with one that is none, two readers may see two different requests (RFC 9112, 3.2). So they may where
        // a version is said not to know of chunks (6.1).
        guard hosts.count == 1 || hosts.isEmpty && head.version != .http1_1, hosts.allSatisfy(Self.isAuthority),
            head.version == .http1_1 || !head.headers.contains(name: "transfer-encoding")
        else {
            return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
        }
        if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
        // HTTP/1.0 knows of one answer to a request: what it expects is ignored (RFC 9110, 10.1.1).
        if head.version != .http1_1 { head.headers.remove(name: "expect") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// Whether these are only characters of a name or an address, and a port (RFC 3986, 3.2.2).
    private static func isAuthority(_ host: String) -> Bool {
        host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
            }
        }
    }
}
