package import Chat

/// Where clients fetch attachments from.
package struct AttachmentLinks: Hashable, Sendable {
    /// The absolute address under which files are served, without a slash at its end; empty while none are.
    package var base: String

    package init(base: String = "") {
        self.base = base
    }

    /// `{base}/attachments/{channel}/{attachment}/{file name}`, as Discord's addresses end.
    package func url(of attachment: Attachment, in channel: ChannelID) -> String {
        "\(base)/attachments/\(channel)/\(attachment.id)/\(Self.encoded(attachment.filename))"
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
