/// Points from one message to another: a reply to what it answers, the note of a pin to what was pinned.
package struct MessageReference: Hashable, Sendable {
    package var message: MessageID
    package var channel: ChannelID
    /// `nil` in direct messages.
    package var guild: GuildID?

    package init(message: MessageID, channel: ChannelID, guild: GuildID?) {
        self.message = message
        self.channel = channel
        self.guild = guild
    }
}

/// A message shown inside the reply to it. It shows no further quotation, so that a chain of replies stays one deep.
package struct QuotedMessage: Hashable, Sendable {
    package var message: Message
    package var author: User
    package var mentioned: [User]

    package init(message: Message, author: User, mentioned: [User] = []) {
        self.message = message
        self.author = author
        self.mentioned = mentioned
    }
}

/// What a reply shows of the message that it answers.
package indirect enum ReferencedMessage: Hashable, Sendable {
    case quoted(QuotedMessage)
    /// It is gone: nothing of it is shown.
    case deleted
}
