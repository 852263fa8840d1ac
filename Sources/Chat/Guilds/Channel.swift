/// A place for messages, for voices, or for other channels.
package struct Channel: Hashable, Sendable {
    /// Discord's numbers for the kinds this cluster serves.
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case text = 0
        case directMessage = 1
        case voice = 2
        case groupDirectMessage = 3
        case category = 4
    }

    package var id: ChannelID
    package var kind: Kind
    /// `nil` for direct messages.
    package var guild: GuildID?
    /// 1 to 100 characters; empty for a direct message.
    package var name: String
    /// Up to 1,024 characters.
    package var topic: String?
    package var position: Int32
    /// The category the channel lies in.
    package var parent: ChannelID?
    package var isAgeRestricted: Bool
    /// Seconds between two messages of a member, up to 21,600; 0 for none.
    package var slowModeSeconds: UInt32
    /// Bits per second of a voice channel, 8,000 to 384,000.
    package var bitrate: UInt32
    /// Members a voice channel takes, up to 99; 0 without limit.
    package var userLimit: UInt32
    /// At most ``Limits/overwritesPerChannelMax``, one for each role or member.
    package var overwrites: [PermissionOverwrite]

    package init(
        id: ChannelID, kind: Kind, guild: GuildID?, name: String, topic: String? = nil, position: Int32 = 0,
        parent: ChannelID? = nil,
        isAgeRestricted: Bool = false, slowModeSeconds: UInt32 = 0, bitrate: UInt32 = 64_000, userLimit: UInt32 = 0,
        overwrites: [PermissionOverwrite] = []
    ) {
        self.id = id
        self.kind = kind
        self.guild = guild
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

    /// Whether messages can be sent to the channel: text, and the text side of voice.
    package var holdsMessages: Bool { kind != .category }
}

/// What a channel grants or takes away from one role or one member, on top of the guild's roles.
package struct PermissionOverwrite: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        case role(RoleID)
        case member(UserID)
    }

    package var target: Target
    package var allow: Permissions
    package var deny: Permissions

    package init(target: Target, allow: Permissions, deny: Permissions) {
        self.target = target
        self.allow = allow
        self.deny = deny
    }
}
