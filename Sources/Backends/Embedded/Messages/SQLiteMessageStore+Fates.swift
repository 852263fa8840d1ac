package import Chat
import GRDB
package import Interface

// Fates: what became of commands that may leave no other trace. A fate's age is its version's.

extension SQLiteMessageStore {
    /// How long fates are kept, in milliseconds: as long as the log keeps its records by default, a day.
    static let fateRetentionMilliseconds: UInt64 = 86_400_000

    package func fate(of version: UInt64, in channel: ChannelID) async throws(BackendError) -> CommandFate.Kind? {
        let raw = try await database.read("messages.fate") { database in
            try database.first(
                "SELECT kind FROM fate WHERE version = ? AND channel = ?", [Int64(bitPattern: version), channel.column]
            ) { $0.integer(0) }
        }
        return raw.flatMap { CommandFate.Kind(rawValue: UInt8(clamping: $0)) }
    }

    /// Keeps fates, and forgets twice as many that are too old.
    static func remember(_ fates: [CommandFate], in database: Database) throws {
        guard let newest = fates.map(\.version).max() else { return }
        for fate in fates {
            try database.run(
                "INSERT INTO fate (version, channel, kind) VALUES (?, ?, ?) ON CONFLICT (version, channel) DO NOTHING",
                [Int64(bitPattern: fate.version), fate.channel.column, Int64(fate.kind.rawValue)]
            )
        }
        let now = Snowflake.unixMilliseconds(of: newest)
        guard now > fateRetentionMilliseconds else { return }
        let oldest = Snowflake.make(unixMilliseconds: now - fateRetentionMilliseconds, low: 0)
        try database.run(
            """
            DELETE FROM fate WHERE (version, channel) IN
            (SELECT version, channel FROM fate WHERE version < ? ORDER BY version LIMIT ?)
            """,
            [Int64(bitPattern: oldest), 2 * fates.count]
        )
    }
}
