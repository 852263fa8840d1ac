package import Chat

/// What a gateway adds to a guild when it sends GUILD_CREATE to one user.
package struct GuildCreation: Sendable {
    /// The channels the user may view, and no others.
    package var channels: [Channel]
    /// The newest message of each of those channels that has one.
    package var lastMessages: [ChannelID: MessageID]
    /// All members of a small guild; of a large one at least the user itself.
    package var members: [MemberProfile]
    /// Of those members, who is not offline to others.
    package var presences: [Presence]
    /// Who is heard in those channels; their members are among ``members``.
    package var voiceStates: [VoiceState]
    /// Unix milliseconds at which the user joined.
    package var joinedAt: UInt64
    /// Whether members were left out, so that the client has to ask for them.
    package var isLarge: Bool
    /// `false` while logging in, `nil` (the key is absent) when the user just joined or created the guild: that is how
    /// clients tell a guild that became available from a new one.
    package var unavailable: Bool?

    package init(
        channels: [Channel], lastMessages: [ChannelID: MessageID] = [:], members: [MemberProfile],
        presences: [Presence] = [], voiceStates: [VoiceState] = [], joinedAt: UInt64,
        isLarge: Bool,
        unavailable: Bool?
    ) {
        self.channels = channels
        self.lastMessages = lastMessages
        self.members = members
        self.presences = presences
        self.voiceStates = voiceStates
        self.joinedAt = joinedAt
        self.isLarge = isLarge
        self.unavailable = unavailable
    }
}

/// How many members a guild has, and how many of them are online, as far as is known.
package struct GuildCounts: Hashable, Sendable {
    package var members: Int
    /// `nil` leaves the key out.
    package var presences: Int?

    package init(members: Int, presences: Int? = nil) {
        self.members = members
        self.presences = presences
    }
}

extension JSONWriter {
    /// A guild as REST answers it, and the event GUILD_UPDATE.
    ///
    /// hikari needs every key written here but `widget_enabled` and the ones after it, also those that are null;
    /// `max_members` and `max_presences` only from REST. discord.py needs `id`.
    /// - Parameter counts: written as `approximate_member_count` and `approximate_presence_count`, for
    ///   `with_counts=true`.
    package mutating func guild(_ snapshot: GuildSnapshot, counts: GuildCounts? = nil) {
        object {
            $0.guildFields(snapshot)
            $0.field("max_members", GuildDefaults.membersMax)
            $0.null("max_presences")
            if let counts { $0.guildCounts(counts) }
        }
    }

    /// The event GUILD_CREATE.
    ///
    /// On top of a guild's own keys hikari needs `channels`, `members`, `threads`, `presences` and `voice_states`,
    /// which may be empty but not null; discord.py decides by `member_count` and `large` whether to ask for members.
    package mutating func guildCreate(_ snapshot: GuildSnapshot, _ creation: GuildCreation) {
        object {
            $0.guildFields(snapshot)
            $0.field("joined_at", unixMilliseconds: Int64(clamping: creation.joinedAt))
            $0.field("large", creation.isLarge)
            if let unavailable = creation.unavailable { $0.field("unavailable", unavailable) }
            $0.field("member_count", snapshot.memberCount)
            $0.array("channels") { array in
                for channel in creation.channels {
                    array.channel(channel, lastMessage: creation.lastMessages[channel.id])
                }
            }
            $0.array("members") { array in
                for member in creation.members { array.member(member) }
            }
            $0.array("threads") { _ in }
            $0.array("presences") { array in
                for presence in creation.presences { array.presence(presence) }
            }
            $0.array("voice_states") { array in
                let heard = Set(creation.voiceStates.map(\.user))
                let members = Dictionary(
                    creation.members.lazy.filter { heard.contains($0.user.id) }.map { ($0.user.id, $0) },
                    uniquingKeysWith: { first, _ in first })
                for state in creation.voiceStates {
                    array.voiceState(state, member: members[state.user], showsMember: false)
                }
            }
            $0.array("stage_instances") { _ in }
            $0.array("guild_scheduled_events") { _ in }
            $0.array("soundboard_sounds") { _ in }
        }
    }

    /// A guild in READY, before its GUILD_CREATE; both libraries need `id`.
    package mutating func unavailableGuild(_ guild: GuildID) {
        object {
            $0.field("id", snowflake: guild.rawValue)
            $0.field("unavailable", true)
        }
    }

    /// The event GUILD_DELETE.
    /// - Parameter isOutage: true when the guild will be back: `unavailable` is then written, and otherwise absent.
    package mutating func guildDelete(_ guild: GuildID, isOutage: Bool = false) {
        object {
            $0.field("id", snowflake: guild.rawValue)
            if isOutage { $0.field("unavailable", true) }
        }
    }

    /// An entry of `GET /users/@me/guilds`: the guild as far as its member's list of guilds shows it.
    /// - Parameter permissions: what the member holds in the whole guild.
    package mutating func partialGuild(
        _ guild: Guild, isOwner: Bool, permissions: Permissions, counts: GuildCounts? = nil
    ) {
        object {
            $0.field("id", snowflake: guild.id.rawValue)
            $0.field("name", guild.name)
            $0.field("icon", guild.icon)
            $0.field("owner", isOwner)
            $0.field("permissions", snowflake: permissions.rawValue)
            $0.array("features") { _ in }
            if let counts { $0.guildCounts(counts) }
        }
    }

    mutating func guildCounts(_ counts: GuildCounts) {
        field("approximate_member_count", counts.members)
        if let presences = counts.presences { field("approximate_presence_count", presences) }
    }

    private mutating func guildFields(_ snapshot: GuildSnapshot) {
        let guild = snapshot.guild
        field("id", snowflake: guild.id.rawValue)
        field("name", guild.name)
        field("icon", guild.icon)
        null("splash")
        null("discovery_splash")
        null("banner")
        field("description", guild.description)
        field("owner_id", snowflake: guild.owner.rawValue)
        null("vanity_url_code")
        null("application_id")
        null("afk_channel_id")
        field("afk_timeout", GuildDefaults.afkTimeoutSeconds)
        field("system_channel_id", snowflake: guild.systemChannel?.rawValue)
        field("system_channel_flags", 0)
        null("rules_channel_id")
        null("public_updates_channel_id")
        field("verification_level", 0)
        field("default_message_notifications", 0)
        field("explicit_content_filter", 0)
        field("mfa_level", 0)
        field("nsfw_level", 0)
        field("premium_tier", 0)
        field("preferred_locale", "en-US")
        array("features") { _ in }
        array("emojis") { _ in }
        array("stickers") { _ in }
        key("roles")
        roles(snapshot.roles.values)
        field("widget_enabled", false)
        field("premium_subscription_count", 0)
        field("premium_progress_bar_enabled", false)
    }
}

/// Settings that a guild of this cluster cannot change, with the values a new guild of Discord's has.
private enum GuildDefaults {
    static let afkTimeoutSeconds = 300
    static let membersMax = 500_000
}
