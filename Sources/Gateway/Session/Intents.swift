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
    package static let guildPresences = Intents(rawValue: 1 << 8)
    /// MESSAGE_* in guilds.
    package static let guildMessages = Intents(rawValue: 1 << 9)

    /// The bits that decide which of today's events a session gets: what tells rosters apart.
    static let deciding: Intents = [.guilds, .guildMembers, .guildMessages]
    /// What a session gets that subscribes lazily and names none.
    static let all = Intents(rawValue: .max)

    /// The bits of a client's number.
    init(clientValue: UInt64) {
        self.init(rawValue: UInt32(truncatingIfNeeded: clientValue))
    }
}
