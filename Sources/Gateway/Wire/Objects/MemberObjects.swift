package import Chat

extension JSONWriter {
    /// A member with its user: in member lists, in GUILD_CREATE and in GUILD_MEMBERS_CHUNK.
    ///
    /// discord.py and hikari need `user` and `roles`, hikari `joined_at`, and discord.py `flags`.
    package mutating func member(_ profile: MemberProfile) {
        object {
            $0.key("user")
            $0.user(profile.user)
            $0.memberFields(profile.member)
        }
    }

    /// A member without its user: `member` of a message event, where the user is the message's `author`.
    package mutating func memberWithoutUser(_ member: Member) {
        object { $0.memberFields(member) }
    }

    /// The events GUILD_MEMBER_ADD and GUILD_MEMBER_UPDATE: the whole member and `guild_id`, which both libraries need.
    package mutating func guildMemberEvent(_ profile: MemberProfile, of guild: GuildID) {
        object {
            $0.field("guild_id", snowflake: guild.rawValue)
            $0.key("user")
            $0.user(profile.user)
            $0.memberFields(profile.member)
        }
    }

    /// The event GUILD_MEMBER_REMOVE; both libraries need the full user.
    package mutating func guildMemberRemove(_ user: User, from guild: GuildID) {
        object {
            $0.field("guild_id", snowflake: guild.rawValue)
            $0.key("user")
            $0.user(user)
        }
    }

    /// A ban, as REST answers it.
    package mutating func ban(_ ban: BanProfile) {
        object {
            $0.field("reason", ban.reason)
            $0.key("user")
            $0.user(ban.user)
        }
    }

    /// The events GUILD_BAN_ADD and GUILD_BAN_REMOVE; both libraries need the full user.
    package mutating func guildBanEvent(_ user: User, of guild: GuildID) {
        guildMemberRemove(user, from: guild)
    }

    /// `flags` is not optional for discord.py although Discord's documentation leaves it out at places.
    private mutating func memberFields(_ member: Member) {
        field("nick", member.nick)
        null("avatar")
        field("roles", snowflakes: member.roles.lazy.map(\.rawValue))
        field("joined_at", unixMilliseconds: Int64(clamping: member.joinedAt))
        null("premium_since")
        field("deaf", member.isDeafened)
        field("mute", member.isMuted)
        field("flags", 0)
        field("pending", false)
        field("communication_disabled_until", unixMilliseconds: member.timedOutUntil.map { Int64(clamping: $0) })
    }
}
