package import Chat
package import Services

/// What the gateway asks of the services behind it.
package protocol GatewaySource: Sendable {
    /// Whose token this is. `.unauthorized` when nobody's.
    func authenticate(_ token: String) async throws(ServiceError) -> (user: User, token: TokenHash)
    /// A user as the directory has it at the time of the call; `nil` when there is none.
    func user(_ id: UserID) async throws(ServiceError) -> User?
    /// Counts a login. `.rateLimited` for one too many.
    func countLogin(of user: UserID) async throws(ServiceError)
    /// The hash by which a token is known. No I/O.
    func hash(of token: String) -> TokenHash
    /// The guilds a user is in, in no order.
    func guilds(of user: UserID) async throws(ServiceError) -> [GuildID]
    /// A guild that has reached an epoch; `nil` when there is none.
    func snapshot(of guild: GuildID, atLeast epoch: UInt64) async throws(ServiceError) -> GuildSnapshot?
    /// A member as the directory has it at the time of the call, never from a cache: a role that was taken away must not come back.
    func member(_ user: UserID, of guild: GuildID) async throws(ServiceError) -> MemberProfile?
    /// Members with ids above `after`, ascending, at most `limit` (1 to 1,000).
    func members(of guild: GuildID, after: UserID, limit: Int) async throws(ServiceError) -> [MemberProfile]
    /// Those of these users who are members; at most 1,000.
    func members(_ users: [UserID], of guild: GuildID) async throws(ServiceError) -> [MemberProfile]
    /// Members whose names begin so, at most `limit` (1 to 1,000).
    func members(of guild: GuildID, namePrefix: String, limit: Int) async throws(ServiceError) -> [MemberProfile]
    /// The guild a channel belongs to.
    func guild(ofChannel channel: ChannelID) async throws(ServiceError) -> GuildID?
    /// A direct channel that has reached a version; `nil` when there is none.
    func direct(_ id: ChannelID, atLeast version: UInt64) async throws(ServiceError) -> DirectChannel?
    /// The newest entries of a user's list of direct channels, at most `limit` (1 to 1,000).
    func directs(of user: UserID, limit: Int) async throws(ServiceError) -> [DirectView]
    /// How a user stands in the channels that the user may see, of these guilds and without one.
    func readStates(of user: UserID, in guilds: [GuildID]) async throws(ServiceError) -> ReadStateList
    /// How a user wants to be told of messages in these guilds and in direct channels.
    func notificationSettings(
        of user: UserID, in guilds: [GuildID]
    ) async throws(ServiceError) -> NotificationList
    /// What has changed of a user's read states since a version, the oldest change first; `nil` when more than `limit` (1 to 1,000) have, or
    /// that cannot be told.
    func readChanges(
        of user: UserID, after version: UInt64, limit: Int
    ) async throws(ServiceError) -> [ReadChange]?
    /// The newest message of each of these channels that has one.
    func lastMessages(of channels: [ChannelID]) async throws(ServiceError) -> [ChannelID: MessageID]
    /// Takes what is to be known of sessions; never waits.
    func report(_ commands: [PresenceCommand])
    /// A session of a user has everything that was sent to it up to a time (Unix milliseconds). No I/O; called on loop
    /// threads.
    func delivered(to user: UserID, through time: UInt64)
    /// Those of these users who are not offline to others, in no order.
    func presences(of users: [UserID]) async throws(ServiceError) -> [Presence]
    /// Everybody in a guild's voice channels, in no order; who may see which is the gateway's to say.
    func voiceStates(of guild: GuildID) async throws(ServiceError) -> [VoiceState]
    /// Takes up who was in voice channels in an earlier life of the node: tells nobody of those who stay, and everybody that the others have
    /// left.
    func restoreVoices(_ staying: [VoiceState], left: [VoiceState]) async
    /// Puts a session's user into a voice channel or takes it out.
    func updateVoice(_ request: VoiceRequest, of session: UserSession) async throws(ServiceError)
    /// Asks whether the node takes on one more message. Each ticket is sent with or withdrawn. No I/O; called on loop threads.
    func admit() throws(ServiceError) -> AdmissionTicket
    func withdraw(_ ticket: AdmissionTicket)
    /// Sends a message and returns when it is on its way into the log, or was refused.
    /// - Parameter failed: called at most once when the log does not take it after all; must not wait.
    func send(
        _ request: SendRequest, as user: UserID, ticket: AdmissionTicket,
        failed: @escaping @Sendable (ServiceError) -> Void
    ) async throws(ServiceError)
}
