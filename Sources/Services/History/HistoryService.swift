package import Chat
package import Interface

/// Reads what was said, for those who may.
package struct HistoryService: Sendable {
    private struct PageKey: Hashable, Sendable {
        var channel: ChannelID
        var cursor: HistoryCursor
        var limit: Int
    }

    /// Channels asked of the store at a time.
    private static let channelsPerCallMax = 1_000

    let access: Access
    let store: any MessageStore
    private let pages = Coalescer<PageKey, [HydratedMessage]>()

    package init(access: Access, store: any MessageStore) {
        self.access = access
        self.store = store
    }

    /// Readers that wait for a page which others want as well: those of channels that are hot just now.
    package var waitingReaders: Int { pages.waitingCount }

    /// A page of a channel, newest first; `limit` is brought into 1 to ``Chat/Limits/pageMessagesMax``. Empty to those
    /// who may view the channel and not read back. Equal reads at the same time are one; what they share does not
    /// depend on who asks.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws; `.wrongChannelType` for a category; `.unavailable`.
    package func page(
        of channel: ChannelID, _ cursor: HistoryCursor, limit: Int, for user: UserID
    ) async throws(ServiceError) -> [HydratedMessage] {
        let grant = try await access.channel(channel, for: user)
        guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
        guard grant.permissions.contains(.readMessageHistory) else { return [] }
        let bounded = min(max(limit, 1), Limits.pageMessagesMax)
        let key = PageKey(channel: channel, cursor: cursor, limit: bounded)
        let page = try await pages.value(for: key) { () async throws(ServiceError) in
            let messages = try await ask { () async throws(BackendError) in
                try await store.page(of: channel, cursor, limit: bounded)
            }
            return try await hydrate(messages, in: channel)
        }
        return try await markOwnReactions(in: page, channel, of: user)
    }

    /// One message.
    /// - Throws: `.missingPermissions` without READ_MESSAGE_HISTORY, `.unknownMessage` also for a deleted one;
    ///   otherwise like the page.
    package func message(
        _ id: MessageID, in channel: ChannelID, for user: UserID
    ) async throws(ServiceError) -> HydratedMessage {
        _ = try await access.channel(channel, for: user, needing: .readMessageHistory)
        let found = try await ask { () async throws(BackendError) in
            try await store.message(id, in: channel, includingDeleted: false)
        }
        guard let found else { throw ServiceError(.unknownMessage) }
        let hydrated = try await markOwnReactions(
            in: try await hydrate([found], in: channel), channel, of: user)
        guard let first = hydrated.first else { throw ServiceError(.unknownMessage) }
        return first
    }

    /// The newest id ever given in each channel. For callers who have already asked what may be seen: an id alone shows
    /// no more than that something was said.
    package func lastMessages(of channels: [ChannelID]) async throws(ServiceError) -> [ChannelID: MessageID] {
        var last: [ChannelID: MessageID] = [:]
        var rest = channels[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.channelsPerCallMax))
            rest = rest.dropFirst(some.count)
            let found = try await ask { () async throws(BackendError) in try await store.lastMessages(of: some) }
            last.merge(found) { max($0, $1) }
        }
        return last
    }
}
