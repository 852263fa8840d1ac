import Chat
import FoundationEssentials
import GRDB
package import Interface

/// The event log in SQLite.
///
/// All partitions lie in one table, in the order in which records came, so that what is appended together lies together. A record's id is
/// its slot (topic and partition, 15 bits) and its offset (48 bits), so that a partition is one range of the index on ids. A writer knows
/// where each partition ends (``LogTails``); the database knows it too, as the last record of the range, or as `trimmed` where trimming has
/// emptied it.
package final class SQLiteEventLog: EventLog {
    /// Partitions of a new log's topics (design: 16 embedded).
    package static let partitionsDefault = 16
    static let readRecordsMax = 10_000
    static let trimRecordsMax = 10_000
    static let stateBytesMax = 64 << 10
    /// Records of one call.
    static let appendRecordsMax = 10_000

    static let description = DatabaseDescription(
        fileName: "log.db", pageBytes: 4_096,
        migrations: [
            """
            CREATE TABLE topic (
                number INTEGER PRIMARY KEY,
                name TEXT NOT NULL UNIQUE,
                partitions INTEGER NOT NULL CHECK (partitions BETWEEN 1 AND 1024)
            );
            CREATE TABLE record (
                id INTEGER PRIMARY KEY,
                key INTEGER NOT NULL,
                timestamp INTEGER NOT NULL,
                seal INTEGER NOT NULL,
                payload BLOB NOT NULL
            );
            CREATE TABLE trimmed (
                slot INTEGER PRIMARY KEY,
                next INTEGER NOT NULL,
                timestamp INTEGER NOT NULL
            );
            CREATE TABLE checkpoint (
                "group" TEXT NOT NULL,
                slot INTEGER NOT NULL,
                next INTEGER NOT NULL,
                epoch INTEGER NOT NULL,
                state BLOB NOT NULL,
                PRIMARY KEY ("group", slot)
            ) WITHOUT ROWID;
            """,
            // Under `id` as the row id each partition grew in the middle of the tree, and every fourth record split a page.
            """
            CREATE TABLE appended (
                id INTEGER NOT NULL UNIQUE,
                key INTEGER NOT NULL,
                timestamp INTEGER NOT NULL,
                seal INTEGER NOT NULL,
                payload BLOB NOT NULL
            );
            INSERT INTO appended (id, key, timestamp, seal, payload)
            SELECT id, key, timestamp, seal, payload FROM record ORDER BY timestamp, id;
            DROP TABLE record;
            ALTER TABLE appended RENAME TO record;
            """,
        ]
    )

    let database: SQLiteDatabase
    let tails: LogTails
    private let appends: AppendQueue
    private let partitionCounts: [Topic: Int]

    /// - Parameter partitions: how many partitions the topics of a log get that is made now; an existing log keeps its own.
    init(
        _ database: SQLiteDatabase, time: any TimeSource, partitions: Int = SQLiteEventLog.partitionsDefault
    ) throws(BackendError) {
        precondition((1...1_024).contains(partitions), "a topic has 1 to 1,024 partitions")
        self.database = database
        let stored = try database.readAtOpen { try Self.partitionCounts($0) }
        var counts: [Topic: Int] = [:]
        for topic in Topic.allCases { counts[topic] = stored[topic] ?? partitions }
        partitionCounts = counts
        tails = LogTails(try database.readAtOpen { try Self.tails($0, counts) }, time: time)
        appends = AppendQueue(database, tails)
        let missing = Topic.allCases.filter { stored[$0] == nil }
        if !missing.isEmpty {
            try database.writeAtOpen { database in
                for topic in missing {
                    try database.run(
                        "INSERT INTO topic (number, name, partitions) VALUES (?, ?, ?)",
                        [LogSlot.number(of: topic), topic.rawValue, partitions]
                    )
                }
            }
        }
    }

    package func partitions(of topic: Topic) async throws(BackendError) -> Int { count(of: topic) }

    package func end(of topic: Topic, partition: Int) async throws(BackendError) -> UInt64 {
        tails.end(of: try slot(topic, partition, "log.end"))
    }

    package func waitForRecords(_ topic: Topic, partition: Int, beyond offset: UInt64) async throws(BackendError) {
        await tails.wait(for: try slot(topic, partition, "log.wait"), beyond: offset)
    }

    package func append(
        _ records: [NewRecord], completion: @escaping @Sendable (Result<[RecordPosition], BackendError>) -> Void
    ) {
        guard !records.isEmpty else { return completion(.success([])) }
        guard records.count <= Self.appendRecordsMax else {
            return completion(
                .failure(refusal("log.append", "one call appends at most \(Self.appendRecordsMax) records")))
        }
        var slots: [LogSlot] = []
        slots.reserveCapacity(records.count)
        for record in records {
            guard record.payload.count <= Limits.recordBytesMax else {
                return completion(
                    .failure(refusal("log.append", "a record takes at most \(Limits.recordBytesMax) bytes")))
            }
            slots.append(
                LogSlot(record.topic, partition: LogSlot.partition(ofKey: record.key, among: count(of: record.topic))))
        }
        appends.append(records, in: slots, completion: completion)
    }

    package func read(
        _ topic: Topic, partition: Int, from offset: UInt64, limit: Int, bytesMax: Int
    ) async throws(BackendError) -> [LogRecord] {
        let slot = try slot(topic, partition, "log.read")
        let limit = limit.held(in: 1...Self.readRecordsMax)
        if let records = tails.recent(of: slot, from: offset, limit: limit, bytesMax: bytesMax) { return records }
        let path = database.path
        return try await database.read("log.read") { database in
            let rows = try database.rows(
                "SELECT id, key, timestamp, seal, payload FROM record WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
                [slot.recordID(min(offset, LogSlot.offsetMax)), slot.recordID(LogSlot.offsetMax), limit]
            )
            var records: [LogRecord] = []
            var bytes = 0
            while let row = try rows.next() {
                let payload = try row.blob(4)
                guard records.isEmpty || bytes + payload.count <= bytesMax else { break }
                bytes += payload.count
                let (id, key, timestamp) = (row.integer(0), row.integer(1), row.integer(2))
                let position = RecordPosition(
                    partition: partition, offset: LogSlot.offset(ofRecord: id), timestamp: UInt64(bitPattern: timestamp)
                )
                guard Seal.over(payload, id, key, timestamp) == row.integer(3) else {
                    throw BackendError(
                        .corrupt, operation: "log.read", target: path,
                        detail: "the checksum of \(topic.rawValue)/\(partition)@\(position.offset) is wrong",
                        hint: "restore the file from a snapshot"
                    )
                }
                records.append(LogRecord(position: position, key: UInt64(bitPattern: key), payload: payload))
            }
            return records
        }
    }

    func count(of topic: Topic) -> Int { partitionCounts[topic] ?? Self.partitionsDefault }

    func slot(_ topic: Topic, _ partition: Int, _ operation: String) throws(BackendError) -> LogSlot {
        guard (0..<count(of: topic)).contains(partition) else {
            throw refusal(operation, "\(topic.rawValue) has no partition \(partition)")
        }
        return LogSlot(topic, partition: partition)
    }

    func refusal(_ operation: String, _ detail: String) -> BackendError {
        BackendError(.rejected, operation: operation, target: database.path, detail: detail)
    }

    private static func partitionCounts(_ database: Database) throws -> [Topic: Int] {
        var counts: [Topic: Int] = [:]
        for (name, count) in try database.all(
            "SELECT name, partitions FROM topic", [], { ($0.text(0), Int($0.integer(1))) })
        {
            if let topic = Topic(rawValue: name) { counts[topic] = count }
        }
        return counts
    }

    private static func tails(_ database: Database, _ counts: [Topic: Int]) throws -> [LogSlot: LogTails.Tail] {
        var tails: [LogSlot: LogTails.Tail] = [:]
        for (topic, count) in counts {
            for partition in 0..<count {
                let slot = LogSlot(topic, partition: partition)
                let last = try database.first(
                    "SELECT id, timestamp FROM record WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1",
                    [slot.recordID(0), slot.recordID(LogSlot.offsetMax)]
                ) { LogTails.Tail(next: LogSlot.offset(ofRecord: $0.integer(0)) + 1, timestamp: $0.unsigned(1)) }
                let trimmed = try database.first("SELECT next, timestamp FROM trimmed WHERE slot = ?", [slot.rawValue])
                {
                    LogTails.Tail(next: $0.unsigned(0), timestamp: $0.unsigned(1))
                }
                tails[slot] = last ?? trimmed
            }
        }
        return tails
    }
}
