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
    /// Also takes the channel out of its children's `parent`, and deletes its invites.
    case deleteChannel(ChannelID)
    case putRole(Role)
    /// Also takes the role from its members and from the channels' overwrites.
    case deleteRole(RoleID)
    /// Adds a member or replaces one.
    case putMember(Member)
    /// Also takes the member's own overwrites from the channels.
    case removeMember(UserID)
}

/// Users, tokens, guilds, roles, channels, members, invites, direct channels and blocks.
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

    /// Remembers a token's hash; at most 100 a user, beyond which the oldest goes.
    func addToken(_ hash: TokenHash, for user: UserID, createdAt: UInt64) async throws(BackendError)
    /// Whose token this is.
    func user(forToken hash: TokenHash) async throws(BackendError) -> User?
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
    /// - Throws: `.conflict` also when the guild, or the member to be removed, does not exist.
    func apply(_ change: GuildChange, to guild: GuildID, at epoch: UInt64?) async throws(BackendError) -> UInt64

    // Members.

    /// One member; `nil` when the user is none.
    func member(_ user: UserID, of guild: GuildID) async throws(BackendError) -> MemberProfile?
    /// Members with user ids above `after`, ascending, at most `limit` (1 to 1,000).
    func members(of guild: GuildID, after: UserID, limit: Int) async throws(BackendError) -> [MemberProfile]
    /// These members (at most 1,000 ids), in no order; those who are none are left out.
    func members(_ users: [UserID], of guild: GuildID) async throws(BackendError) -> [MemberProfile]
    /// Members whose username, global name or nick starts with a text, ascending by id, at most `limit` (1 to 1,000).
    func members(of guild: GuildID, namePrefix: String, limit: Int) async throws(BackendError) -> [MemberProfile]

    // Invites.

    /// Adds an invite. `.conflict` when the code is taken.
    func create(_ invite: Invite) async throws(BackendError)
    func invite(_ code: String) async throws(BackendError) -> Invite?
    func invites(of guild: GuildID) async throws(BackendError) -> [Invite]
    /// False when there was none.
    func deleteInvite(_ code: String) async throws(BackendError) -> Bool
    /// Uses an invite up by one and makes the member, in one step. Returns the new epoch; `nil` when the user is a member already, in which
    /// case nothing changes. `.conflict` when the invite is unknown or no longer valid at `now` (Unix milliseconds).
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

    // Blocks.

    /// Remembers that a user blocks another, or forgets it. Returns the channel between them under its new version if that has become
    /// severed or whole by it. `.conflict` when the other does not exist.
    func setBlock(_ isBlocked: Bool, of other: UserID, by user: UserID) async throws(BackendError) -> DirectChannel?
    /// Whom a user has blocked, ascending, those with ids above `after`, at most `limit` (1 to 1,000).
    func blocked(by user: UserID, after: UserID, limit: Int) async throws(BackendError) -> [UserID]
    /// Whether a user is blocked by another.
    func isBlocked(_ user: UserID, by other: UserID) async throws(BackendError) -> Bool
}
