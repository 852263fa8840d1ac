package import Chat

/// To whom a message object goes.
package enum MessageForm: Hashable, Sendable {
    /// An answer of REST: without `guild_id` and `member`.
    case rest
    /// MESSAGE_CREATE or MESSAGE_UPDATE: with `guild_id` and the author's `member` when the channel is in a guild; in
    /// direct messages both keys are absent, which is how clients recognise those.
    case event
}

extension JSONWriter {
    /// A whole message; partial ones break discord.py, so edits send it too.
    ///
    /// discord.py and hikari need `id`, `channel_id`, `author`, `content` and `type`; hikari also `timestamp`,
    /// `edited_timestamp` (which may be null), `tts`, `pinned`, `flags`, `attachments` and `embeds`. Lists are never
    /// null, and what a message has not is absent.
    /// - Parameter files: where attachments are found.
    package mutating func message(
        _ hydrated: HydratedMessage, _ form: MessageForm, files: AttachmentLinks
    ) {
        let message = hydrated.message
        object {
            $0.field("id", snowflake: message.id.rawValue)
            $0.field("channel_id", snowflake: message.channel.rawValue)
            if form == .event, let guild = message.guild { $0.field("guild_id", snowflake: guild.rawValue) }
            $0.field("type", Int(message.kind.rawValue))
            $0.key("author")
            $0.author(hydrated.author, message.webhook)
            if form == .event, message.guild != nil, let member = hydrated.member {
                $0.key("member")
                $0.memberWithoutUser(member)
            }
            $0.field("content", message.content)
            $0.field("timestamp", unixMilliseconds: Int64(clamping: message.id.unixMilliseconds))
            $0.field("edited_timestamp", unixMilliseconds: message.editedAt.map(Int64.init(clamping:)))
            $0.field("tts", message.isTTS)
            $0.field("mention_everyone", message.mentions.everyone)
            $0.array("mentions") { array in
                for user in hydrated.mentioned { array.user(user) }
            }
            $0.field("mention_roles", snowflakes: message.mentions.roles.lazy.map(\.rawValue))
            $0.array("attachments") { array in
                for attachment in message.attachments { array.attachment(attachment, of: message, files) }
            }
            if message.embeds.isEmpty {
                $0.array("embeds") { _ in }
            } else {
                $0.field("embeds", raw: message.embeds)
            }
            $0.array("components") { _ in }
            $0.field("pinned", message.isPinned)
            $0.field("flags", UInt64(message.flags))
            $0.nonce(message.nonce)
            if let webhook = message.webhook { $0.field("webhook_id", snowflake: webhook.id.rawValue) }
            if let reference = message.reference { $0.messageReference(reference) }
            $0.referencedMessage(hydrated.referenced, files)
            $0.reactions(hydrated.reactions)
        }
    }

    /// `nonce`, exactly as its sender wrote it; nothing where there was none.
    package mutating func nonce(_ nonce: Nonce?) {
        switch nonce {
        case .text(let text): field("nonce", text)
        case .integer(let integer): field("nonce", integer)
        case .unsigned(let integer): field("nonce", integer)
        case nil: break
        }
    }

    /// The event MESSAGE_DELETE; both libraries need `id` and `channel_id`.
    package mutating func messageDelete(_ message: MessageID, in channel: ChannelID, of guild: GuildID?) {
        object {
            $0.field("id", snowflake: message.rawValue)
            $0.field("channel_id", snowflake: channel.rawValue)
            if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
        }
    }

    /// The event MESSAGE_DELETE_BULK; hikari needs all three keys, and bulk deletion exists only in guilds.
    package mutating func messageDeleteBulk(_ messages: [MessageID], in channel: ChannelID, of guild: GuildID?) {
        object {
            $0.field("ids", snowflakes: messages.lazy.map(\.rawValue))
            $0.field("channel_id", snowflake: channel.rawValue)
            if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
        }
    }
}
