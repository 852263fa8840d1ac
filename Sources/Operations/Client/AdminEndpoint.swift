/// Where a node's admin API is reached: `unix:///run/discordctl/local.sock`, or that path alone.
///
/// The admin API listens on Unix sockets only; an address of any other kind is refused with that sentence rather than tried.
package struct AdminEndpoint: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no endpoint.
    package struct Mismatch: Error, Hashable, Sendable {
        package var message: String
        package var hint: String?
    }

    /// What is expected, for help and messages.
    package static let expectation = "unix:///path/admin.sock, or an absolute path"

    private static let scheme = "unix://"

    /// The absolute path of the socket.
    package let socket: String

    package init(socket: String) {
        self.socket = socket
    }

    /// - Parameter text: what stands behind `unix://` is the path as it is, without escapes.
    package init(_ text: String) throws(Mismatch) {
        var path = text
        if text.hasPrefix(Self.scheme) {
            path = String(text.dropFirst(Self.scheme.count))
            guard path.hasPrefix("/") else {
                throw Mismatch(
                    message: "it names a host, and a Unix socket has none",
                    hint: "write unix:///path, with three slashes")
            }
        } else if let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") {
            throw Mismatch(
                message: "the admin API listens on Unix sockets only, so '\(Self.named(text[..<colon]))' leads nowhere",
                hint: "run the command on the node's machine, with unix:///path/admin.sock")
        }
        guard path.hasPrefix("/") else {
            throw Mismatch(message: "it is no absolute path", hint: "an absolute path, or unix:// before it")
        }
        guard !path.utf8.contains(0), path.utf8.count <= SocketProbe.pathBytesMax else {
            throw Mismatch(
                message: "the path is longer than the \(SocketProbe.pathBytesMax) bytes that a socket's may have",
                hint: "make a shorter one with a symbolic link")
        }
        socket = path
    }

    package var description: String { Self.scheme + socket }

    /// A scheme for a message: whatever is long or no word is cut.
    private static func named(_ scheme: Substring) -> String {
        String(scheme.prefix(16).filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "+") })
    }
}
