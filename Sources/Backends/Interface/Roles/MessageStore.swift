package import Chat

/// One write of the chat service: the whole state of a message after a record of the log.
package struct MessageWrite: Hashable, Sendable {
    /// Its `version` decides: the write takes effect only if no greater version of the message is stored.
    package var message: Message
    /// Set on creation when the message came with a nonce that stands for it.
    package var nonceKey: NonceKey?

    package init(message: Message, nonceKey: NonceKey? = nil) {
        self.message = message
        self.nonceKey = nonceKey
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
package protocol MessageStore: Sendable {
    /// Writes a batch of at most 10,000, all or none, durably; also places new messages in their channel's bucket directory and remembers nonces.
    func apply(_ writes: [MessageWrite]) async throws(BackendError)

    /// One message; `nil` when there is none in that channel, or when it is deleted and deleted ones were not asked for.
    func message(
        _ id: MessageID, in channel: ChannelID, includingDeleted: Bool
    ) async throws(BackendError) -> Message?

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
}
