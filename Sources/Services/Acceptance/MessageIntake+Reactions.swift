package import Chat
import Interface

// Reactions and pins. They go the way of messages: through the log in their order, decided by the chat service.
extension MessageIntake {
    /// Reacts to a message. Reacting again changes nothing.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws; `.cannotMessageUser` when one of the two has blocked the
    ///   other; `.unknownMessage`; `.missingPermissions` without ADD_REACTIONS when the message has no such reaction yet;
    ///   `.tooMany(.reactions)`; `.unavailable`, `.queued`.
    package func react(
        with emoji: ReactionEmoji, to message: MessageID, in channel: ChannelID, as user: User
    ) async throws(ServiceError) {
        let grant = try await access.channel(channel, for: user.id, needing: .readMessageHistory)
        // Who blocks somebody, or is blocked, joins in no reaction either.
        if grant.direct?.isSevered == true { throw ServiceError(.cannotMessageUser) }
        // Joining in a reaction takes no permission, but whoever is timed out does not even that.
        guard !grant.isTimedOut else { throw ServiceError(.missingPermissions) }
        var needed: Permissions = .addReactions
        // No guild has emojis of its own here, so that a custom one always comes from elsewhere.
        if emoji.id != nil { needed.insert(.useExternalEmojis) }
        let change = ReactionChange(
            emoji: emoji, user: user, member: grant.member, mayBeFirst: grant.permissions.isSuperset(of: needed)
        )
        try await event(of: try await append(.react(message, change), grant, by: user.id))
    }

    /// Takes a reaction away: one's own, or anybody's with MANAGE_MESSAGES. One that is not there changes nothing.
    /// - Throws: like ``react(with:to:in:as:)``.
    package func unreact(
        with emoji: ReactionEmoji, of user: UserID, to message: MessageID, in channel: ChannelID, as actor: UserID
    ) async throws(ServiceError) {
        let needed: Permissions = user == actor ? .readMessageHistory : [.readMessageHistory, .manageMessages]
        let grant = try await access.channel(channel, for: actor, needing: needed)
        try await event(of: try await append(.unreact(message, emoji, user), grant, by: actor))
    }

    /// Takes all reactions with an emoji away, or all there are; takes MANAGE_MESSAGES.
    /// - Throws: like ``react(with:to:in:as:)``.
    package func clearReactions(
        with emoji: ReactionEmoji?, to message: MessageID, in channel: ChannelID, as actor: UserID
    ) async throws(ServiceError) {
        let grant = try await access.channel(channel, for: actor, needing: [.readMessageHistory, .manageMessages])
        try await event(of: try await append(.clearReactions(message, emoji), grant, by: actor))
    }

    /// Pins a message, and tells the channel so with a message of its own; takes PIN_MESSAGES, or MANAGE_MESSAGES as
    /// before. Pinning again changes nothing.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws; `.cannotMessageUser` when one of the two has blocked the
    ///   other; `.unknownMessage`, `.systemMessage`, `.tooMany(.pins)`, `.unavailable`, `.queued`.
    package func pin(_ message: MessageID, in channel: ChannelID, as user: User) async throws(ServiceError) {
        let grant = try await pinGrant(channel, user.id)
        let known: Message?
        do throws(BackendError) {
            known = try await store.message(message, in: channel, includingDeleted: false)
        } catch {
            throw ServiceError(error)
        }
        guard let known else { throw ServiceError(.unknownMessage) }
        guard known.kind != .pinNote else { throw ServiceError(.systemMessage) }
        guard !known.isPinned else { return }
        try await event(of: try await append(.pin(message), grant, by: user.id))
        let note = MessageDraft(
            author: user, member: grant.member, kind: .pinNote, content: "",
            reference: MessageReference(message: message, channel: channel, guild: known.guild))
        // Nobody waits for it: the pin stands whether or not the channel is told so.
        disregard(try await append(.create(note), grant, by: user.id))
    }

    /// Takes a message from the pins. One that is not pinned changes nothing.
    /// - Throws: like ``pin(_:in:as:)``.
    package func unpin(_ message: MessageID, in channel: ChannelID, as user: UserID) async throws(ServiceError) {
        let grant = try await pinGrant(channel, user)
        try await event(of: try await append(.unpin(message), grant, by: user))
    }

    private func pinGrant(
        _ channel: ChannelID, _ user: UserID
    ) async throws(ServiceError) -> Access.ChannelGrant {
        let grant = try await access.channel(channel, for: user, needing: .readMessageHistory)
        guard !grant.permissions.isDisjoint(with: [.pinMessages, .manageMessages]) else {
            throw ServiceError(.missingPermissions)
        }
        if grant.direct?.isSevered == true { throw ServiceError(.cannotMessageUser) }
        return grant
    }
}
