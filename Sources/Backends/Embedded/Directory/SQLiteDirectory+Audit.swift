package import Chat
import FoundationEssentials
import GRDB
package import Interface

extension SQLiteDirectory {
    package func record(_ entry: AuditEntry) async throws(BackendError) {
        try await database.write("directory.record") { database in
            try Self.record(entry, "directory.record", database)
        }
    }

    package func count(_ entry: AuditEntry) async throws(BackendError) -> Bool {
        try await database.write("directory.count") { database in
            let latest = try database.all(
                Self.audited + Self.byUser + Self.byAction + Self.newestFirst,
                [
                    entry.guild.column, 0, Int64.max, entry.actor.column, Int64(entry.action.rawValue),
                    Self.joinedMax,
                ]
            ) { try AuditEntry(encoded: try $0.blob(0)) }
            for earlier in latest {
                guard let joined = earlier.joined(with: entry) else { continue }
                try database.run(
                    "UPDATE audit SET body = ? WHERE guild = ? AND id = ?",
                    [Data(joined.encoded()), joined.guild.column, joined.id.column])
                return false
            }
            try Self.record(entry, "directory.count", database)
            return true
        }
    }

    private static func record(_ entry: AuditEntry, _ operation: String, _ database: Database) throws {
        let exists =
            try database.first("SELECT 1 FROM guild WHERE id = ?", [entry.guild.column]) { _ in true } ?? false
        guard exists else { throw conflict(operation, "guild \(entry.guild)", "no such guild") }
        try AuditWriter.record([entry], database)
    }

    package func auditEntries(of guild: GuildID, _ query: AuditQuery) async throws(BackendError) -> [AuditEntry] {
        try await database.read("directory.audit") { database in
            var statement = Self.audited
            var values = [
                guild.column, max(query.after ?? query.since, query.since).bound, query.before?.bound ?? .max,
            ]
            if let user = query.user {
                statement += Self.byUser
                values.append(user.column)
            }
            if let action = query.action {
                statement += Self.byAction
                values.append(Int64(action.rawValue))
            }
            statement += query.after == nil ? Self.newestFirst : Self.oldestFirst
            values.append(Int64(query.limit.held(in: 1...Self.auditEntriesMax)))
            return try database.all(statement, StatementArguments(values)) { try AuditEntry(encoded: try $0.blob(0)) }
        }
    }

    private static let auditEntriesMax = 100
    private static let joinedMax = 32
    private static let audited = "SELECT body FROM audit WHERE guild = ? AND id > ? AND id < ?"
    private static let byUser = " AND user = ?"
    private static let byAction = " AND action = ?"
    private static let newestFirst = " ORDER BY id DESC LIMIT ?"
    private static let oldestFirst = " ORDER BY id LIMIT ?"
}

/// The rows of audit logs; each call runs inside the transaction of its caller.
enum AuditWriter {
    /// Old entries that go with each new one: more than come, so that what is over goes even after a rush.
    private static let trimmedMax = 32
    private static let insertion = "INSERT INTO audit (guild, id, user, action, body) VALUES (?, ?, ?, ?, ?)"
    private static let trimming =
        "DELETE FROM audit WHERE guild = ?1 AND id IN (SELECT id FROM audit WHERE guild = ?1 AND id < ?2 ORDER BY id LIMIT ?3)"

    static func record(_ entries: [AuditEntry], _ database: Database) throws {
        for entry in entries {
            try database.run(
                insertion,
                [
                    entry.guild.column, entry.id.column, entry.actor.column, Int64(entry.action.rawValue),
                    Data(entry.encoded()),
                ])
            try database.run(
                trimming,
                [
                    entry.guild.column, AuditQuery.oldest(at: entry.id.unixMilliseconds).column,
                    trimmedMax,
                ])
        }
    }
}
