import Chat

// What messages hold beside their text.
extension JSONWriter {
    /// The author; a webhook's may want to be seen with another image than its own, which clients of this cluster find
    /// in `avatar_url`.
    mutating func author(_ user: User, _ webhook: WebhookAuthor?) {
        object {
            $0.userFields(user)
            if let url = webhook?.avatarURL { $0.field("avatar_url", url) }
        }
    }

    /// `message_reference`; no id in it may be null.
    mutating func messageReference(_ reference: MessageReference) {
        key("message_reference")
        object {
            $0.field("type", 0)
            $0.field("message_id", snowflake: reference.message.rawValue)
            $0.field("channel_id", snowflake: reference.channel.rawValue)
            if let guild = reference.guild { $0.field("guild_id", snowflake: guild.rawValue) }
        }
    }

    /// `referenced_message`: whole, null when it is gone, absent when the reader may not know.
    mutating func referencedMessage(_ referenced: ReferencedMessage?, _ files: AttachmentLinks) {
        switch referenced {
        case .quoted(let quoted):
            key("referenced_message")
            message(
                HydratedMessage(
                    message: quoted.message, author: quoted.author, member: nil, mentioned: quoted.mentioned),
                .rest, files: files)
        case .deleted:
            null("referenced_message")
        case nil:
            break
        }
    }

    /// `reactions`, which has to be absent rather than empty.
    mutating func reactions(_ tallies: [ReactionTally]) {
        guard !tallies.isEmpty else { return }
        array("reactions") { array in
            for tally in tallies { array.reaction(tally) }
        }
    }

    /// hikari needs `count`, both libraries `me` and `emoji`. There are no burst reactions.
    private mutating func reaction(_ tally: ReactionTally) {
        object {
            $0.emoji(tally.emoji)
            $0.field("count", tally.count)
            $0.key("count_details")
            $0.object {
                $0.field("burst", 0)
                $0.field("normal", tally.count)
            }
            $0.field("me", tally.isMine)
            $0.field("me_burst", false)
            $0.array("burst_colors") { _ in }
        }
    }

    /// `emoji`: both libraries need `name`; the id of one of Unicode is null.
    mutating func emoji(_ emoji: ReactionEmoji) {
        key("emoji")
        object {
            $0.field("id", snowflake: emoji.id?.rawValue)
            $0.field("name", emoji.name)
        }
    }

    /// An attachment; both libraries need `id`, `filename`, `size`, `url` and `proxy_url`, and take no null for what is
    /// not known.
    mutating func attachment(_ attachment: Attachment, of message: Message, _ files: AttachmentLinks) {
        let url = files.url(of: attachment, in: message.channel, of: message.id)
        object {
            $0.field("id", snowflake: attachment.id.rawValue)
            $0.field("filename", attachment.filename)
            $0.field("size", attachment.size)
            $0.field("url", url)
            $0.field("proxy_url", url)
            if let type = attachment.contentType { $0.field("content_type", type) }
            if let description = attachment.description { $0.field("description", description) }
            if let width = attachment.width { $0.field("width", Int(width)) }
            if let height = attachment.height { $0.field("height", Int(height)) }
        }
    }
}
