import Chat
import Interface

// What the index keeps of a message.

extension SearchDocument {
    /// - Parameter repliedTo: who wrote what a reply answers.
    init(_ message: Message, author: User?, repliedTo: UserID? = nil) {
        let isReply = message.kind == .reply
        let hosts = LinkHosts.all(in: message.content)
        var features: Set<SearchFeature> = []
        if !hosts.isEmpty { features.insert(.link) }
        if !message.embeds.isEmpty { features.insert(.embed) }
        for attachment in message.attachments { features.formUnion([.file, Self.feature(of: attachment)]) }
        self.init(
            id: message.id, channel: message.channel, author: message.author,
            authorKind: Self.authorKind(of: message, author), version: message.version, content: message.content,
            mentions: message.mentions, features: features, linkHosts: hosts,
            // What is sent through the API is always of this kind.
            embedTypes: message.embeds.isEmpty ? [] : ["rich"],
            filenames: Set(message.attachments.map(\.filename)), isPinned: message.isPinned,
            repliedToMessage: isReply ? message.reference?.message : nil, repliedToUser: isReply ? repliedTo : nil
        )
    }

    /// What a file is besides a file.
    private static func feature(of attachment: Attachment) -> SearchFeature {
        let type = attachment.contentType ?? ""
        if type.hasPrefix("image/") { return .image }
        if type.hasPrefix("video/") { return .video }
        return type.hasPrefix("audio/") ? .sound : .file
    }

    private static func authorKind(of message: Message, _ author: User?) -> SearchAuthorKind {
        guard message.webhook == nil else { return .webhook }
        return author?.isBot == true ? .bot : .user
    }
}

extension MessageStore {
    /// Who wrote what a message replies to, be it deleted or not: an author never changes. `nil` when it is no reply, or to
    /// nothing that there was.
    func authorReplied(to message: Message) async throws(BackendError) -> UserID? {
        guard message.kind == .reply, let reference = message.reference else { return nil }
        return try await self.message(reference.message, in: reference.channel, includingDeleted: true)?.author
    }
}

/// The hosts of the links in a text.
enum LinkHosts {
    private static let schemes = ["https://", "http://"]
    /// Bytes of a host name (RFC 1035, 2.3.4).
    private static let hostBytesMax = 253

    /// In lower case, without ports and user names.
    static func all(in text: String) -> Set<String> {
        var hosts: Set<String> = []
        // Most messages have no colon, and looking at bytes costs next to nothing.
        guard text.utf8.contains(UInt8(ascii: ":")) else { return hosts }
        for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "<" || $0 == "(" }) {
            let lowered = word.lowercased()
            guard let scheme = schemes.first(where: { lowered.hasPrefix($0) }) else { continue }
            let authority = lowered.dropFirst(scheme.count).prefix { !"/?#>)".contains($0) }
            let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? authority
            let name = host.prefix { $0 != ":" }
            guard !name.isEmpty, name.utf8.count <= hostBytesMax else { continue }
            hosts.insert(String(name))
        }
        return hosts
    }
}
