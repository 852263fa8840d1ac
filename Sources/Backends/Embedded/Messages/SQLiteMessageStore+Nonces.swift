package import Chat
import FoundationEssentials
import GRDB
package import Interface
import Synchronization

// Nonces: which message a repeated send stands for. A nonce's age is its message's.

extension SQLiteMessageStore {
    /// How long nonces are kept, in milliseconds. Partitions that lag ask with older times than those that do not, so it is as long as the log
    /// keeps its records by default: a day.
    static let nonceRetentionMilliseconds: UInt64 = 86_400_000

    package func messages(
        forNonces keys: [NonceKey], now: UInt64
    ) async throws(BackendError) -> [NonceKey: MessageID] {
        guard !keys.isEmpty else { return [:] }
        guard keys.count <= Self.nonceKeysMax else {
            throw BackendError(
                .rejected, operation: "messages.nonces", target: database.path,
                detail: "one call asks for at most \(Self.nonceKeysMax) nonces")
        }
        newestNow.max(now, ordering: .relaxed)
        let oldest = now > Limits.nonceWindowMilliseconds ? now - Limits.nonceWindowMilliseconds : 0
        return try await database.read("messages.nonces") { database in
            var found: [NonceKey: MessageID] = [:]
            for key in keys {
                let message: MessageID? = try database.first(
                    "SELECT message FROM nonce WHERE channel = ? AND author = ? AND nonce = ?",
                    [key.channel.column, key.author.column, Data(key.nonce.encoded())]
                ) { $0.id(0) }
                if let message, message.unixMilliseconds >= oldest { found[key] = message }
            }
            return found
        }
    }

    /// The younger message wins, whichever is written first.
    static func remember(_ key: NonceKey, for message: MessageID, in database: Database) throws {
        try database.run(
            """
            INSERT INTO nonce (channel, author, nonce, message) VALUES (?, ?, ?, ?)
            ON CONFLICT (channel, author, nonce) DO UPDATE SET message = excluded.message
            WHERE excluded.message > nonce.message
            """,
            [key.channel.column, key.author.column, Data(key.nonce.encoded()), message.column]
        )
    }

    /// The id before which nonces may be forgotten; `nil` before anybody asked for one.
    func forgettableNonces() -> MessageID? {
        let now = newestNow.load(ordering: .relaxed)
        guard now > Self.nonceRetentionMilliseconds else { return nil }
        return MessageID(Snowflake.make(unixMilliseconds: now - Self.nonceRetentionMilliseconds, low: 0))
    }

    /// - Parameter limit: twice what a batch can add lets forgetting keep up, and bounds the work.
    static func forgetNonces(before id: MessageID, limit: Int, in database: Database) throws {
        try database.run(
            """
            DELETE FROM nonce WHERE (channel, author, nonce) IN
            (SELECT channel, author, nonce FROM nonce WHERE message < ? ORDER BY message LIMIT ?)
            """,
            [id.bound, limit]
        )
    }
}
