package import Chat

/// A member's step between voice channels.
package struct VoiceStep: Hashable, Sendable {
    /// `nil` when the member has left.
    package var now: VoiceState?
    /// `nil` when the member was in no channel.
    package var before: VoiceState?

    package init(now: VoiceState?, before: VoiceState?) {
        self.now = now
        self.before = before
    }
}

/// Who is in which voice channel: keys `voice:{guild}` (hash by user) and `user:{user}:voice` (set of guilds).
///
/// Law: a user is in at most one channel of a guild. Each call is one atomic step. Nothing here is durable.
package protocol VoiceStore: Sendable {
    /// Puts a member into a channel, whichever it was in before, or changes how it is heard there. `nil`, and nothing changes, when `limit`
    /// others are in the channel already, or ``VoiceRules/statesPerGuildMax`` in the guild.
    /// - Parameter limit: `nil` for none. Not asked of a member who is in the channel already.
    func join(_ state: VoiceState, limit: Int?) async throws(BackendError) -> VoiceStep?
    /// Puts a member who is in some channel of the guild into another; the session stays. `nil` when it is in none.
    func move(
        _ user: UserID, in guild: GuildID, to channel: ChannelID, isSuppressed: Bool
    ) async throws(BackendError) -> VoiceStep?
    /// Takes a member out. `nil` when it was in no channel, or by another session than the named one.
    func leave(_ user: UserID, in guild: GuildID, session: SessionTag?) async throws(BackendError) -> VoiceStep?
    /// Takes out whatever a session had joined, in all guilds; in no order.
    func leave(_ session: UserSession) async throws(BackendError) -> [VoiceStep]
    /// Everybody in a guild's channels, in no order.
    func states(of guild: GuildID) async throws(BackendError) -> [VoiceState]
    /// One member's; `nil` when it is in no channel.
    func state(of user: UserID, in guild: GuildID) async throws(BackendError) -> VoiceState?
}

package enum VoiceRules {
    /// Members in all voice channels of one guild.
    package static let statesPerGuildMax = 10_000
}
