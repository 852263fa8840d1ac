import Chat
import FoundationEssentials
import Interface

/// What a notification says, as JSON: enough to show it, and to open the message.
struct PushLetter: Encodable, Hashable, Sendable {
    struct Author: Encodable, Hashable, Sendable {
        var id: String
        var username: String
        var globalName: String?
    }

    /// Unicode scalars of a message's beginning that are shown.
    static let snippetScalarsMax = 200

    var type = "MESSAGE_CREATE"
    var channelId: String
    var guildId: String?
    var messageId: String
    var author: Author
    var content: String
    /// Files of the message.
    var attachments: Int
    /// Unix milliseconds of the message.
    var timestamp: UInt64

    init(_ message: Message, author: User) {
        channelId = message.channel.description
        guildId = message.guild?.description
        messageId = message.id.description
        self.author = Author(
            id: author.id.description, username: author.username, globalName: author.globalName)
        let scalars = message.content.unicodeScalars
        let start = String(String.UnicodeScalarView(scalars.prefix(Self.snippetScalarsMax)))
        content = scalars.count > Self.snippetScalarsMax ? start + "…" : start
        attachments = message.attachments.count
        timestamp = message.id.unixMilliseconds
    }

    /// Within ``Interface/PushCipherRules/plaintextBytesMax``, which 200 scalars and three names cannot fill.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text and whole numbers can always be written.
        return (try? encoder.encode(self)).map { Array($0) } ?? []
    }
}

/// The header by which a push service knows the sender (RFC 8292).
struct PushCredential: Sendable {
    /// A token is good for a day at most; ours for half of one.
    private static let lifeSeconds: UInt64 = 43_200

    let keys: PushKeyPair
    let contact: String
    let cipher: any PushCipher

    /// - Parameter now: Unix seconds.
    func authorization(for endpoint: PushEndpoint, now: UInt64) throws(BackendError) -> String {
        let header = #"{"typ":"JWT","alg":"ES256"}"#
        let claims = #"{"aud":"\#(endpoint.origin)","exp":\#(now + Self.lifeSeconds),"sub":"\#(contact)"}"#
        let signed = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        let signature = try cipher.sign(Array(signed.utf8), with: keys)
        return "vapid t=\(signed).\(Base64URL.encode(signature)), k=\(Base64URL.encode(keys.publicKey))"
    }
}
