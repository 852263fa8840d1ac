import Chat
import FoundationEssentials
import Operations

/// Milliseconds since the Unix epoch as RFC 3339 in UTC.
func instantText(_ unixMilliseconds: UInt64) -> String {
    Date(timeIntervalSince1970: Double(unixMilliseconds) / 1_000)
        .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

extension UserResource {
    init(_ user: User) {
        self.init(
            id: user.id.description, username: user.username, bot: user.isBot,
            createdAt: instantText(user.id.unixMilliseconds)
        )
    }
}

extension GuildResource {
    init(_ snapshot: GuildSnapshot, invite: String? = nil) {
        self.init(
            id: snapshot.guild.id.description, name: snapshot.guild.name, ownerID: snapshot.guild.owner.description,
            members: snapshot.memberCount, channels: snapshot.channels.count, invite: invite,
            createdAt: instantText(snapshot.guild.id.unixMilliseconds)
        )
    }
}

extension Channel.Kind {
    /// The word for it on the command line.
    var word: String {
        switch self {
        case .text: "text"
        case .voice: "voice"
        case .category: "category"
        case .directMessage: "dm"
        case .groupDirectMessage: "group-dm"
        }
    }
}

extension ChannelResource {
    init(_ channel: Channel, guild: GuildID, last: MessageID?) {
        self.init(
            id: channel.id.description, guildID: guild.description, name: channel.name, type: channel.kind.word,
            topic: channel.topic,
            parentID: channel.parent?.description, lastMessageID: last?.description
        )
    }
}

extension MessageResource {
    init(_ message: Message, author: String, event: String = "created", showsContent: Bool) {
        self.init(
            event: event, id: message.id.description, timeUUID: TimeUUIDSpelling.spell(message.id),
            channelID: message.channel.description, authorID: message.author.description, author: author,
            at: instantText(message.id.unixMilliseconds), editedAt: message.editedAt.map(instantText),
            bytes: message.content.utf8.count, content: showsContent ? message.content : nil
        )
    }

    /// A message that is gone: nothing but its id is left to say.
    init(deleted id: MessageID, channel: ChannelID) {
        self.init(
            event: "deleted", id: id.description, timeUUID: TimeUUIDSpelling.spell(id), channelID: channel.description,
            authorID: "",
            author: "", at: instantText(id.unixMilliseconds), editedAt: nil, bytes: 0, content: nil
        )
    }
}
