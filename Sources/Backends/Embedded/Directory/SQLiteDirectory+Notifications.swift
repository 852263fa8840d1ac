package import Chat
import FoundationEssentials
import GRDB
package import Interface

// How users want to be told of messages: a row for each guild, and one, of guild 0, for direct channels. `version` counts
// the changes of a user's rows, so that the smallest are those that changed longest ago.
extension SQLiteDirectory {
    private static let settingsOfUser =
        "SELECT body FROM notification_settings WHERE user = ? ORDER BY guild LIMIT ?"
    private static let settingsOfOne = "SELECT body FROM notification_settings WHERE user = ? AND guild = ?"
    private static let lastVersion = "SELECT coalesce(max(version), 0) FROM notification_settings WHERE user = ?"
    private static let setting = """
        INSERT INTO notification_settings (user, guild, version, body) VALUES (?, ?, ?, ?)
        ON CONFLICT (user, guild) DO UPDATE SET version = excluded.version, body = excluded.body
        """
    private static let forgetting = """
        DELETE FROM notification_settings WHERE user = ?1 AND version <= (
            SELECT version FROM notification_settings WHERE user = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2
        )
        """

    package func notificationSettings(of user: UserID) async throws(BackendError) -> [NotificationSettings] {
        try await database.read("directory.notification-settings") { database in
            try database.all(
                Self.settingsOfUser, [user.column, Limits.notificationSettingsPerUserMax], Self.settings)
        }
    }

    package func notificationSettings(
        of users: [UserID], in guild: GuildID?
    ) async throws(BackendError) -> [UserID: NotificationSettings] {
        try checkCount(users.count, "directory.notification-settings-in-guild")
        return try await database.read("directory.notification-settings-in-guild") { database in
            var found: [UserID: NotificationSettings] = [:]
            for user in users {
                found[user] = try database.first(
                    Self.settingsOfOne, [user.column, guild?.column ?? 0], Self.settings)
            }
            return found
        }
    }

    package func set(
        _ settings: NotificationSettings, of user: UserID
    ) async throws(BackendError) -> NotificationSettings {
        try await database.write("directory.set-notification-settings") { database in
            let target = "user \(user)"
            let exists = try database.first("SELECT 1 FROM user WHERE id = ?", [user.column]) { _ in true } ?? false
            guard exists else { throw Self.conflict("directory.set-notification-settings", target, "no such user") }
            let guild = settings.guild?.column ?? 0
            let known = try database.first(Self.settingsOfOne, [user.column, guild], Self.settings)
            guard known?.version ?? 0 == settings.version else {
                throw Self.conflict("directory.set-notification-settings", target, "the settings are others now")
            }
            var new = settings
            new.version = try database.first(Self.lastVersion, [user.column]) { $0.unsigned(0) + 1 } ?? 1
            try database.run(
                Self.setting, [user.column, guild, Int64(bitPattern: new.version), Data(new.encoded())])
            try database.run(Self.forgetting, [user.column, Limits.notificationSettingsPerUserMax])
            return new
        }
    }

    private static func settings(_ row: Row) throws -> NotificationSettings {
        try NotificationSettings(encoded: try row.blob(0))
    }
}
