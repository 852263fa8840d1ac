package import Chat
import Interface

/// What moderators do to messages and in voice channels, with its record in the guild's audit log. What one does to one's
/// own is not recorded.
package struct ModerationService: Sendable {
    private let guilds: GuildService
    private let messages: MessageIntake
    private let voice: VoiceService

    package init(guilds: GuildService, messages: MessageIntake, voice: VoiceService) {
        self.guilds = guilds
        self.messages = messages
        self.voice = voice
    }

    /// Deletes a message, like ``MessageIntake/delete(_:in:as:)``.
    package func delete(
        _ id: MessageID, in channel: ChannelID, as user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        let grant = try await messages.access.channel(channel, for: user)
        // Others delete only what is their own, and spare the look.
        let known = grant.permissions.contains(.manageMessages) ? try await message(id, in: grant) : nil
        try await messages.delete(id, in: channel, as: user)
        guard let guild = grant.guild, let known, known.author != user else { return }
        let options = AuditOptions(channel: channel, count: 1)
        await guilds.record(
            Deed(.messageDelete, known.author.rawValue, [], options), isCounted: true, in: guild, by: user,
            because: reason)
    }

    /// Deletes many messages, like ``MessageIntake/deleteMany(_:in:as:)``.
    package func deleteMany(
        _ ids: [MessageID], in channel: ChannelID, as user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        let deleted = try await messages.deleteMany(ids, in: channel, as: user)
        guard deleted > 0, let guild = try await messages.access.cache.guild(ofChannel: channel) else { return }
        await guilds.record(
            Deed(.messageBulkDelete, channel.rawValue, [], AuditOptions(count: UInt32(clamping: deleted))), in: guild,
            by: user, because: reason)
    }

    /// Pins a message, like ``MessageIntake/pin(_:in:as:)``.
    package func pin(
        _ id: MessageID, in channel: ChannelID, as user: User, because reason: String? = nil
    ) async throws(ServiceError) {
        let grant = try await messages.access.channel(channel, for: user.id)
        let known = try await message(id, in: grant)
        try await messages.pin(id, in: channel, as: user)
        guard let known, !known.isPinned else { return }
        await record(.messagePin, of: known, grant, by: user.id, because: reason)
    }

    /// Takes a message from the pins, like ``MessageIntake/unpin(_:in:as:)``.
    package func unpin(
        _ id: MessageID, in channel: ChannelID, as user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        let grant = try await messages.access.channel(channel, for: user)
        let known = try await message(id, in: grant)
        try await messages.unpin(id, in: channel, as: user)
        guard let known, known.isPinned else { return }
        await record(.messageUnpin, of: known, grant, by: user, because: reason)
    }

    /// Moves a member to another voice channel or out, like ``VoiceService/move(_:in:to:by:)``.
    package func move(
        _ user: UserID, in guild: GuildID, to channel: ChannelID?, by asker: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        try await voice.move(user, in: guild, to: channel, by: asker)
        guard user != asker else { return }
        let deed =
            channel.map { Deed(.memberMove, user.rawValue, [], AuditOptions(channel: $0, count: 1)) }
            ?? Deed(.memberDisconnect, user.rawValue, [], AuditOptions(count: 1))
        await guilds.record(deed, in: guild, by: asker, because: reason)
    }

    private func record(
        _ action: AuditEntry.Action, of message: Message, _ grant: Access.ChannelGrant, by user: UserID,
        because reason: String?
    ) async {
        guard let guild = grant.guild else { return }
        let options = AuditOptions(channel: message.channel, message: message.id)
        await guilds.record(
            Deed(action, message.author.rawValue, [], options), in: guild, by: user, because: reason)
    }

    /// A message of a guild as it is now; `nil` for others.
    private func message(_ id: MessageID, in grant: Access.ChannelGrant) async throws(ServiceError) -> Message? {
        guard grant.guild != nil else { return nil }
        do throws(BackendError) {
            return try await messages.store.message(id, in: grant.channel.id, includingDeleted: false)
        } catch {
            throw ServiceError(error)
        }
    }
}
