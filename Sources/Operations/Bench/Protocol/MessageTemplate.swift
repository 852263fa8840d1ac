import Wire

/// A message that is the same each time but for its stamp and its nonce: made once, filled in for each sending.
package struct MessageTemplate: Sendable {
    /// Marks the bench's own traffic.
    package static let noncePrefix = "bench-"
    package static let userAgent = "discordctl-bench"
    private static let nonceDigits = 10

    private let bytes: [UInt8]
    private let stampOffset: Int
    private let nonceOffset: Int?
    /// Where the payload to be masked begins; `nil` for HTTP, which masks nothing.
    private let maskedFrom: Int?

    /// Bytes of the filled template.
    package var count: Int { bytes.count }

    /// A SEND_MESSAGE frame.
    /// - Parameter contentBytes: at least ``Stamp/bytes``.
    package static func gateway(channel: UInt64, contentBytes: Int) -> MessageTemplate {
        var json = JSONWriter()
        json.object {
            $0.field("op", 102)
            $0.object("d") { data in
                data.field("channel_id", snowflake: channel)
                writeMessage(contentBytes: contentBytes, into: &data)
            }
        }
        return MessageTemplate(frameOf: json.bytes)
    }

    /// A text frame of nothing but the content.
    package static func plain(contentBytes: Int) -> MessageTemplate {
        MessageTemplate(frameOf: Array(content(contentBytes).utf8))
    }

    /// `POST /api/v10/channels/…/messages` on a connection that is kept.
    package static func rest(channel: UInt64, host: String, token: String, contentBytes: Int) -> MessageTemplate {
        var json = JSONWriter()
        json.object { writeMessage(contentBytes: contentBytes, into: &$0) }
        let head = HTTPText.head(
            "POST", "/api/v10/channels/\(channel)/messages", host: host, token: token, bodyBytes: json.bytes.count)
        return MessageTemplate(Array(head.utf8) + json.bytes, maskedFrom: nil)
    }

    private static func writeMessage(contentBytes: Int, into json: inout JSONWriter) {
        json.field("content", content(contentBytes))
        json.field("nonce", noncePrefix + String(repeating: "0", count: nonceDigits))
    }

    private static func content(_ count: Int) -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz".utf8)
        let blank = "~" + String(repeating: "0", count: 19) + "." + String(repeating: "0", count: 10) + "~"
        let rest = (0..<max(0, count - Stamp.bytes)).map { letters[$0 % letters.count] }
        return blank + String(decoding: rest, as: UTF8.self)
    }

    private init(frameOf payload: [UInt8]) {
        let header = ClientFrame.headerBytes(payloadBytes: payload.count)
        self.init([UInt8](repeating: 0, count: header) + payload, maskedFrom: header)
    }

    private init(_ bytes: [UInt8], maskedFrom: Int?) {
        self.bytes = bytes
        self.maskedFrom = maskedFrom
        guard let stamp = bytes.firstIndex(of: UInt8(ascii: "~")) else {
            preconditionFailure("a template has a stamp")
        }
        stampOffset = stamp
        let prefix = Array("\"\(Self.noncePrefix)0".utf8)
        nonceOffset = bytes.indices.last { bytes[$0...].starts(with: prefix) }.map { $0 + prefix.count - 1 }
    }

    /// Writes the message into `buffer`, which must hold ``count`` bytes.
    /// - Parameters:
    ///   - nonce: a number that no other message of its channel has.
    ///   - key: the masking key.
    package func fill(_ stamp: Stamp, nonce: UInt32, key: UInt32, into buffer: UnsafeMutableRawBufferPointer) {
        buffer.copyBytes(from: bytes)
        stamp.write(into: buffer, at: stampOffset)
        if let nonceOffset { Stamp.write(UInt64(nonce), digits: Self.nonceDigits, into: buffer, at: nonceOffset) }
        guard let maskedFrom else { return }
        let frame = UnsafeMutableRawBufferPointer(rebasing: buffer[..<bytes.count])
        ClientFrame.seal(ClientFrame.text, frame, payloadBytes: bytes.count - maskedFrom, key: key)
    }
}

/// The heads of the requests that a bench makes.
enum HTTPText {
    static func head(_ method: String, _ path: String, host: String, token: String?, bodyBytes: Int?) -> String {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: \(MessageTemplate.userAgent)\r\n"
        if let token { head += "Authorization: \(token)\r\n" }
        if let bodyBytes { head += "Content-Type: application/json\r\nContent-Length: \(bodyBytes)\r\n" }
        return head + "\r\n"
    }

    /// The key of RFC 6455's own example: the server's answer to it is the same each time.
    static let webSocketKey = "dGhlIHNhbXBsZSBub25jZQ=="

    static func upgrade(_ path: String, host: String) -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: \(MessageTemplate.userAgent)\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Key: \(webSocketKey)\r\nSec-WebSocket-Version: 13\r\n\r\n"
    }
}
