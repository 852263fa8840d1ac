/// A community: its roles, channels and members hang on its id.
package struct Guild: Hashable, Sendable {
    package var id: GuildID
    /// 2 to 100 characters.
    package var name: String
    package var icon: String?
    package var description: String?
    package var owner: UserID
    /// Where the guild's system messages would go.
    package var systemChannel: ChannelID?

    package init(
        id: GuildID, name: String, icon: String? = nil, description: String? = nil, owner: UserID,
        systemChannel: ChannelID? = nil
    ) {
        self.id = id
        self.name = name
        self.icon = icon
        self.description = description
        self.owner = owner
        self.systemChannel = systemChannel
    }
}

/// A named set of permissions that members of a guild may hold.
package struct Role: Hashable, Sendable {
    /// The `@everyone` role's id equals the guild's.
    package var id: RoleID
    /// 1 to 100 characters.
    package var name: String
    package var permissions: Permissions
    /// 24 bits of RGB; 0 for none.
    package var color: UInt32
    /// Higher outranks lower; `@everyone` is 0.
    package var position: Int32
    package var isHoisted: Bool
    package var isManaged: Bool
    package var isMentionable: Bool

    package init(
        id: RoleID, name: String, permissions: Permissions, color: UInt32 = 0, position: Int32 = 0,
        isHoisted: Bool = false, isManaged: Bool = false, isMentionable: Bool = false
    ) {
        self.id = id
        self.name = name
        self.permissions = permissions
        self.color = color
        self.position = position
        self.isHoisted = isHoisted
        self.isManaged = isManaged
        self.isMentionable = isMentionable
    }
}

/// A user's place in a guild.
package struct Member: Hashable, Sendable {
    package var user: UserID
    /// 1 to 32 characters; `nil` when the user's own name is shown.
    package var nick: String?
    /// Ascending, without `@everyone`, which every member holds.
    package var roles: [RoleID]
    /// Unix milliseconds.
    package var joinedAt: UInt64
    package var isDeafened: Bool
    package var isMuted: Bool
    /// Unix milliseconds until which the member may only look and read; `nil` or a time that is over for no timeout.
    package var timedOutUntil: UInt64?

    package init(
        user: UserID, nick: String? = nil, roles: [RoleID] = [], joinedAt: UInt64, isDeafened: Bool = false,
        isMuted: Bool = false, timedOutUntil: UInt64? = nil
    ) {
        self.user = user
        self.nick = nick
        self.roles = roles
        self.joinedAt = joinedAt
        self.isDeafened = isDeafened
        self.isMuted = isMuted
        self.timedOutUntil = timedOutUntil
    }
}

/// A member together with the user it is.
package struct MemberProfile: Hashable, Sendable {
    package var user: User
    package var member: Member

    package init(user: User, member: Member) {
        self.user = user
        self.member = member
    }
}

/// What keeps a user out of a guild.
package struct Ban: Hashable, Sendable {
    package var user: UserID
    /// Up to ``Limits/auditReasonCharactersMax`` characters.
    package var reason: String?

    package init(user: UserID, reason: String? = nil) {
        self.user = user
        self.reason = reason
    }
}

/// A ban together with the user it keeps out.
package struct BanProfile: Hashable, Sendable {
    package var user: User
    package var reason: String?

    package init(user: User, reason: String? = nil) {
        self.user = user
        self.reason = reason
    }
}

/// A code that lets its bearer join a guild.
package struct Invite: Hashable, Sendable {
    /// 10 characters of the alphabet A–Z, a–z, 0–9.
    package var code: String
    package var guild: GuildID
    package var channel: ChannelID
    package var inviter: UserID
    /// Unix milliseconds.
    package var createdAt: UInt64
    /// Seconds it lives, up to 604,800; 0 for ever.
    package var maxAgeSeconds: UInt32
    /// How often it may be used, up to 100; 0 without limit.
    package var maxUses: UInt32
    package var uses: UInt32
    package var isTemporary: Bool

    package init(
        code: String, guild: GuildID, channel: ChannelID, inviter: UserID, createdAt: UInt64,
        maxAgeSeconds: UInt32 = 86_400,
        maxUses: UInt32 = 0, uses: UInt32 = 0, isTemporary: Bool = false
    ) {
        self.code = code
        self.guild = guild
        self.channel = channel
        self.inviter = inviter
        self.createdAt = createdAt
        self.maxAgeSeconds = maxAgeSeconds
        self.maxUses = maxUses
        self.uses = uses
        self.isTemporary = isTemporary
    }

    /// Whether the invite still lets somebody in at a time in Unix milliseconds.
    package func isValid(at now: UInt64) -> Bool {
        let isAlive = maxAgeSeconds == 0 || now < createdAt + UInt64(maxAgeSeconds) * 1_000
        return isAlive && (maxUses == 0 || uses < maxUses)
    }
}
