/// A chat message as it is stored.
package struct Message: Hashable, Sendable {
    /// Discord's numbers for the kinds this cluster makes.
    package enum Kind: UInt8, Hashable, Sendable {
        case regular = 0
        /// Tells a channel that a message was pinned; ``Message/reference`` says which.
        case pinNote = 6
        case reply = 19
    }

    package var id: MessageID
    package var channel: ChannelID
    /// `nil` in direct messages.
    package var guild: GuildID?
    /// Who wrote it; a webhook's own id for what a webhook sent.
    package var author: UserID
    package var kind: Kind
    /// Up to ``Limits/contentScalarsMax`` Unicode scalars.
    package var content: String
    package var nonce: Nonce?
    package var isTTS: Bool
    package var flags: UInt32
    /// A JSON array of embed objects, checked and within limits; empty for none.
    package var embeds: [UInt8]
    package var mentions: Mentions
    /// The message that this one answers, or that it tells of; `nil` when there is none.
    package var reference: MessageReference?
    /// Unix milliseconds at which it was pinned; `nil` when it is not.
    package var pinnedAt: UInt64?
    /// `nil` when a user sent it.
    package var webhook: WebhookAuthor?
    /// At most ``Limits/attachmentsPerMessageMax``.
    package var attachments: [Attachment]
    /// Unix milliseconds of the last edit; `nil` when it was never edited.
    package var editedAt: UInt64?
    /// Unix milliseconds of the soft deletion; a deleted message is kept for audit and never served.
    package var deletedAt: UInt64?
    /// The id drawn for the write that made this state; the greater one wins (invariant I3).
    package var version: UInt64

    package init(
        id: MessageID, channel: ChannelID, guild: GuildID?, author: UserID, kind: Kind = .regular, content: String,
        nonce: Nonce? = nil, isTTS: Bool = false, flags: UInt32 = 0, embeds: [UInt8] = [],
        mentions: Mentions = Mentions(), reference: MessageReference? = nil, pinnedAt: UInt64? = nil,
        webhook: WebhookAuthor? = nil, attachments: [Attachment] = [], editedAt: UInt64? = nil,
        deletedAt: UInt64? = nil, version: UInt64
    ) {
        self.id = id
        self.channel = channel
        self.guild = guild
        self.author = author
        self.kind = kind
        self.content = content
        self.nonce = nonce
        self.isTTS = isTTS
        self.flags = flags
        self.embeds = embeds
        self.mentions = mentions
        self.reference = reference
        self.pinnedAt = pinnedAt
        self.webhook = webhook
        self.attachments = attachments
        self.editedAt = editedAt
        self.deletedAt = deletedAt
        self.version = version
    }

    package var isPinned: Bool { pinnedAt != nil }
}

/// A token that a client makes up to recognise its own message, echoed exactly as it was sent.
package enum Nonce: Hashable, Sendable {
    /// Up to ``Limits/nonceCharactersMax`` characters.
    case text(String)
    case integer(Int64)
    /// An integer beyond 63 bits; smaller ones are ``integer(_:)``.
    case unsigned(UInt64)
}

/// Whom a message mentions.
package struct Mentions: Hashable, Sendable {
    /// Ascending, each once, at most ``Limits/mentionsPerMessageMax``.
    package var users: [UserID]
    package var roles: [RoleID]
    package var everyone: Bool

    package init(users: [UserID] = [], roles: [RoleID] = [], everyone: Bool = false) {
        self.users = users
        self.roles = roles
        self.everyone = everyone
    }

    package var isEmpty: Bool { users.isEmpty && roles.isEmpty && !everyone }
}

/// What makes two sends one: the same author, channel and nonce within ``Limits/nonceWindowMilliseconds``.
package struct NonceKey: Hashable, Sendable {
    package var channel: ChannelID
    package var author: UserID
    package var nonce: Nonce

    package init(channel: ChannelID, author: UserID, nonce: Nonce) {
        self.channel = channel
        self.author = author
        self.nonce = nonce
    }
}

/// A message with the users that a reader of it needs to see.
///
/// Shared instead of copied: it is handed on many times on its way, and has dozens of fields.
package final class HydratedMessage: Sendable {
    package let message: Message
    package let author: User
    /// The author's place in the guild; `nil` in direct messages, and when the author has left.
    package let member: Member?
    package let mentioned: [User]
    /// What a reply answers; `nil` when the message is no reply, or when the reader may not read back.
    package let referenced: ReferencedMessage?
    /// In the order in which the emojis came; left out of live events, which tell of reactions one by one.
    package let reactions: [ReactionTally]

    package init(
        message: Message, author: User, member: Member?, mentioned: [User] = [], referenced: ReferencedMessage? = nil,
        reactions: [ReactionTally] = []
    ) {
        self.message = message
        self.author = author
        self.member = member
        self.mentioned = mentioned
        self.referenced = referenced
        self.reactions = reactions
    }

    /// The same with other reactions.
    package func with(_ reactions: [ReactionTally]) -> HydratedMessage {
        HydratedMessage(
            message: message, author: author, member: member, mentioned: mentioned, referenced: referenced,
            reactions: reactions)
    }

    /// The same as an answer to something else.
    package func answering(_ referenced: ReferencedMessage?) -> HydratedMessage {
        HydratedMessage(
            message: message, author: author, member: member, mentioned: mentioned, referenced: referenced,
            reactions: reactions)
    }
}

extension HydratedMessage: Hashable {
    package static func == (left: HydratedMessage, right: HydratedMessage) -> Bool {
        left === right
            || left.message == right.message && left.author == right.author && left.member == right.member
                && left.mentioned == right.mentioned && left.referenced == right.referenced
                && left.reactions == right.reactions
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(message) }
}
