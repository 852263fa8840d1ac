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

    private let access: Access
    private let store: any MessageStore
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
        return try await pages.value(for: key) { () async throws(ServiceError) in
            let messages: [Message]
            do throws(BackendError) {
                messages = try await store.page(of: channel, cursor, limit: bounded)
            } catch {
                throw ServiceError(error)
            }
            return try await hydrate(messages)
        }
    }

    /// One message.
    /// - Throws: `.missingPermissions` without READ_MESSAGE_HISTORY, `.unknownMessage` also for a deleted one;
    ///   otherwise like the page.
    package func message(
        _ id: MessageID, in channel: ChannelID, for user: UserID
    ) async throws(ServiceError) -> HydratedMessage {
        _ = try await access.channel(channel, for: user, needing: .readMessageHistory)
        let found: Message?
        do throws(BackendError) {
            found = try await store.message(id, in: channel, includingDeleted: false)
        } catch {
            throw ServiceError(error)
        }
        guard let found, let hydrated = try await hydrate([found]).first else { throw ServiceError(.unknownMessage) }
        return hydrated
    }

    /// The newest id ever given in each channel. For callers who have already asked what may be seen: an id alone shows
    /// no more than that something was said.
    package func lastMessages(of channels: [ChannelID]) async throws(ServiceError) -> [ChannelID: MessageID] {
        var last: [ChannelID: MessageID] = [:]
        var rest = channels[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(Self.channelsPerCallMax))
            rest = rest.dropFirst(some.count)
            do throws(BackendError) {
                last.merge(try await store.lastMessages(of: some)) { max($0, $1) }
            } catch {
                throw ServiceError(error)
            }
        }
        return last
    }

    /// Adds the users that a reader needs, all in one look-up. Members are left out: Discord's history does not show
    /// them.
    func hydrate(_ messages: [Message]) async throws(ServiceError) -> [HydratedMessage] {
        guard !messages.isEmpty else { return [] }
        var wanted: Set<UserID> = []
        for message in messages {
            wanted.insert(message.author)
            wanted.formUnion(message.mentions.users)
        }
        let users = try await access.cache.users(wanted.sorted())
        return messages.map { message in
            HydratedMessage(
                message: message, author: users[message.author] ?? Self.deletedUser(message.author), member: nil,
                mentioned: message.mentions.users.compactMap { users[$0] }
            )
        }
    }

    /// Stands for an account that is gone; what it said stays.
    private static func deletedUser(_ id: UserID) -> User {
        User(id: id, username: "Deleted User")
    }
}
