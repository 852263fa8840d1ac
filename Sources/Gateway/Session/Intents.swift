/// The groups of events a session asked for, with Discord's bit numbers. Unknown high bits are dropped.
package struct Intents: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// GUILD_*, GUILD_ROLE_*, CHANNEL_*.
    package static let guilds = Intents(rawValue: 1 << 0)
    /// GUILD_MEMBER_*.
    package static let guildMembers = Intents(rawValue: 1 << 1)
    /// GUILD_BAN_*, GUILD_AUDIT_LOG_ENTRY_CREATE.
    package static let guildModeration = Intents(rawValue: 1 << 2)
    /// WEBHOOKS_UPDATE.
    package static let guildWebhooks = Intents(rawValue: 1 << 5)
    /// VOICE_STATE_UPDATE.
    package static let guildVoiceStates = Intents(rawValue: 1 << 7)
    /// PRESENCE_UPDATE.
    package static let guildPresences = Intents(rawValue: 1 << 8)
    /// MESSAGE_* in guilds.
    package static let guildMessages = Intents(rawValue: 1 << 9)
    /// MESSAGE_REACTION_* in guilds.
    package static let guildReactions = Intents(rawValue: 1 << 10)
    /// TYPING_START in guilds.
    package static let guildMessageTyping = Intents(rawValue: 1 << 11)
    /// MESSAGE_* in direct messages.
    package static let directMessages = Intents(rawValue: 1 << 12)
    /// MESSAGE_REACTION_* in direct messages.
    package static let directReactions = Intents(rawValue: 1 << 13)
    /// TYPING_START in direct messages.
    package static let directMessageTyping = Intents(rawValue: 1 << 14)
    /// What messages in guilds say; a bot without it is told only of its own and of those that mention it.
    package static let messageContent = Intents(rawValue: 1 << 15)
    /// No bit of Discord's: a bot that did not ask for ``messageContent``.
    static let withoutContent = Intents(rawValue: 1 << 31)

    /// The bits that decide which of today's events a session gets: what tells rosters apart.
    static let deciding: Intents = [
        .guilds, .guildMembers, .guildModeration, .guildWebhooks, .guildMessages, .guildReactions, .guildVoiceStates,
        .guildPresences, .guildMessageTyping, .withoutContent,
    ]
    /// Those that need the topic of what passes in a guild.
    static let looking: Intents = [
        .guildModeration, .guildWebhooks, .guildVoiceStates, .guildPresences, .guildMessageTyping,
    ]
    /// What a session gets that subscribes lazily and names none.
    static let all = Intents(rawValue: .max).subtracting(.withoutContent)

    /// What a session must have asked for to hear in direct messages what it hears in guilds for these; what has no intent
    /// of its own there stays with its guilds'.
    var inDirects: Intents {
        var intents = self
        if intents.remove(.guildMessages) != nil { intents.insert(.directMessages) }
        if intents.remove(.guildReactions) != nil { intents.insert(.directReactions) }
        return intents
    }

    /// Whether a session looks at what passes in a guild.
    var looks: Bool { !isDisjoint(with: .looking) }

    /// The bits of a client's number.
    init(clientValue: UInt64) {
        self = Intents(rawValue: UInt32(truncatingIfNeeded: clientValue)).subtracting(.withoutContent)
    }

    /// The bits of a session's record. Those of earlier versions have every bit for all.
    init(recorded rawValue: UInt32) {
        self.init(rawValue: rawValue)
        if contains(.messageContent) { remove(.withoutContent) }
    }

    /// What a session gets that asks for these. Persons read what is written, whatever their client asks for.
    func granted(isBot: Bool) -> Intents {
        isBot && !contains(.messageContent) ? union(.withoutContent) : self
    }
}
