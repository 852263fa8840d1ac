package import Chat

extension JSONWriter {
    /// The event MESSAGE_ACK of Discord's user API.
    package mutating func messageAcknowledgement(_ notice: ReadNotice) {
        object {
            $0.field("channel_id", snowflake: notice.channel.rawValue)
            $0.field("message_id", snowflake: notice.message.rawValue)
            $0.field("mention_count", Int64(notice.mentionCount))
            if notice.isManual { $0.field("manual", true) }
            $0.field("version", Int64(clamping: notice.version))
        }
    }

    /// The event CHANNEL_UNREAD_UPDATE of Discord's user API, with the number of mentions.
    package mutating func channelUnreadUpdate(_ notice: ReadNotice) {
        object {
            if let guild = notice.guild { $0.field("guild_id", snowflake: guild.rawValue) }
            $0.array("channel_unread_updates") { array in
                array.object {
                    $0.field("id", snowflake: notice.channel.rawValue)
                    $0.field("last_message_id", snowflake: notice.message.rawValue)
                    $0.field("mention_count", Int64(notice.mentionCount))
                }
            }
        }
    }

    /// One entry of `read_state` in READY.
    package mutating func readStateEntry(channel: ChannelID, lastRead: MessageID, mentionCount: UInt32) {
        object {
            $0.field("id", snowflake: channel.rawValue)
            $0.field("last_message_id", snowflake: lastRead.rawValue)
            $0.field("mention_count", Int64(mentionCount))
        }
    }
}
