/// The server's answers to a handshake, whole HTTP/1.1 responses.
package enum HandshakeResponse {
    /// The constant of RFC 6455, 1.3 that proves the server speaks WebSocket.
    private static let acceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// The value of `Sec-WebSocket-Accept` for a client's key (RFC 6455, 4.2.2).
    package static func acceptValue(key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + acceptSuffix).utf8)))
    }

    /// `101 Switching Protocols`.
    ///
    /// - Parameter subprotocol: one of those the client offered, or `nil` to choose none.
    package static func accept(key: String, subprotocol: String? = nil) -> [UInt8] {
        var response = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        response += "Sec-WebSocket-Accept: \(acceptValue(key: key))\r\n"
        if let subprotocol { response += "Sec-WebSocket-Protocol: \(subprotocol)\r\n" }
        response += "\r\n"
        return Array(response.utf8)
    }

    /// An error response with the reason as plain text, after which the connection closes.
    package static func refusal(status: HTTPStatus, reason: String) -> [UInt8] {
        let body = reason + "\n"
        var response = "HTTP/1.1 \(status.rawValue) \(status.phrase)\r\n"
        switch status {
        case .upgradeRequired:
            // RFC 9110, 15.5.22 asks for the protocol, RFC 6455, 4.2.2 for the version.
            response += "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
        case .methodNotAllowed:
            response += "Allow: GET\r\nConnection: close\r\n"
        case .badRequest, .forbidden, .notFound, .requestTimeout, .uriTooLong, .tooManyRequests,
            .requestHeaderFieldsTooLarge, .serviceUnavailable, .httpVersionNotSupported:
            response += "Connection: close\r\n"
        }
        response += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        return Array((response + body).utf8)
    }
}
