package import Chat

extension JSONWriter {
    /// The events MESSAGE_REACTION_ADD and MESSAGE_REACTION_REMOVE.
    ///
    /// Both libraries need `channel_id`, `message_id` and `emoji` with its `name`; discord.py also `user_id` and `type`.
    /// hikari tells a guild's reaction by `member`, which has to hold its `user`.
    package mutating func reactionEvent(_ note: ReactionNote) {
        object {
            $0.field("user_id", snowflake: note.user.rawValue)
            $0.field("channel_id", snowflake: note.channel.rawValue)
            $0.field("message_id", snowflake: note.message.rawValue)
            if let guild = note.guild { $0.field("guild_id", snowflake: guild.rawValue) }
            if let member = note.member {
                $0.key("member")
                $0.member(member)
            }
            $0.field("message_author_id", snowflake: note.author.rawValue)
            $0.emoji(note.emoji)
            $0.field("type", 0)
            $0.field("burst", false)
        }
    }

    /// The events MESSAGE_REACTION_REMOVE_ALL and, with an emoji, MESSAGE_REACTION_REMOVE_EMOJI.
    package mutating func reactionsCleared(_ clearing: ReactionClearing) {
        object {
            $0.field("channel_id", snowflake: clearing.channel.rawValue)
            $0.field("message_id", snowflake: clearing.message.rawValue)
            if let guild = clearing.guild { $0.field("guild_id", snowflake: guild.rawValue) }
            if let emoji = clearing.emoji { $0.emoji(emoji) }
        }
    }

    /// The event CHANNEL_PINS_UPDATE.
    package mutating func channelPinsUpdate(in channel: ChannelID, of guild: GuildID?, lastPinAt: UInt64?) {
        object {
            if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
            $0.field("channel_id", snowflake: channel.rawValue)
            $0.field("last_pin_timestamp", unixMilliseconds: lastPinAt.map(Int64.init(clamping:)))
        }
    }

    /// The answer of `GET /channels/{channel}/messages/pins`: the latest pinned first.
    package mutating func pins(_ page: ArraySlice<HydratedMessage>, hasMore: Bool, files: AttachmentLinks) {
        object {
            $0.array("items") { array in
                for pinned in page {
                    array.object {
                        $0.field(
                            "pinned_at", unixMilliseconds: Int64(clamping: pinned.message.pinnedAt ?? 0))
                        $0.key("message")
                        $0.message(pinned, .rest, files: files)
                    }
                }
            }
            $0.field("has_more", hasMore)
        }
    }
}
