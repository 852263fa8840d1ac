package import Chat

/// Values for tests that need some.
package enum Samples {
    /// 2023-11-14T22:13:20Z, in Unix milliseconds.
    package static let startUnixMilliseconds: UInt64 = 1_700_000_000_000

    /// The id that was minted a while after the start.
    package static func messageID(_ milliseconds: UInt64, low: UInt64 = 0) -> MessageID {
        MessageID(Snowflake.make(unixMilliseconds: startUnixMilliseconds + milliseconds, low: low))
    }

    /// A message as it is when it is created: its version is its id.
    package static func message(
        _ id: MessageID, in channel: ChannelID = ChannelID(10), content: String = "hello", version: UInt64? = nil
    ) -> Message {
        Message(
            id: id, channel: channel, guild: GuildID(1), author: UserID(7), content: content,
            mentions: Mentions(users: [UserID(8)]), version: version ?? id.rawValue
        )
    }

    package static func user(_ id: UInt64, _ username: String) -> User {
        User(id: UserID(id), username: username, globalName: "Global \(username)", avatar: "a\(id)")
    }

    package static func role(_ id: UInt64, _ name: String = "role") -> Role {
        Role(id: RoleID(id), name: name, permissions: [.viewChannel, .sendMessages], position: 1)
    }

    package static func channel(
        _ id: UInt64, guild: GuildID, parent: ChannelID? = nil, overwrites: [PermissionOverwrite] = []
    ) -> Channel {
        Channel(
            id: ChannelID(id), kind: .text, guild: guild, name: "channel-\(id)", parent: parent, overwrites: overwrites)
    }

    package static func member(_ user: UInt64, nick: String? = nil, roles: [RoleID] = []) -> Member {
        Member(user: UserID(user), nick: nick, roles: roles, joinedAt: startUnixMilliseconds)
    }

    package static func token(_ number: UInt8) -> TokenHash {
        TokenHash(bytes: Array(repeating: number, count: 32))
    }
}
