package import Chat

// What callers may ask to change: plain values as the edges read them. There is no field here that a caller may not
// set, which is what keeps mass assignment out (an edge cannot pass on an id, an epoch or a creation time it found in a
// body). Numbers are as wide as JSON's, so that the service, not the edge, says what is out of range.

/// A nullable field of a partial change: left alone, or replaced by a value that may be `nil`.
package enum Change<Value: Hashable & Sendable>: Hashable, Sendable {
    case keep
    case set(Value)
}

/// A partial change of a guild.
package struct GuildUpdate: Hashable, Sendable {
    /// 2 to 100 characters.
    package var name: String?
    package var icon: Change<String?>
    /// Up to 300 characters.
    package var description: Change<String?>
    /// A member who becomes the owner; only the owner may say so.
    package var owner: UserID?
    /// A text channel of the guild.
    package var systemChannel: Change<ChannelID?>

    package init(
        name: String? = nil, icon: Change<String?> = .keep, description: Change<String?> = .keep, owner: UserID? = nil,
        systemChannel: Change<ChannelID?> = .keep
    ) {
        self.name = name
        self.icon = icon
        self.description = description
        self.owner = owner
        self.systemChannel = systemChannel
    }
}

/// A channel to be made. What is `nil` gets Discord's default.
package struct NewChannel: Hashable, Sendable {
    /// 1 to 100 characters.
    package var name: String
    /// Text, voice or category.
    package var kind: Channel.Kind
    /// Up to 1,024 characters.
    package var topic: String?
    /// `nil` puts the channel behind the others.
    package var position: Int64?
    /// A category of the guild.
    package var parent: ChannelID?
    package var isAgeRestricted: Bool
    /// 0 to 21,600.
    package var slowModeSeconds: Int64?
    /// 8,000 to 384,000 bits per second.
    package var bitrate: Int64?
    /// 0 to 99.
    package var userLimit: Int64?
    /// `nil` takes the category's.
    package var overwrites: [PermissionOverwrite]?

    package init(
        name: String, kind: Channel.Kind = .text, topic: String? = nil, position: Int64? = nil,
        parent: ChannelID? = nil,
        isAgeRestricted: Bool = false, slowModeSeconds: Int64? = nil, bitrate: Int64? = nil, userLimit: Int64? = nil,
        overwrites: [PermissionOverwrite]? = nil
    ) {
        self.name = name
        self.kind = kind
        self.topic = topic
        self.position = position
        self.parent = parent
        self.isAgeRestricted = isAgeRestricted
        self.slowModeSeconds = slowModeSeconds
        self.bitrate = bitrate
        self.userLimit = userLimit
        self.overwrites = overwrites
    }
}

/// A partial change of a channel.
package struct ChannelUpdate: Hashable, Sendable {
    package var name: String?
    package var topic: Change<String?>
    package var position: Int64?
    package var parent: Change<ChannelID?>
    package var isAgeRestricted: Bool?
    package var slowModeSeconds: Int64?
    package var bitrate: Int64?
    package var userLimit: Int64?
    /// Replaces all of them.
    package var overwrites: [PermissionOverwrite]?

    package init(
        name: String? = nil, topic: Change<String?> = .keep, position: Int64? = nil, parent: Change<ChannelID?> = .keep,
        isAgeRestricted: Bool? = nil, slowModeSeconds: Int64? = nil, bitrate: Int64? = nil, userLimit: Int64? = nil,
        overwrites: [PermissionOverwrite]? = nil
    ) {
        self.name = name
        self.topic = topic
        self.position = position
        self.parent = parent
        self.isAgeRestricted = isAgeRestricted
        self.slowModeSeconds = slowModeSeconds
        self.bitrate = bitrate
        self.userLimit = userLimit
        self.overwrites = overwrites
    }
}

/// A role to be made, or a partial change of one.
package struct RoleUpdate: Hashable, Sendable {
    /// 1 to 100 characters; a new role is called "new role" when it has none.
    package var name: String?
    /// A new role gets what `@everyone` has when it says nothing.
    package var permissions: Permissions?
    /// 24 bits of RGB.
    package var color: Int64?
    /// 1 and above, below the caller's own highest role.
    package var position: Int64?
    package var isHoisted: Bool?
    package var isMentionable: Bool?

    package init(
        name: String? = nil, permissions: Permissions? = nil, color: Int64? = nil, position: Int64? = nil,
        isHoisted: Bool? = nil,
        isMentionable: Bool? = nil
    ) {
        self.name = name
        self.permissions = permissions
        self.color = color
        self.position = position
        self.isHoisted = isHoisted
        self.isMentionable = isMentionable
    }
}

/// A partial change of a member.
package struct MemberUpdate: Hashable, Sendable {
    /// 1 to 32 characters; `nil` or an empty text takes the nick away.
    package var nick: Change<String?>
    /// Replaces all of them; `@everyone` need not be named.
    package var roles: [RoleID]?
    package var isMuted: Bool?
    package var isDeafened: Bool?
    /// Unix milliseconds, up to 28 days ahead; `nil`, or a time that is over, ends a timeout.
    package var timedOutUntil: Change<UInt64?>

    package init(
        nick: Change<String?> = .keep, roles: [RoleID]? = nil, isMuted: Bool? = nil, isDeafened: Bool? = nil,
        timedOutUntil: Change<UInt64?> = .keep
    ) {
        self.nick = nick
        self.roles = roles
        self.isMuted = isMuted
        self.isDeafened = isDeafened
        self.timedOutUntil = timedOutUntil
    }
}

/// How long and how often an invite lets people in.
package struct InviteOptions: Hashable, Sendable {
    /// 0 to 604,800; 0 for ever.
    package var maxAgeSeconds: Int64
    /// 0 to 100; 0 without limit.
    package var maxUses: Int64
    package var isTemporary: Bool
    /// Whether to make a new code even if an equal invite of the same user exists.
    package var isUnique: Bool

    package init(maxAgeSeconds: Int64 = 86_400, maxUses: Int64 = 0, isTemporary: Bool = false, isUnique: Bool = false) {
        self.maxAgeSeconds = maxAgeSeconds
        self.maxUses = maxUses
        self.isTemporary = isTemporary
        self.isUnique = isUnique
    }
}
