package import Chat

/// An account: a user and what only the user and the operator know of it.
package struct Account: Hashable, Sendable {
    package var user: User
    /// Lower case; `nil` for bots and accounts made by an operator.
    package var email: String?
    /// In the form of the PHC string format; `nil` when nobody can log in with a password.
    package var passwordHash: String?
    /// The bot's owner; `nil` for persons.
    package var owner: UserID?

    package init(user: User, email: String? = nil, passwordHash: String? = nil, owner: UserID? = nil) {
        self.user = user
        self.email = email
        self.passwordHash = passwordHash
        self.owner = owner
    }
}

/// A change of a guild. Each raises the guild's epoch by exactly one.
package enum GuildChange: Hashable, Sendable {
    /// Replaces name, icon, description, owner and system channel.
    case updateGuild(Guild)
    case putChannel(Channel)
    /// Also takes the channel out of its children's `parent`, and deletes its invites and webhooks.
    case deleteChannel(ChannelID)
    case putRole(Role)
    /// Also takes the role from its members and from the channels' overwrites.
    case deleteRole(RoleID)
    /// Adds a member or replaces one. The timeout of one who is replaced becomes the given one; one who is added keeps
    /// what is left of an earlier membership's.
    case putMember(Member)
    /// Also takes the member's own overwrites from the channels.
    case removeMember(UserID)
    /// Keeps a user out, who need not be a member; one who is goes like a removed one. Replaces an earlier ban.
    case ban(Ban)
    case unban(UserID)
}

/// Which page of a guild's bans.
package enum BanCursor: Hashable, Sendable {
    /// The users with ids next above.
    case after(UserID)
    /// The users with ids next below.
    case before(UserID)
}

/// Which entries of a guild's audit log.
package struct AuditQuery: Hashable, Sendable {
    package var user: UserID?
    package var action: AuditEntry.Action?
    /// Only entries with ids below.
    package var before: AuditEntryID?
    /// Only entries with ids above; given, the oldest of them come first.
    package var after: AuditEntryID?
    /// Entries with ids up to here are no more.
    package var since: AuditEntryID
    /// 1 to 100.
    package var limit: Int

    package init(
        user: UserID? = nil, action: AuditEntry.Action? = nil, before: AuditEntryID? = nil,
        after: AuditEntryID? = nil, since: AuditEntryID = AuditEntryID(0), limit: Int
    ) {
        self.user = user
        self.action = action
        self.before = before
        self.after = after
        self.since = since
        self.limit = limit
    }

    /// Below it lie the entries that are over at a time in Unix milliseconds.
    package static func oldest(at now: UInt64) -> AuditEntryID {
        AuditEntryID(Snowflake.make(unixMilliseconds: now - min(now, Limits.auditRetentionMilliseconds), low: 0))
    }
}

/// A user's place in a channel.
package struct UserReadState: Hashable, Sendable {
    package var user: UserID
    package var state: ReadState

    package init(user: UserID, state: ReadState) {
        self.user = user
        self.state = state
    }
}

/// Users, tokens, guilds, roles, channels, members, invites, webhooks, direct channels, read states and blocks.
///
/// Every call is one transaction, and a reader sees what was written before it was called. Names are compared without regard to ASCII case.
package protocol Directory: Sendable {
    // Accounts.

    /// Adds an account. `.conflict` when the username or the email is taken (`detail` is `username` or `email`).
    func create(_ account: Account) async throws(BackendError)
    /// The account with this id.
    func account(_ id: UserID) async throws(BackendError) -> Account?
    /// The account whose username or email this is.
    func account(login: String) async throws(BackendError) -> Account?
    /// The users with these ids (at most 1,000), in no order; unknown ones are left out.
    func users(_ ids: [UserID]) async throws(BackendError) -> [User]
    /// Accounts with ids above `after`, ascending, at most `limit` (1 to 1,000).
    func accounts(after: UserID, limit: Int) async throws(BackendError) -> [Account]
    /// Replaces the password's hash.
    func setPasswordHash(_ hash: String, of user: UserID) async throws(BackendError)
    /// Replaces username, global name and avatar. `.conflict` when the username is taken.
    func update(_ user: User) async throws(BackendError)

    // Tokens.

    /// Remembers a token's hash; at most 100 a user, beyond which the oldest goes. Returns what went.
    func addToken(_ hash: TokenHash, for user: UserID, createdAt: UInt64) async throws(BackendError) -> [TokenHash]
    /// Whose token this is.
    func user(forToken hash: TokenHash) async throws(BackendError) -> User?
    /// Forgets one token. False when it was nobody's.
    func revokeToken(_ hash: TokenHash) async throws(BackendError) -> Bool
    /// Forgets every token of a user and returns them.
    func revokeTokens(of user: UserID) async throws(BackendError) -> [TokenHash]

    // Guilds.

    /// Adds a guild at epoch 1 with its first roles (`@everyone` among them), channels and its owner as member.
    func create(_ guild: Guild, roles: [Role], channels: [Channel], owner: Member) async throws(BackendError)
    /// Removes a guild with all that hangs on it but its messages. False when there was none.
    func deleteGuild(_ id: GuildID) async throws(BackendError) -> Bool
    /// The guild now; `nil` when there is none.
    func snapshot(of guild: GuildID) async throws(BackendError) -> GuildSnapshot?
    /// The guild that a channel belongs to; `nil` for unknown channels.
    func guild(ofChannel channel: ChannelID) async throws(BackendError) -> GuildID?
    /// Guilds with ids above `after`, ascending, at most `limit` (1 to 1,000).
    func guilds(after: GuildID, limit: Int) async throws(BackendError) -> [Guild]
    /// The guilds a user is a member of, ascending.
    func guilds(of user: UserID) async throws(BackendError) -> [GuildID]
    /// Changes a guild and returns its new epoch.
    /// - Parameter epoch: the epoch the caller's decision rests on; `.conflict` when the guild has moved on, `nil` to skip the check.
    /// - Throws: `.conflict` also when the guild, the member to be removed, the user to be banned, or the ban to be
    ///   lifted does not exist, and when who is to be added is banned.
    /// - Parameter entries: what the guild's audit log keeps of it, in the same transaction.
    func apply(
        _ change: GuildChange, to guild: GuildID, at epoch: UInt64?, recording entries: [AuditEntry]
    ) async throws(BackendError) -> UInt64

    // Members.

    /// One member; `nil` when the user is none.
    func member(_ user: UserID, of guild: GuildID) async throws(BackendError) -> MemberProfile?
    /// Members with user ids above `after`, ascending, at most `limit` (1 to 1,000).
    func members(of guild: GuildID, after: UserID, limit: Int) async throws(BackendError) -> [MemberProfile]
    /// These members (at most 1,000 ids), in no order; those who are none are left out.
    func members(_ users: [UserID], of guild: GuildID) async throws(BackendError) -> [MemberProfile]
    /// Members whose username, global name or nick starts with a text, ascending by id, at most `limit` (1 to 1,000).
    func members(of guild: GuildID, namePrefix: String, limit: Int) async throws(BackendError) -> [MemberProfile]

    // Bans.

    /// The ban that keeps a user out of a guild; `nil` when there is none.
    func ban(of user: UserID, in guild: GuildID) async throws(BackendError) -> BanProfile?
    /// Bans of a guild, ascending by user id whichever page it is, at most `limit` (1 to 1,000).
    func bans(of guild: GuildID, _ cursor: BanCursor, limit: Int) async throws(BackendError) -> [BanProfile]

    // Audit logs.

    /// Adds an entry to a guild's audit log. With each entry, however it comes there, go at most 32 of the guild's that
    /// are more than ``Limits/auditRetentionMilliseconds`` older. `.conflict` when there is no such guild.
    func record(_ entry: AuditEntry) async throws(BackendError)
    /// Counts a deed with the guild's newest entry that it joins (``Chat/AuditEntry/joined(with:)``), among the last 32 of its actor and
    /// action, or adds it like ``record(_:)``.
    /// - Returns: false when it was counted with another, which keeps its id.
    func count(_ entry: AuditEntry) async throws(BackendError) -> Bool
    /// Entries of a guild's audit log: the newest first, unless the query names one behind which to begin.
    func auditEntries(of guild: GuildID, _ query: AuditQuery) async throws(BackendError) -> [AuditEntry]

    // Invites.

    /// Adds an invite, with its entry in the guild's audit log. `.conflict` when the code is taken.
    func create(_ invite: Invite, recording entry: AuditEntry?) async throws(BackendError)
    func invite(_ code: String) async throws(BackendError) -> Invite?
    func invites(of guild: GuildID) async throws(BackendError) -> [Invite]
    /// False when there was none, in which case nothing is recorded either.
    func deleteInvite(_ code: String, recording entry: AuditEntry?) async throws(BackendError) -> Bool
    /// Uses an invite up by one and makes the member, in one step. Returns the new epoch; `nil` when the user is a member already, in which
    /// case nothing changes. `.conflict` when the invite is unknown or no longer valid at `now` (Unix milliseconds), or the user is banned.
    func redeem(_ code: String, member: Member, now: UInt64) async throws(BackendError) -> UInt64?

    // Direct channels.

    /// The channel between two users: the one there is, otherwise a new one with this id. It comes into the first one's list, and into the
    /// other's with the first message. `.conflict` when one of them does not exist, or both are one.
    func openDirect(_ id: ChannelID, from user: UserID, to other: UserID) async throws(BackendError) -> DirectChannel
    /// Adds a group at version 1. `.conflict` when the id is taken or a party does not exist.
    func createGroup(_ group: DirectChannel) async throws(BackendError)
    /// A direct channel as it is now; `nil` when there is none.
    func direct(_ id: ChannelID) async throws(BackendError) -> DirectChannel?
    /// Replaces a group's parties, owner, name and icon, and returns it under its new version. Without a party it is deleted. `.conflict`
    /// when it does not stand at the given value's version any more, or a new party does not exist.
    func updateGroup(_ group: DirectChannel) async throws(BackendError) -> DirectChannel
    /// The direct channels in a user's list, at most `limit` (1 to 1,000): those with the newest messages first; where nothing was said
    /// the channel's own id counts.
    /// - Parameter after: a channel behind which to go on; `nil` for the first page.
    func directs(of user: UserID, after: ChannelID?, limit: Int) async throws(BackendError) -> [DirectListing]
    /// Takes a channel out of a party's list until the next message. Harmless when it is not there.
    func closeDirect(_ id: ChannelID, for user: UserID) async throws(BackendError)
    /// Takes note of the newest messages of direct channels (at most 10,000): they move up in their parties' lists and come back where they
    /// were closed. An id that is no newer than what is noted changes nothing, nor does a channel that is none. Answers in whose lists which
    /// of them were not, and are now, ascending.
    func noteMessages(_ newest: [ChannelID: MessageID]) async throws(BackendError) -> [ChannelID: [UserID]]

    // Webhooks.

    /// Adds a webhook, with its entry in the guild's audit log. False when its channel has ``Chat/Limits/webhooksPerChannelMax`` of them
    /// already. `.conflict` when the id is taken, or the guild has no such channel. What is not done is not recorded, here and below.
    func create(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool
    func webhook(_ id: WebhookID) async throws(BackendError) -> Webhook?
    /// The webhooks of a channel, ascending.
    func webhooks(inChannel channel: ChannelID) async throws(BackendError) -> [Webhook]
    /// The webhooks of a guild, ascending.
    func webhooks(of guild: GuildID) async throws(BackendError) -> [Webhook]
    /// Replaces a webhook's name, avatar and channel. False when the new channel is full. `.conflict` when the guild has no such webhook or
    /// channel.
    func update(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool
    /// False when there was none.
    func deleteWebhook(_ id: WebhookID, recording entry: AuditEntry?) async throws(BackendError) -> Bool

    // Images.

    /// The hashes of the avatars and icons that users, webhooks, guilds and groups with these ids (at most 1,000) bear; who bears none, or
    /// does not exist, is left out.
    func images(of holders: [UInt64]) async throws(BackendError) -> [UInt64: String]

    // Read states.

    /// How far a user has read, channel by channel: those that changed last first, at most `limit` (1 to
    /// ``Chat/Limits/readStatesPerUserMax``, of which no more are kept). Channels that are gone may be among them.
    func readStates(of user: UserID, limit: Int) async throws(BackendError) -> [ReadState]
    /// Takes note of how far a user has read (at most 1,000 marks) and returns what has changed by it.
    func acknowledge(_ marks: [ReadMark], by user: UserID) async throws(BackendError) -> [ReadState]
    /// Takes note of whom new messages (at most 10,000) mention; those of a channel have to come in their order. Noting a message again
    /// changes nothing. Returns how the users mentioned by name stand in those channels afterwards, each once; users who do not exist are left
    /// out.
    func noteMentions(_ notes: [MentionNote]) async throws(BackendError) -> [UserReadState]
    /// The newest messages (at most ``Chat/Limits/crowdMentionsPerGuildMax`` a guild) of these guilds (at most 1,000) that mention everyone or
    /// roles, ascending within a guild; those of channels that are gone are left out.
    func crowdMentions(in guilds: [GuildID]) async throws(BackendError) -> [CrowdMention]

    // Notifications.

    /// How a user wants to be told of messages, guild by guild, as far as it was ever set; at most
    /// ``Chat/Limits/notificationSettingsPerUserMax``, of which no more are kept.
    func notificationSettings(of user: UserID) async throws(BackendError) -> [NotificationSettings]
    /// The settings of these users (at most 1,000) for one guild, or for direct channels; who never set any is left out.
    func notificationSettings(
        of users: [UserID], in guild: GuildID?
    ) async throws(BackendError) -> [UserID: NotificationSettings]
    /// Replaces a user's settings of a guild, which may be gone by now, and returns them under their new version. `.conflict` when those there
    /// are do not stand at the given value's version, or the user does not exist.
    func set(_ settings: NotificationSettings, of user: UserID) async throws(BackendError) -> NotificationSettings

    // Blocks.

    /// Remembers that a user blocks another, or forgets it. Returns the channel between them under its new version if that has become
    /// severed or whole by it. `.conflict` when the other does not exist.
    func setBlock(_ isBlocked: Bool, of other: UserID, by user: UserID) async throws(BackendError) -> DirectChannel?
    /// Whom a user has blocked, ascending, those with ids above `after`, at most `limit` (1 to 1,000).
    func blocked(by user: UserID, after: UserID, limit: Int) async throws(BackendError) -> [UserID]
    /// Whether a user is blocked by another.
    func isBlocked(_ user: UserID, by other: UserID) async throws(BackendError) -> Bool
}

extension Directory {
    /// Changes a guild without a record in its audit log.
    package func apply(
        _ change: GuildChange, to guild: GuildID, at epoch: UInt64?
    ) async throws(BackendError) -> UInt64 {
        try await apply(change, to: guild, at: epoch, recording: [])
    }

    /// Adds an invite without a record.
    package func create(_ invite: Invite) async throws(BackendError) {
        try await create(invite, recording: nil)
    }

    /// Deletes an invite without a record.
    package func deleteInvite(_ code: String) async throws(BackendError) -> Bool {
        try await deleteInvite(code, recording: nil)
    }

    /// Adds a webhook without a record.
    package func create(_ webhook: Webhook) async throws(BackendError) -> Bool {
        try await create(webhook, recording: nil)
    }

    /// Replaces a webhook without a record.
    package func update(_ webhook: Webhook) async throws(BackendError) -> Bool {
        try await update(webhook, recording: nil)
    }

    /// Deletes a webhook without a record.
    package func deleteWebhook(_ id: WebhookID) async throws(BackendError) -> Bool {
        try await deleteWebhook(id, recording: nil)
    }
}
