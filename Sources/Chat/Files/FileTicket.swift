/// The right to fetch one file of one message for a while, as its address carries it.
///
/// Whoever may read a message gets its files' addresses with it, and nobody else can make one: each is signed with the
/// file's own secret key, which never leaves the cluster. What the ticket names is looked up when it is used, so that it
/// ends with the message, or with the file's place in it.
package struct FileTicket: Hashable, Sendable {
    /// Bytes of a signature: half of what the hash gives, far beyond guessing.
    private static let signatureBytes = 16

    package var channel: ChannelID
    package var message: MessageID
    package var attachment: AttachmentID
    /// Unix seconds.
    package var expiresAt: UInt64

    package init(channel: ChannelID, message: MessageID, attachment: AttachmentID, expiresAt: UInt64) {
        self.channel = channel
        self.message = message
        self.attachment = attachment
        self.expiresAt = expiresAt
    }

    /// Hexadecimal digits that only who knows the file's key can write.
    /// - Parameter key: ``Attachment/key``.
    package func signature(key: String) -> String {
        let text = "\(channel)/\(message)/\(attachment)/\(expiresAt)"
        return Hexadecimal.text(SHA256.code(over: Array(text.utf8), key: Array(key.utf8)).prefix(Self.signatureBytes))
    }

    /// Whether this is the ticket's signature, in a time that does not depend on where the two differ.
    package func isSigned(_ claimed: String, key: String) -> Bool {
        let expected = Array(signature(key: key).utf8)
        let given = Array(claimed.utf8)
        guard given.count == expected.count else { return false }
        return zip(expected, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// Bytes as text, two lower-case digits each.
package enum Hexadecimal {
    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
