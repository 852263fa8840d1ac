import Chat
import FoundationEssentials
import GRDB
package import Interface
import Synchronization

/// Messages in SQLite.
///
/// A message is a row of `message`. Rows lie in the order in which they came, so that what is written together lies together; a page of
/// history is one range of the index on (channel, id). What guards look at has a column, the message itself is a blob. A soft-deleted
/// message is a row of `deleted_message` instead, so that a page reads no more rows than it serves, however many were deleted around them.
/// Laws: an id of a channel is in one of the two at most; every id in either is ≤ the greatest `last` of the channel's rows in `bucket`.
package final class SQLiteMessageStore: MessageStore {
    static let applyWritesMax = 10_000
    static let nonceKeysMax = 10_000
    static let scanMessagesMax = 1_000

    static let description = DatabaseDescription(
        fileName: "messages.db", pageBytes: 4_096,
        migrations: [
            """
            CREATE TABLE message (
                channel INTEGER NOT NULL,
                id INTEGER NOT NULL,
                version INTEGER NOT NULL,
                is_deleted INTEGER NOT NULL,
                bucket INTEGER NOT NULL,
                seal INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (channel, id)
            ) WITHOUT ROWID;
            CREATE TABLE bucket (
                channel INTEGER NOT NULL,
                bucket INTEGER NOT NULL,
                first INTEGER NOT NULL,
                last INTEGER NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (channel, bucket)
            ) WITHOUT ROWID;
            CREATE TABLE nonce (
                channel INTEGER NOT NULL,
                author INTEGER NOT NULL,
                nonce BLOB NOT NULL,
                message INTEGER NOT NULL,
                PRIMARY KEY (channel, author, nonce)
            ) WITHOUT ROWID;
            CREATE INDEX nonce_by_message ON nonce (message);
            """,
            // `message.is_deleted` is 0 from here on, and gone with the table's next form.
            """
            CREATE TABLE deleted_message (
                channel INTEGER NOT NULL,
                id INTEGER NOT NULL,
                version INTEGER NOT NULL,
                bucket INTEGER NOT NULL,
                seal INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (channel, id)
            ) WITHOUT ROWID;
            INSERT INTO deleted_message (channel, id, version, bucket, seal, body)
            SELECT channel, id, version, bucket, seal, body FROM message WHERE is_deleted <> 0;
            DELETE FROM message WHERE is_deleted <> 0;
            """,
            """
            CREATE TABLE pin_board (
                channel INTEGER PRIMARY KEY,
                version INTEGER NOT NULL,
                last_pin_at INTEGER
            );
            CREATE TABLE pin (
                channel INTEGER NOT NULL,
                message INTEGER NOT NULL,
                pinned_at INTEGER NOT NULL,
                PRIMARY KEY (channel, message)
            ) WITHOUT ROWID;
            CREATE TABLE reaction_sheet (
                channel INTEGER NOT NULL,
                message INTEGER NOT NULL,
                version INTEGER NOT NULL,
                PRIMARY KEY (channel, message)
            ) WITHOUT ROWID;
            CREATE TABLE reaction_tally (
                channel INTEGER NOT NULL,
                message INTEGER NOT NULL,
                emoji TEXT NOT NULL,
                emoji_id INTEGER,
                name TEXT NOT NULL,
                since INTEGER NOT NULL,
                count INTEGER NOT NULL,
                PRIMARY KEY (channel, message, emoji)
            ) WITHOUT ROWID;
            CREATE TABLE reaction (
                channel INTEGER NOT NULL,
                message INTEGER NOT NULL,
                emoji TEXT NOT NULL,
                user INTEGER NOT NULL,
                PRIMARY KEY (channel, message, emoji, user)
            ) WITHOUT ROWID;
            CREATE TABLE fate (
                version INTEGER NOT NULL,
                channel INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                PRIMARY KEY (version, channel)
            ) WITHOUT ROWID;
            """,
            // A tree in the order of (channel, id) takes new rows in its middle and splits pages all the time: 2.5 pages written for each
            // message where 100 channels are busy, against 1.1 with rows in the order of arrival and an index.
            """
            CREATE TABLE arrived (
                channel INTEGER NOT NULL,
                id INTEGER NOT NULL,
                version INTEGER NOT NULL,
                bucket INTEGER NOT NULL,
                seal INTEGER NOT NULL,
                body BLOB NOT NULL,
                PRIMARY KEY (channel, id)
            );
            INSERT INTO arrived (channel, id, version, bucket, seal, body)
            SELECT channel, id, version, bucket, seal, body FROM message ORDER BY id;
            DROP TABLE message;
            ALTER TABLE arrived RENAME TO message;
            """,
        ]
    )

    let database: SQLiteDatabase
    /// The latest time, in Unix milliseconds, for which somebody asked about nonces: what is far older may be forgotten.
    let newestNow = Atomic<UInt64>(0)

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func apply(_ batch: StoreBatch) async throws(BackendError) {
        let writes = batch.messages
        guard !batch.isEmpty else { return }
        guard max(writes.count, batch.reactions.count, batch.fates.count) <= Self.applyWritesMax else {
            throw refusal("one call writes at most \(Self.applyWritesMax) messages, and as many reactions")
        }
        for write in batch.reactions {
            guard write.message.rawValue <= UInt64(Int64.max), write.version <= UInt64(Int64.max) else {
                throw refusal("the message or version of a reaction to \(write.message) exceeds 63 bits")
            }
        }
        for write in writes {
            guard write.message.id.rawValue <= UInt64(Int64.max), write.message.version <= UInt64(Int64.max) else {
                throw refusal("the id or version of message \(write.message.id) exceeds 63 bits")
            }
        }
        // In order of channel and id, so that a channel's new messages are placed as they were minted. By number: a write is large.
        let order = writes.indices.sorted { left, right in
            (writes[left].message.channel, writes[left].message.id, writes[left].message.version)
                < (writes[right].message.channel, writes[right].message.id, writes[right].message.version)
        }
        let forgetBefore = forgettableNonces()
        try await database.write("messages.apply") { database in
            var placement = BucketPlacement(database)
            for index in order {
                let place = try placement.place(of: writes[index].message.id, in: writes[index].message.channel)
                try Self.upsert(writes[index].message, at: place, in: database)
                if let key = writes[index].nonceKey {
                    try Self.remember(key, for: writes[index].message.id, in: database)
                }
            }
            try placement.finish()
            try Self.notePins(writes, in: database)
            for write in batch.reactions { try Self.apply(write, in: database) }
            try Self.remember(batch.fates, in: database)
            if let forgetBefore { try Self.forgetNonces(before: forgetBefore, limit: 2 * writes.count, in: database) }
        }
    }

    private func refusal(_ detail: String) -> BackendError {
        BackendError(.rejected, operation: "messages.apply", target: database.path, detail: detail)
    }
}

extension Bucket {
    /// Sorts like the bucket: the day, then 32 bits of part.
    var column: Int64 { Int64(day) << 32 | Int64(part) }

    init(column: Int64) {
        self.init(day: UInt32(truncatingIfNeeded: column >> 32), part: UInt32(truncatingIfNeeded: column))
    }
}

/// Where a message lies, or comes to lie now.
struct MessagePlace {
    var bucket: Bucket
    /// Its id is greater than every one placed in the channel before: no table has it.
    var isNew: Bool
}

/// The bucket directories of the channels that one batch touches, read when needed and written back once.
///
/// Messages have to come in ascending order of channel and id.
private struct BucketPlacement {
    private let database: Database
    private var channel: ChannelID?
    /// Only the newest entry of the channel, and those that followed it since.
    private var directory = BucketDirectory()
    private var isChanged = false

    init(_ database: Database) {
        self.database = database
    }

    mutating func place(of id: MessageID, in channel: ChannelID) throws -> MessagePlace {
        if self.channel != channel { try load(channel) }
        if let newest = directory.entries.last, id <= newest.last {
            return MessagePlace(bucket: try bucket(ofLate: id, in: channel), isNew: false)
        }
        isChanged = true
        return MessagePlace(bucket: directory.place(id), isNew: true)
    }

    /// Writes back what changed.
    mutating func finish() throws {
        guard let channel, isChanged else { return }
        for entry in directory.entries { try put(entry, of: channel) }
        isChanged = false
    }

    /// A message that is stored already, or one that comes after younger ones: a replayed dead letter.
    private mutating func bucket(ofLate id: MessageID, in channel: ChannelID) throws -> Bucket {
        let stored = try database.first(
            """
            SELECT bucket FROM message WHERE channel = ?1 AND id = ?2
            UNION ALL SELECT bucket FROM deleted_message WHERE channel = ?1 AND id = ?2
            """,
            [channel.column, id.column]
        ) { Bucket(column: $0.integer(0)) }
        if let stored { return stored }
        try finish()
        var whole = BucketDirectory(entries: try SQLiteMessageStore.entries(of: channel, in: database))
        let bucket = whole.place(id)
        // The directory's own rule cannot tell a late message from one that came again; the store can, and counts it.
        try database.run(
            """
            INSERT INTO bucket (channel, bucket, first, last, count) VALUES (?1, ?2, ?3, ?3, 1)
            ON CONFLICT (channel, bucket) DO UPDATE
            SET first = min(first, excluded.first), last = max(last, excluded.last), count = count + 1
            """,
            [channel.column, bucket.column, id.column]
        )
        try load(channel)
        return bucket
    }

    private mutating func load(_ channel: ChannelID) throws {
        try finish()
        self.channel = channel
        let query = try BoundStatement(
            database, "SELECT bucket, first, last, count FROM bucket WHERE channel = ? ORDER BY bucket DESC LIMIT 1")
        try query.bind(channel.column, at: 1)
        let newest = try query.first { row in
            BucketEntry(
                bucket: Bucket(column: row.integer(0)), first: MessageID(column: row.integer(1)),
                last: MessageID(column: row.integer(2)), count: Int(row.integer(3)))
        }
        directory = BucketDirectory(entries: newest.map { [$0] } ?? [])
    }

    private func put(_ entry: BucketEntry, of channel: ChannelID) throws {
        let insertion = try BoundStatement(
            database,
            """
            INSERT INTO bucket (channel, bucket, first, last, count) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (channel, bucket) DO UPDATE SET first = excluded.first, last = excluded.last, count = excluded.count
            """)
        try insertion.bind(channel.column, at: 1)
        try insertion.bind(entry.bucket.column, at: 2)
        try insertion.bind(entry.first.column, at: 3)
        try insertion.bind(entry.last.column, at: 4)
        try insertion.bind(Int64(entry.count), at: 5)
        try insertion.run()
    }
}
