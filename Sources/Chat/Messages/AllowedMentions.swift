/// Whom a sender lets a message ping, whatever its text says (Discord's `allowed_mentions`).
package struct AllowedMentions: Hashable, Sendable {
    /// Kinds of mentions that count wherever they stand in the text.
    package struct Kinds: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        package static let users = Kinds(rawValue: 1)
        package static let roles = Kinds(rawValue: 2)
        package static let everyone = Kinds(rawValue: 4)
    }

    package var parse: Kinds
    /// Users who may be pinged though ``parse`` leaves users out; at most ``Limits/mentionsPerMessageMax``.
    package var users: [UserID]
    /// Roles that may be pinged though ``parse`` leaves roles out; at most ``Limits/mentionsPerMessageMax``.
    package var roles: [RoleID]
    /// Whether the author of the message replied to is pinged.
    package var repliedUser: Bool

    package init(parse: Kinds = [], users: [UserID] = [], roles: [RoleID] = [], repliedUser: Bool = false) {
        self.parse = parse
        self.users = users
        self.roles = roles
        self.repliedUser = repliedUser
    }

    /// What is left of the mentions of a text. A mention counts only if it stands in the text: naming somebody here
    /// pings nobody by itself.
    package func filter(_ mentions: Mentions) -> Mentions {
        Mentions(
            users: parse.contains(.users) ? mentions.users : mentions.users.filter(Set(users).contains),
            roles: parse.contains(.roles) ? mentions.roles : mentions.roles.filter(Set(roles).contains),
            everyone: parse.contains(.everyone) && mentions.everyone
        )
    }
}
