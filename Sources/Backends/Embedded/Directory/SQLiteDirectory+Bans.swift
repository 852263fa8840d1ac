package import Chat
import GRDB
package import Interface

extension SQLiteDirectory {
    private static let banned =
        "SELECT \(userColumns), ban.reason FROM ban JOIN user ON user.id = ban.user WHERE ban.guild = ?"
    private static let bansAbove = banned + " AND ban.user > ? ORDER BY ban.user LIMIT ?"
    private static let bansBelow = banned + " AND ban.user < ? ORDER BY ban.user DESC LIMIT ?"

    package func ban(of user: UserID, in guild: GuildID) async throws(BackendError) -> BanProfile? {
        try await database.read("directory.ban") { database in
            try database.first(Self.banned + " AND ban.user = ?", [guild.column, user.column], Self.ban)
        }
    }

    package func bans(
        of guild: GuildID, _ cursor: BanCursor, limit: Int
    ) async throws(BackendError) -> [BanProfile] {
        try await database.read("directory.bans") { database in
            let count = limit.held(in: 1...Self.rowsMax)
            switch cursor {
            case .after(let user):
                return try database.all(Self.bansAbove, [guild.column, user.bound, count], Self.ban)
            case .before(let user):
                return try database.all(Self.bansBelow, [guild.column, user.bound, count], Self.ban).reversed()
            }
        }
    }

    private static func ban(_ row: Row) -> BanProfile {
        BanProfile(user: user(row), reason: row.optionalText(5))
    }
}

/// Bans and timeouts; each call runs inside the transaction of its caller.
extension GuildWriter {
    static func isBanned(_ user: UserID, in guild: GuildID, _ database: Database) throws -> Bool {
        try database.first("SELECT 1 FROM ban WHERE guild = ? AND user = ?", [guild.column, user.column]) { _ in
            true
        } ?? false
    }

    static func put(_ ban: Ban, in guild: GuildID, _ database: Database) throws {
        let exists = try database.first("SELECT 1 FROM user WHERE id = ?", [ban.user.column]) { _ in true } ?? false
        guard exists else { throw SQLiteDirectory.conflict("directory.apply", "user \(ban.user)", "no such user") }
        if try isMember(ban.user, of: guild, database) { try remove(ban.user, from: guild, database) }
        try database.run(
            """
            INSERT INTO ban (guild, user, reason) VALUES (?, ?, ?)
            ON CONFLICT (guild, user) DO UPDATE SET reason = excluded.reason
            """,
            [guild.column, ban.user.column, ban.reason])
    }

    static func unban(_ user: UserID, in guild: GuildID, _ database: Database) throws {
        try database.run("DELETE FROM ban WHERE guild = ? AND user = ?", [guild.column, user.column])
        guard database.changesCount > 0 else {
            throw SQLiteDirectory.conflict("directory.apply", "user \(user)", "not banned from guild \(guild)")
        }
    }

    /// Timeouts of the guild that are over for certain go with each new one, so that those of people who left do not pile
    /// up: none ends further ahead than the longest there is.
    static func putTimeout(of member: Member, in guild: GuildID, _ database: Database) throws {
        guard let end = member.timedOutUntil else {
            try database.run("DELETE FROM timeout WHERE guild = ? AND user = ?", [guild.column, member.user.column])
            return
        }
        try database.run(
            """
            INSERT INTO timeout (guild, user, until) VALUES (?, ?, ?)
            ON CONFLICT (guild, user) DO UPDATE SET until = excluded.until
            """,
            [guild.column, member.user.column, Int64(clamping: end)])
        let over = end > Limits.timeoutMillisecondsMax ? end - Limits.timeoutMillisecondsMax : 0
        try database.run(
            "DELETE FROM timeout WHERE guild = ? AND until <= ?", [guild.column, Int64(clamping: over)])
    }
}
