import Chat
import FoundationEssentials
import GRDB
import Interface

/// Users, guilds and what hangs on them, in SQLite.
package final class SQLiteDirectory: Directory {
    /// Tokens of one user; beyond them the oldest goes.
    static let tokensMax = 100
    /// Rows that one call returns, and ids that one call takes.
    static let rowsMax = 1_000

    let database: SQLiteDatabase

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    static func conflict(_ operation: String, _ target: String, _ detail: String) -> BackendError {
        BackendError(.conflict, operation: operation, target: target, detail: detail)
    }

    /// Refuses more ids than the role allows.
    func checkCount(_ count: Int, _ operation: String) throws(BackendError) {
        guard count <= Self.rowsMax else {
            throw BackendError(
                .rejected, operation: operation, target: database.path,
                detail: "one call takes at most \(Self.rowsMax) ids")
        }
    }

    // Rows and values.

    static let userColumns = "user.id, user.username, user.global_name, user.avatar, user.is_bot"

    /// Reads ``userColumns``, from a column on.
    static func user(_ row: Row, at column: Int = 0) -> User {
        User(
            id: row.id(column), username: row.text(column + 1), globalName: row.optionalText(column + 2),
            avatar: row.optionalText(column + 3), isBot: row.bool(column + 4))
    }

    /// Of a member joined with its timeout.
    static let memberColumns =
        "member.nick, member.roles, member.joined_at, member.is_deafened, member.is_muted, timeout.until"

    /// Reads ``userColumns`` and ``memberColumns``.
    static func profile(_ row: Row) throws -> MemberProfile {
        let user = user(row)
        return MemberProfile(
            user: user,
            member: Member(
                user: user.id, nick: row.optionalText(5), roles: RoleList.decode(try row.blob(6)),
                joinedAt: row.unsigned(7), isDeafened: row.bool(8), isMuted: row.bool(9),
                timedOutUntil: row.optionalUnsigned(10))
        )
    }

    static let inviteColumns =
        "code, guild, channel, inviter, created_at, max_age_seconds, max_uses, uses, is_temporary"

    /// Reads ``inviteColumns``.
    static func invite(_ row: Row) -> Invite {
        Invite(
            code: row.text(0), guild: row.id(1), channel: row.id(2), inviter: row.id(3), createdAt: row.unsigned(4),
            maxAgeSeconds: UInt32(clamping: row.integer(5)), maxUses: UInt32(clamping: row.integer(6)),
            uses: UInt32(clamping: row.integer(7)), isTemporary: row.bool(8))
    }
}

/// A member's roles as a column: ids of 8 bytes, big-endian.
enum RoleList {
    static func encode(_ roles: [RoleID]) -> Data {
        var data = Data(capacity: roles.count * 8)
        for role in roles { data.append(contentsOf: bytes(of: role)) }
        return data
    }

    static func decode(_ bytes: [UInt8]) -> [RoleID] {
        stride(from: 0, to: bytes.count - bytes.count % 8, by: 8).map { start in
            RoleID(bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        }
    }

    static func bytes(of role: RoleID) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: role.rawValue >> (56 - 8 * UInt64($0))) }
    }
}
