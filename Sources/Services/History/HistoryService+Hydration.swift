import Chat
import Interface

// What readers need to see beside the rows.
extension HistoryService {
    /// Adds users, quotations and reactions: a bounded number of questions for a page, each asked once. Members are left
    /// out: Discord's history does not show them. Nothing in it depends on who asks.
    func hydrate(_ messages: [Message], in channel: ChannelID) async throws(ServiceError) -> [HydratedMessage] {
        guard !messages.isEmpty else { return [] }
        let reactions = try await ask { () async throws(BackendError) in
            try await store.reactions(to: messages.map(\.id), in: channel)
        }
        let quoted = try await quoted(by: messages, in: channel)
        var wanted: Set<UserID> = []
        for message in messages + Array(quoted.values) {
            if message.webhook == nil { wanted.insert(message.author) }
            wanted.formUnion(message.mentions.users)
        }
        let users = try await access.cache.users(wanted.sorted())
        func author(of message: Message) -> User {
            message.webhook?.user ?? users[message.author] ?? .deleted(message.author)
        }
        return messages.map { message in
            var referenced: ReferencedMessage?
            if message.kind == .reply, let reference = message.reference {
                referenced =
                    quoted[reference.message].map { quoted in
                        .quoted(
                            QuotedMessage(
                                message: quoted, author: author(of: quoted),
                                mentioned: quoted.mentions.users.compactMap { users[$0] }))
                    } ?? .deleted
            }
            return HydratedMessage(
                message: message, author: author(of: message), member: nil,
                mentioned: message.mentions.users.compactMap { users[$0] }, referenced: referenced,
                reactions: reactions[message.id]?.tallies ?? [])
        }
    }

    /// The same for messages of several channels, as one reader sees them; `nil` when nobody in particular asks.
    func hydrate(_ messages: [Message], for user: UserID?) async throws(ServiceError) -> [HydratedMessage] {
        var found: [HydratedMessage] = []
        for (channel, some) in Dictionary(grouping: messages, by: \.channel) {
            let hydrated = try await hydrate(some, in: channel)
            if let user {
                found += try await markOwnReactions(in: hydrated, channel, of: user)
            } else {
                found += hydrated
            }
        }
        return found
    }

    /// The messages that some of a page answer, by id; those that are gone are left out. What is answered is in the same
    /// channel, so that whoever may read the page may read them.
    private func quoted(
        by messages: [Message], in channel: ChannelID
    ) async throws(ServiceError) -> [MessageID: Message] {
        let wanted = Set(
            messages.compactMap { $0.kind == .reply && $0.reference?.channel == channel ? $0.reference?.message : nil })
        guard !wanted.isEmpty else { return [:] }
        let present = messages.filter { wanted.contains($0.id) }
        let missing = wanted.subtracting(present.map(\.id)).sorted()
        let found =
            missing.isEmpty
            ? []
            : try await ask { () async throws(BackendError) in try await store.messages(missing, in: channel) }
        return Dictionary((present + found).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Says which reactions are the reader's own: one question for a page, and none for a page without reactions.
    func markOwnReactions(
        in page: [HydratedMessage], _ channel: ChannelID, of user: UserID
    ) async throws(ServiceError) -> [HydratedMessage] {
        let reacted = page.filter { !$0.reactions.isEmpty }.map(\.message.id)
        guard !reacted.isEmpty else { return page }
        let own = try await ask { () async throws(BackendError) in
            try await store.ownReactions(of: user, to: reacted, in: channel)
        }
        guard !own.isEmpty else { return page }
        return page.map { hydrated in
            guard let keys = own[hydrated.message.id] else { return hydrated }
            return hydrated.with(
                hydrated.reactions.map { tally in
                    var marked = tally
                    if keys.contains(tally.emoji.key) { marked.isMine = true }
                    return marked
                })
        }
    }

    func ask<Value: Sendable>(
        _ body: () async throws(BackendError) -> Value
    ) async throws(ServiceError) -> Value {
        do throws(BackendError) {
            return try await body()
        } catch {
            throw ServiceError(error)
        }
    }
}
