package import Chat
import Interface

// Who reacted, and what is pinned: parts of a channel's history, for those who may read it.
extension HistoryService {
    /// Users who reacted to a message with an emoji, with ids above `after`, ascending; `limit` is brought into 1 to 100.
    /// Accounts that are gone are left out.
    /// - Throws: like ``message(_:in:for:)``.
    package func reactors(
        to message: MessageID, in channel: ChannelID, with emoji: ReactionEmoji, after: UserID, limit: Int,
        for user: UserID
    ) async throws(ServiceError) -> [User] {
        _ = try await access.channel(channel, for: user, needing: .readMessageHistory)
        let found = try await ask { () async throws(BackendError) in
            try await store.message(message, in: channel, includingDeleted: false)
        }
        guard found != nil else { throw ServiceError(.unknownMessage) }
        let ids = try await ask { () async throws(BackendError) in
            try await store.reactors(
                to: message, in: channel, with: emoji, after: after, limit: min(max(limit, 1), 100))
        }
        let users = try await access.cache.users(ids)
        return ids.compactMap { users[$0] }
    }

    /// What is pinned in a channel, the latest pinned first; nothing for those who may not read back.
    /// - Throws: like ``page(of:_:limit:for:)``.
    package func pins(of channel: ChannelID, for user: UserID) async throws(ServiceError) -> [HydratedMessage] {
        let grant = try await access.channel(channel, for: user)
        guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
        guard grant.permissions.contains(.readMessageHistory) else { return [] }
        let pins = try await ask { () async throws(BackendError) in try await store.pins(of: channel) }
        let hydrated = try await hydrate(pins.messages, in: channel)
        return try await markOwnReactions(in: hydrated, channel, of: user)
    }
}
