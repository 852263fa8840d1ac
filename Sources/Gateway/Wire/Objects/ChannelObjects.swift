package import Chat

extension JSONWriter {
    /// A channel of a guild: in lists, in GUILD_CREATE, and the events CHANNEL_CREATE, CHANNEL_UPDATE and
    /// CHANNEL_DELETE.
    ///
    /// discord.py and hikari need `id`, `type`, `position` and (but in GUILD_CREATE) `guild_id`, and `bitrate` and
    /// `user_limit` of a voice channel; discord.py `name`; hikari `permission_overwrites` and a text channel's `topic`,
    /// which may be null.
    /// - Parameter lastMessage: the newest message ever sent to the channel; `nil` when there is none or it is not
    ///   known.
    package mutating func channel(_ channel: Channel, lastMessage: MessageID? = nil) {
        object {
            $0.field("id", snowflake: channel.id.rawValue)
            $0.field("type", Int(channel.kind.rawValue))
            if let guild = channel.guild { $0.field("guild_id", snowflake: guild.rawValue) }
            $0.field("name", channel.name)
            $0.field("position", Int(channel.position))
            $0.field("parent_id", snowflake: channel.parent?.rawValue)
            $0.array("permission_overwrites") { array in
                for overwrite in channel.overwrites { array.permissionOverwrite(overwrite) }
            }
            $0.field("nsfw", channel.isAgeRestricted)
            $0.field("flags", 0)
            if channel.holdsMessages {
                $0.field("last_message_id", snowflake: lastMessage?.rawValue)
                $0.field("rate_limit_per_user", Int(channel.slowModeSeconds))
            }
            switch channel.kind {
            case .text:
                $0.field("topic", channel.topic)
            case .voice:
                $0.field("bitrate", Int(channel.bitrate))
                $0.field("user_limit", Int(channel.userLimit))
                $0.null("rtc_region")
            case .category, .directMessage, .groupDirectMessage:
                break
            }
        }
    }

    /// A direct channel as one of its parties sees it: in answers, in READY, and in the events CHANNEL_CREATE,
    /// CHANNEL_UPDATE and CHANNEL_DELETE, which bots do not get.
    ///
    /// Both libraries need `id` and `type`; hikari also `recipients`, of which it reads the first between two, and a
    /// group's `owner_id` and `icon`, which may be null. The absence of `guild_id` says what it is.
    /// - Parameter recipients: without the receiver.
    package mutating func direct(_ channel: DirectChannel, recipients: [User], lastMessage: MessageID?) {
        object {
            $0.field("id", snowflake: channel.id.rawValue)
            $0.field("type", Int(channel.channel.kind.rawValue))
            $0.field("flags", 0)
            $0.field("last_message_id", snowflake: lastMessage?.rawValue)
            $0.array("recipients") { array in
                for user in recipients { array.user(user) }
            }
            if channel.isGroup {
                $0.field("name", channel.name)
                $0.field("icon", channel.icon)
                $0.field("owner_id", snowflake: channel.owner?.rawValue)
            }
        }
    }

    /// The events CHANNEL_RECIPIENT_ADD and CHANNEL_RECIPIENT_REMOVE.
    package mutating func recipientChange(of user: User, in channel: ChannelID) {
        object {
            $0.field("channel_id", snowflake: channel.rawValue)
            $0.key("user")
            $0.user(user)
        }
    }

    /// What an invite tells of its channel to somebody who cannot see it yet.
    package mutating func partialChannel(_ channel: Channel) {
        object {
            $0.field("id", snowflake: channel.id.rawValue)
            $0.field("type", Int(channel.kind.rawValue))
            $0.field("name", channel.name)
        }
    }

    /// An overwrite. Both libraries need `id` and `type` (0 a role, 1 a member), hikari also both bit sets, which are
    /// strings.
    private mutating func permissionOverwrite(_ overwrite: PermissionOverwrite) {
        object {
            switch overwrite.target {
            case .role(let role):
                $0.field("id", snowflake: role.rawValue)
                $0.field("type", 0)
            case .member(let user):
                $0.field("id", snowflake: user.rawValue)
                $0.field("type", 1)
            }
            $0.field("allow", snowflake: overwrite.allow.rawValue)
            $0.field("deny", snowflake: overwrite.deny.rawValue)
        }
    }
}
