import Chat
import FoundationEssentials
import GRDB
import Interface

// The rows of messages: a live one in `message`, a soft-deleted one in `deleted_message`.

extension SQLiteMessageStore {
    /// Writes a message where its state belongs, unless a version at least as new is stored.
    static func upsert(_ message: Message, at place: MessagePlace, in database: Database) throws {
        let isDeleted = message.deletedAt != nil
        // A new one is in neither table, which is the way of nearly all: no look-up for them.
        if !place.isNew, try !leave(isDeleted ? .live : .deleted, message, in: database) { return }
        let body = message.encoded()
        let (channel, id, version) = (message.channel.column, message.id.column, Int64(bitPattern: message.version))
        let insertion = try BoundStatement(database, isDeleted ? Table.deleted.insertion : Table.live.insertion)
        try insertion.bind(channel, at: 1)
        try insertion.bind(id, at: 2)
        try insertion.bind(version, at: 3)
        try insertion.bind(place.bucket.column, at: 4)
        try insertion.bind(Seal.over(body, channel, id, version), at: 5)
        try insertion.run(blob: body, at: 6)
    }

    /// Takes an older state of a message out of the table in which it does not belong any more.
    /// - Returns: false when the table's state is the newer one.
    private static func leave(_ table: Table, _ message: Message, in database: Database) throws -> Bool {
        let key: StatementArguments = [message.channel.column, message.id.column]
        guard let stored = try database.first(table.version, key, { $0.unsigned(0) }) else { return true }
        guard message.version > stored else { return false }
        try database.run(table.deletion, key)
        return true
    }

    private enum Table {
        case live, deleted

        var insertion: String {
            switch self {
            case .live:
                """
                INSERT INTO message (channel, id, version, bucket, seal, body) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (channel, id) DO UPDATE
                SET version = excluded.version, seal = excluded.seal, body = excluded.body
                WHERE excluded.version > message.version
                """
            case .deleted:
                """
                INSERT INTO deleted_message (channel, id, version, bucket, seal, body) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (channel, id) DO UPDATE
                SET version = excluded.version, seal = excluded.seal, body = excluded.body
                WHERE excluded.version > deleted_message.version
                """
            }
        }

        var version: String {
            switch self {
            case .live: "SELECT version FROM message WHERE channel = ? AND id = ?"
            case .deleted: "SELECT version FROM deleted_message WHERE channel = ? AND id = ?"
            }
        }

        var deletion: String {
            switch self {
            case .live: "DELETE FROM message WHERE channel = ? AND id = ?"
            case .deleted: "DELETE FROM deleted_message WHERE channel = ? AND id = ?"
            }
        }
    }
}
