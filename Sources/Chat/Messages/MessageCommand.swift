/// One record of the topic `messages`: something a client asked to be done to a channel's messages, already checked and permitted at the
/// edge. What it becomes is decided by the chat service alone, in the order of the log.
package struct MessageCommand: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        case create(MessageDraft)
        case edit(MessageID, MessageEdit)
        case delete(MessageID)
        /// 2 to ``Limits/bulkDeleteMax`` ids.
        case deleteMany([MessageID])
        case react(MessageID, ReactionChange)
        /// Takes away the reaction of a user, who need not be the actor.
        case unreact(MessageID, ReactionEmoji, UserID)
        /// Takes away all reactions with an emoji; all there are when it is `nil`.
        case clearReactions(MessageID, ReactionEmoji?)
        case pin(MessageID)
        case unpin(MessageID)
    }

    package var channel: ChannelID
    package var guild: GuildID?
    package var actor: UserID
    /// The guild's permission epoch under which the command was accepted; in direct messages, the channel's version.
    package var epoch: UInt64
    /// Where to send the outcome; `nil` when nobody waits.
    package var origin: CommandOrigin?
    package var action: Action

    package init(
        channel: ChannelID, guild: GuildID?, actor: UserID, epoch: UInt64, origin: CommandOrigin?, action: Action
    ) {
        self.channel = channel
        self.guild = guild
        self.actor = actor
        self.epoch = epoch
        self.origin = origin
        self.action = action
    }
}

/// The edge that waits for a command's outcome.
package struct CommandOrigin: Hashable, Sendable {
    /// The node's number, as leased from the coordinator.
    package var node: UInt16
    /// Unique on that node while it lives; starts at random, so that a restarted node mistakes no old answer for a new one.
    package var request: UInt64
    /// Whether it wants to see what everybody sees; otherwise it is told no more than that the command came to its end.
    package var wantsEvent: Bool

    package init(node: UInt16, request: UInt64, wantsEvent: Bool = true) {
        self.node = node
        self.request = request
        self.wantsEvent = wantsEvent
    }
}

/// A message before it has an id. It carries its author as the edge saw them, so that delivery needs no look-up.
///
/// Shared instead of copied, like ``HydratedMessage``.
package final class MessageDraft: Sendable {
    package let author: User
    package let member: Member?
    package let kind: Message.Kind
    package let content: String
    package let nonce: Nonce?
    /// Whether a second draft with the same nonce yields the first message instead of a second one.
    package let enforcesNonce: Bool
    package let isTTS: Bool
    package let flags: UInt32
    package let embeds: [UInt8]
    package let mentions: Mentions
    package let mentioned: [User]
    /// What it answers or tells of.
    package let reference: MessageReference?
    /// Whether it is refused when what it answers is gone; otherwise it becomes an ordinary message.
    package let needsReference: Bool
    /// Set when a webhook sends it; ``author`` then stands for the webhook.
    package let webhook: WebhookAuthor?
    package let attachments: [Attachment]

    package init(
        author: User, member: Member?, kind: Message.Kind = .regular, content: String, nonce: Nonce? = nil,
        enforcesNonce: Bool = false, isTTS: Bool = false, flags: UInt32 = 0, embeds: [UInt8] = [],
        mentions: Mentions = Mentions(), mentioned: [User] = [], reference: MessageReference? = nil,
        needsReference: Bool = false, webhook: WebhookAuthor? = nil, attachments: [Attachment] = []
    ) {
        self.author = author
        self.member = member
        self.kind = kind
        self.content = content
        self.nonce = nonce
        self.enforcesNonce = enforcesNonce
        self.isTTS = isTTS
        self.flags = flags
        self.embeds = embeds
        self.mentions = mentions
        self.mentioned = mentioned
        self.reference = reference
        self.needsReference = needsReference
        self.webhook = webhook
        self.attachments = attachments
    }
}

extension MessageDraft: Hashable {
    package static func == (left: MessageDraft, right: MessageDraft) -> Bool {
        left === right
            || left.author == right.author && left.member == right.member && left.kind == right.kind
                && left.content == right.content && left.nonce == right.nonce
                && left.enforcesNonce == right.enforcesNonce && left.isTTS == right.isTTS && left.flags == right.flags
                && left.embeds == right.embeds && left.mentions == right.mentions && left.mentioned == right.mentioned
                && left.reference == right.reference && left.needsReference == right.needsReference
                && left.webhook == right.webhook && left.attachments == right.attachments
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(author.id)
        hasher.combine(content)
        hasher.combine(nonce)
    }
}

/// What becomes of a message's files in an edit.
package struct AttachmentChange: Hashable, Sendable {
    /// Those of its files that stay, with what is said about them from now on; an id that the message has not is
    /// ignored. A `nil` description leaves the one that is there.
    package struct Kept: Hashable, Sendable {
        package var id: AttachmentID
        package var description: String?

        package init(id: AttachmentID, description: String? = nil) {
            self.id = id
            self.description = description
        }
    }

    package var kept: [Kept]
    package var added: [Attachment]

    package init(kept: [Kept] = [], added: [Attachment] = []) {
        self.kept = kept
        self.added = added
    }

    /// The files that a message has behind it: those that stay in their order, then the new ones.
    package func applied(to attachments: [Attachment]) -> [Attachment] {
        let kept = Dictionary(self.kept.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        let staying = attachments.compactMap { attachment -> Attachment? in
            guard let entry = kept[attachment.id] else { return nil }
            var staying = attachment
            if let description = entry.description { staying.description = description.isEmpty ? nil : description }
            return staying
        }
        return staying + added
    }
}

/// What an edit changes; `nil` leaves a part as it is.
package struct MessageEdit: Hashable, Sendable {
    /// The editor as the edge saw them: only authors edit, so this is the message's author.
    package var author: User
    package var member: Member?
    package var content: String?
    package var embeds: [UInt8]?
    package var flags: UInt32?
    /// The mentions of the new content; `nil` when the content stays.
    package var mentions: Mentions?
    package var mentioned: [User]
    package var attachments: AttachmentChange?

    package init(
        author: User, member: Member?, content: String?, embeds: [UInt8]? = nil, flags: UInt32? = nil,
        mentions: Mentions? = nil,
        mentioned: [User] = [], attachments: AttachmentChange? = nil
    ) {
        self.author = author
        self.member = member
        self.content = content
        self.embeds = embeds
        self.flags = flags
        self.mentions = mentions
        self.mentioned = mentioned
        self.attachments = attachments
    }
}
