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
