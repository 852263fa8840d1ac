package import Chat

extension JSONWriter {
    /// A webhook. discord.py needs `id`, `type` and, unless null, `guild_id`, `channel_id`, `name`, `avatar`, `user`;
    /// `token` is there only where it is known: it is not kept.
    package mutating func webhook(_ webhook: Webhook, creator: User?, token: String? = nil) {
        object {
            $0.field("id", snowflake: webhook.id.rawValue)
            $0.field("type", 1)
            $0.field("guild_id", snowflake: webhook.guild.rawValue)
            $0.field("channel_id", snowflake: webhook.channel.rawValue)
            $0.field("name", webhook.name)
            $0.field("avatar", webhook.avatar)
            $0.null("application_id")
            if let creator {
                $0.key("user")
                $0.user(creator)
            }
            if let token { $0.field("token", token) }
        }
    }

    /// The event WEBHOOKS_UPDATE.
    package mutating func webhooksUpdate(in channel: ChannelID, of guild: GuildID) {
        object {
            $0.field("guild_id", snowflake: guild.rawValue)
            $0.field("channel_id", snowflake: channel.rawValue)
        }
    }
}
