package import Chat

/// Where clients fetch attachments from: addresses that work without a token, for a while (see ``Chat/FileTicket``).
package struct AttachmentLinks: Sendable {
    /// So long is an address the same, so that what was fetched once is known again.
    private static let stepSeconds: UInt64 = 3_600

    private let base: @Sendable () -> String
    private let lifetimeSeconds: UInt64
    private let now: @Sendable () -> UInt64

    /// - Parameters:
    ///   - base: the absolute address under which files are served, without a slash at its end; empty while none are.
    ///   - lifetimeSeconds: how long an address works at least; at most an hour longer, and never twice as long.
    ///   - now: Unix seconds.
    package init(
        base: @escaping @Sendable () -> String = { "" }, lifetimeSeconds: UInt64 = 86_400,
        now: @escaping @Sendable () -> UInt64 = { 0 }
    ) {
        self.base = base
        self.lifetimeSeconds = lifetimeSeconds
        self.now = now
    }

    /// `{base}/attachments/{channel}/{attachment}/{file name}`, as Discord's addresses are, with the ticket's rest in the
    /// query: until when (`ex`), of which message (`m`), signed (`hm`).
    package func url(of attachment: Attachment, in channel: ChannelID, of message: MessageID) -> String {
        let step = max(1, min(Self.stepSeconds, lifetimeSeconds))
        let ticket = FileTicket(
            channel: channel, message: message, attachment: attachment.id,
            expiresAt: (now() / step + 1) * step + lifetimeSeconds)
        let path = "\(base())/attachments/\(channel)/\(attachment.id)/\(Self.encoded(attachment.filename))"
        return path + "?ex=\(ticket.expiresAt)&m=\(message)&hm=\(ticket.signature(key: attachment.key))"
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
