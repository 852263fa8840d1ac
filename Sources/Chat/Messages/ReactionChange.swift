/// Somebody reacts to a message, as the edge saw them: delivery needs no look-up.
package struct ReactionChange: Hashable, Sendable {
    package var emoji: ReactionEmoji
    package var user: User
    /// The user's place in the guild; `nil` in direct messages.
    package var member: Member?
    /// Whether the user may bring an emoji that the message does not have yet; joining in takes no right.
    package var mayBeFirst: Bool

    package init(emoji: ReactionEmoji, user: User, member: Member?, mayBeFirst: Bool) {
        self.emoji = emoji
        self.user = user
        self.member = member
        self.mayBeFirst = mayBeFirst
    }
}

/// A reaction that came or went, as everybody is told of it.
package struct ReactionNote: Hashable, Sendable {
    package var message: MessageID
    package var channel: ChannelID
    package var guild: GuildID?
    package var emoji: ReactionEmoji
    package var user: UserID
    /// Who reacted, as a member; `nil` in direct messages and of a reaction that went.
    package var member: MemberProfile?
    /// Who wrote the message.
    package var author: UserID

    package init(
        message: MessageID, channel: ChannelID, guild: GuildID?, emoji: ReactionEmoji, user: UserID,
        member: MemberProfile? = nil, author: UserID
    ) {
        self.message = message
        self.channel = channel
        self.guild = guild
        self.emoji = emoji
        self.user = user
        self.member = member
        self.author = author
    }
}

/// All reactions of a message, or all with one emoji, that were taken away at once.
package struct ReactionClearing: Hashable, Sendable {
    package var message: MessageID
    package var channel: ChannelID
    package var guild: GuildID?
    /// `nil`: all of them.
    package var emoji: ReactionEmoji?

    package init(message: MessageID, channel: ChannelID, guild: GuildID?, emoji: ReactionEmoji?) {
        self.message = message
        self.channel = channel
        self.guild = guild
        self.emoji = emoji
    }
}
