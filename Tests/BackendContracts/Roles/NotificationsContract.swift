import Chat
package import Interface

/// The promises of ``Interface/Directory`` about how users want to be told of messages, one case each.
package enum NotificationsContract: String, CaseIterable, Sendable {
    case settingsReadBackWhole, changesRaiseTheUsersVersion, staleChangesAreRefused, unknownUsersHaveNone
    case usersAreAskedTogether, directChannelsAreApart, settingsAreBounded, concurrentChangesAllCount

    private static let user = UserID(1)

    private static func settings(of guild: UInt64?, version: UInt64 = 0) -> NotificationSettings {
        NotificationSettings(
            guild: guild.map { GuildID($0) }, mute: .init(until: 9), level: .mentions, suppressesEveryone: true,
            isPushed: false, overrides: [ChannelID(7): .init(mute: .init(), level: .nothing)], version: version)
    }

    /// - Parameter make: a directory of its own for each call, empty.
    package func check(_ make: () async throws -> any Directory) async throws {
        let directory = try await make()
        try await DirectoryContract.prepare(directory)
        let user = Self.user
        switch self {
        case .settingsReadBackWhole:
            let first = try await directory.set(Self.settings(of: 100), of: user)
            try demand(first, is: Self.settings(of: 100, version: 1), "settings come back under a version")
            let second = try await directory.set(Self.settings(of: nil), of: user)
            let listed = try await directory.notificationSettings(of: user)
            try demand(Set(listed), is: [first, second], "and read back whole")
            try demand(try await directory.notificationSettings(of: UserID(2)), is: [], "others have their own")
        case .changesRaiseTheUsersVersion:
            var settings = try await directory.set(Self.settings(of: 100), of: user)
            _ = try await directory.set(Self.settings(of: 101), of: user)
            settings.mute = nil
            settings = try await directory.set(settings, of: user)
            try demand(settings.version, is: 3, "each change of any settings raises the version")
            try demand(try await directory.notificationSettings(of: user).count, is: 2, "each guild has one")
        case .staleChangesAreRefused:
            let settings = try await directory.set(Self.settings(of: 100), of: user)
            for stale in [Self.settings(of: 100), Self.settings(of: 100, version: 9)] {
                try await demandRefusal(.conflict, "what rests on another version is refused") {
                    _ = try await directory.set(stale, of: user)
                }
            }
            try demand(try await directory.notificationSettings(of: user), is: [settings], "and changes nothing")
        case .unknownUsersHaveNone:
            try await demandRefusal(.conflict, "who does not exist sets nothing") {
                _ = try await directory.set(Self.settings(of: 100), of: UserID(99))
            }
            try demand(try await directory.notificationSettings(of: UserID(99)), is: [], "and has none")
        case .usersAreAskedTogether:
            let first = try await directory.set(Self.settings(of: 100), of: user)
            let second = try await directory.set(Self.settings(of: 100), of: UserID(2))
            _ = try await directory.set(Self.settings(of: 101), of: UserID(3))
            let found = try await directory.notificationSettings(
                of: [user, UserID(2), UserID(3), UserID(99)], in: GuildID(100))
            try demand(found, is: [user: first, UserID(2): second], "those who set some for the guild")
        case .directChannelsAreApart:
            _ = try await directory.set(Self.settings(of: 100), of: user)
            try demand(try await directory.notificationSettings(of: [user], in: nil), is: [:], "they are no guild")
            let direct = try await directory.set(Self.settings(of: nil), of: user)
            try demand(
                try await directory.notificationSettings(of: [user], in: nil), is: [user: direct],
                "and have settings of their own")
        case .settingsAreBounded:
            let most = UInt64(Limits.notificationSettingsPerUserMax)
            for guild in 1...most + 2 { _ = try await directory.set(Self.settings(of: guild), of: user) }
            let guilds = try await directory.notificationSettings(of: user).compactMap(\.guild?.rawValue)
            try demand(guilds.sorted(), is: Array(3...most + 2), "what was set longest ago is forgotten")
        case .concurrentChangesAllCount:
            try await withThrowingTaskGroup(of: Void.self) { group in
                for guild in UInt64(1)...20 {
                    group.addTask { _ = try await directory.set(Self.settings(of: guild), of: user) }
                }
                try await group.waitForAll()
            }
            let versions = try await directory.notificationSettings(of: user).map(\.version)
            try demand(versions.sorted(), is: Array(1...20), "each under a version of its own")
        }
    }
}
