package import Chat

/// What kind of account wrote a message.
package enum SearchAuthorKind: String, Hashable, Sendable, CaseIterable {
    case user, bot, webhook
}

/// What a message carries besides its words.
package enum SearchFeature: String, Hashable, Sendable, CaseIterable {
    case image, sound, video, file, sticker, embed, link, poll, snapshot
}

/// A message as the search index keeps it.
package struct SearchDocument: Hashable, Sendable {
    /// Unique in the whole cluster.
    package var id: MessageID
    package var channel: ChannelID
    package var author: UserID
    package var authorKind: SearchAuthorKind
    /// The message's; the greater one wins.
    package var version: UInt64
    package var content: String
    package var mentions: Mentions
    package var features: Set<SearchFeature>
    /// Host names of the links in it, in lower case.
    package var linkHosts: Set<String>
    /// Discord's words for its embeds' kinds: `rich`.
    package var embedTypes: Set<String>
    /// Names of its files; how they are written in capitals and small letters does not matter.
    package var filenames: Set<String>
    /// Whether it is pinned in its channel.
    package var isPinned: Bool
    /// What it replies to; `nil` when it is no reply.
    package var repliedToMessage: MessageID?
    /// Who wrote that; `nil` when nobody knows, too.
    package var repliedToUser: UserID?

    package init(
        id: MessageID, channel: ChannelID, author: UserID, authorKind: SearchAuthorKind = .user, version: UInt64,
        content: String, mentions: Mentions = Mentions(), features: Set<SearchFeature> = [],
        linkHosts: Set<String> = [], embedTypes: Set<String> = [], filenames: Set<String> = [],
        isPinned: Bool = false, repliedToMessage: MessageID? = nil, repliedToUser: UserID? = nil
    ) {
        self.id = id
        self.channel = channel
        self.author = author
        self.authorKind = authorKind
        self.version = version
        self.content = content
        self.mentions = mentions
        self.features = features
        self.linkHosts = linkHosts
        self.embedTypes = embedTypes
        self.filenames = filenames
        self.isPinned = isPinned
        self.repliedToMessage = repliedToMessage
        self.repliedToUser = repliedToUser
    }

    package var place: MessageLocation { MessageLocation(channel: channel, id: id) }
}

/// One change of the index.
package enum SearchChange: Hashable, Sendable {
    /// Takes effect unless the index holds this version of the message or a greater one, or the message was removed.
    case put(SearchDocument)
    /// For good: nothing brings the message back but an index that is built anew.
    case remove(MessageLocation)

    package var place: MessageLocation {
        switch self {
        case .put(let document): document.place
        case .remove(let place): place
        }
    }
}

/// How far one partition of the topic `messages-stored` is indexed.
package struct IndexedThrough: Hashable, Sendable {
    /// The offset of the next record to index.
    package var next: UInt64
    /// Unix milliseconds of the last record that was indexed.
    package var timestamp: UInt64

    package init(next: UInt64, timestamp: UInt64) {
        self.next = next
        self.timestamp = timestamp
    }
}

/// A message in the index, without its words.
package struct SearchEntry: Hashable, Sendable {
    package var place: MessageLocation
    package var version: UInt64

    package init(place: MessageLocation, version: UInt64) {
        self.place = place
        self.version = version
    }
}
