package import Chat

/// One write of the chat service: the whole state of a message after a record of the log.
package struct MessageWrite: Hashable, Sendable {
    /// Its `version` decides: the write takes effect only if no greater version of the message is stored.
    package var message: Message
    /// Set on creation when the message came with a nonce that stands for it.
    package var nonceKey: NonceKey?
    /// Whether the channel's pins are others after it: the message was pinned, unpinned, or deleted while pinned.
    package var changesPins: Bool

    package init(message: Message, nonceKey: NonceKey? = nil, changesPins: Bool = false) {
        self.message = message
        self.nonceKey = nonceKey
        self.changesPins = changesPins
    }
}

/// A change of a message's reactions by one record of the log.
package struct ReactionWrite: Hashable, Sendable {
    package enum Change: Hashable, Sendable {
        case add(ReactionEmoji, UserID)
        case remove(ReactionEmoji, UserID)
        /// All with an emoji; all there are when it is `nil`.
        case clear(ReactionEmoji?)
    }

    package var channel: ChannelID
    package var message: MessageID
    package var change: Change
    /// The id drawn for the record.
    package var version: UInt64

    package init(channel: ChannelID, message: MessageID, change: Change, version: UInt64) {
        self.channel = channel
        self.message = message
        self.change = change
        self.version = version
    }
}

/// What became of a command that changes reactions or pins. Its traces may be gone when the command is redelivered, because a later one undid
/// them: so it is kept by itself, for a day.
package struct CommandFate: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable {
        case changed = 0
        /// There was nothing to do.
        case unchanged = 1
        case missingPermission = 2
        case tooMany = 3
    }

    package var channel: ChannelID
    /// The id drawn for the record.
    package var version: UInt64
    package var kind: Kind

    package init(channel: ChannelID, version: UInt64, kind: Kind) {
        self.channel = channel
        self.version = version
        self.kind = kind
    }
}

/// What one batch of the log changes.
package struct StoreBatch: Hashable, Sendable {
    package var messages: [MessageWrite]
    /// In the order of the log.
    package var reactions: [ReactionWrite]
    package var fates: [CommandFate]

    package init(messages: [MessageWrite] = [], reactions: [ReactionWrite] = [], fates: [CommandFate] = []) {
        self.messages = messages
        self.reactions = reactions
        self.fates = fates
    }

    package var isEmpty: Bool { messages.isEmpty && reactions.isEmpty && fates.isEmpty }
}

/// How a message was reacted to.
package struct MessageReactions: Hashable, Sendable {
    /// The version of the last change; 0 before the first.
    package var version: UInt64
    /// In the order in which the emojis came, none of them ``Chat/ReactionTally/isMine``.
    package var tallies: [ReactionTally]

    package init(version: UInt64 = 0, tallies: [ReactionTally] = []) {
        self.version = version
        self.tallies = tallies
    }
}

/// What is pinned in a channel.
package struct ChannelPins: Hashable, Sendable {
    /// The version of the last change; 0 before the first.
    package var version: UInt64
    /// When a message was last pinned, in Unix milliseconds.
    package var lastPinAt: UInt64?
    /// The latest pinned first; deleted ones are left out.
    package var messages: [Message]

    package init(version: UInt64 = 0, lastPinAt: UInt64? = nil, messages: [Message] = []) {
        self.version = version
        self.lastPinAt = lastPinAt
        self.messages = messages
    }
}

/// Which page of a channel's history.
package enum HistoryCursor: Hashable, Sendable {
    case latest
    /// The messages next older than the id, which need not exist.
    case before(MessageID)
    /// The messages next newer than the id, which need not exist.
    case after(MessageID)
    /// Up to half of the page at either side of the id, and the message itself.
    case around(MessageID)
}

/// Where a message stands.
package struct MessageLocation: Hashable, Sendable {
    package var channel: ChannelID
    package var id: MessageID

    package init(channel: ChannelID, id: MessageID) {
        self.channel = channel
        self.id = id
    }
}

/// Messages, for ever.
///
/// Every write is an upsert guarded by the message's version: repeating a batch, or a part of it, in any order, leaves the same rows
/// (invariant I3). A reader sees a batch's effects once ``apply(_:)`` has returned. Soft-deleted messages are kept, but no reader sees them,
/// except through ``message(_:in:includingDeleted:)``.
///
/// Reactions of a message change in the order of their versions: a change takes effect only if its version is greater than that of the last
/// one that did, so that repeating the log from any earlier place on counts nothing twice.
package protocol MessageStore: Sendable {
    /// Writes a batch of at most 10,000 messages, as many reactions and as many fates, all or none, durably; also places new messages in
    /// their channel's bucket directory and remembers nonces. Reactions take effect in the order given.
    func apply(_ batch: StoreBatch) async throws(BackendError)

    /// One message; `nil` when there is none in that channel, or when it is deleted and deleted ones were not asked for.
    func message(
        _ id: MessageID, in channel: ChannelID, includingDeleted: Bool
    ) async throws(BackendError) -> Message?

    /// Those of these messages (at most 100 ids) that exist and are not deleted, in no order.
    func messages(_ ids: [MessageID], in channel: ChannelID) async throws(BackendError) -> [Message]

    /// A page of history, newest first, at most `limit` messages (1 to 100).
    func page(
        of channel: ChannelID, _ cursor: HistoryCursor, limit: Int
    ) async throws(BackendError) -> [Message]

    /// The message that a nonce stands for, for those keys that have one (at most 10,000 keys). Nonces older than
    /// ``Limits/nonceWindowMilliseconds`` before `now` (Unix milliseconds) may be forgotten.
    func messages(forNonces keys: [NonceKey], now: UInt64) async throws(BackendError) -> [NonceKey: MessageID]

    /// The channel's non-empty buckets, ascending.
    func buckets(of channel: ChannelID) async throws(BackendError) -> [BucketEntry]

    /// The newest id ever placed in each of these channels; channels without messages are left out.
    func lastMessages(of channels: [ChannelID]) async throws(BackendError) -> [ChannelID: MessageID]

    /// Messages behind a place, at most `limit` (1 to 1,000): a walk from one page's last message to the next page meets
    /// every message that was stored before the walk began and is not deleted. The order is the store's own; a channel's
    /// messages stand together in it, ascending. Empty at the end.
    /// - Parameter channel: only this one.
    func scan(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [Message]

    /// How each of these messages (at most 100 ids) was reacted to; messages never reacted to are left out. Reads a row for each emoji, however
    /// many users there are.
    func reactions(
        to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: MessageReactions]

    /// The emojis, by ``Chat/ReactionEmoji/key``, with which a user reacted to each of these messages (at most 100 ids).
    func ownReactions(
        of user: UserID, to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: Set<String>]

    /// Whether a user reacts to a message with an emoji.
    func hasReaction(
        of user: UserID, with emoji: ReactionEmoji, to message: MessageID, in channel: ChannelID
    ) async throws(BackendError) -> Bool

    /// What became of a command; `nil` when it left no fate, or when that is older than a day.
    func fate(of version: UInt64, in channel: ChannelID) async throws(BackendError) -> CommandFate.Kind?

    /// Users who reacted with an emoji, with ids above `after`, ascending, at most `limit` (1 to 100).
    func reactors(
        to message: MessageID, in channel: ChannelID, with emoji: ReactionEmoji, after: UserID, limit: Int
    ) async throws(BackendError) -> [UserID]

    /// What is pinned in a channel, at most 100 messages.
    func pins(of channel: ChannelID) async throws(BackendError) -> ChannelPins
}

extension MessageStore {
    /// Writes messages alone.
    package func apply(_ writes: [MessageWrite]) async throws(BackendError) {
        try await apply(StoreBatch(messages: writes))
    }
}
