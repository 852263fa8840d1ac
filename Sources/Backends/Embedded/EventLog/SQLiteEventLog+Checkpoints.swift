import GRDB
package import Interface

// How far consumer groups have come, and what may go because all of them have passed it.

extension SQLiteEventLog {
    package func checkpoint(of ref: PartitionRef) async throws(BackendError) -> Checkpoint? {
        let slot = try slot(ref.topic, ref.partition, "log.checkpoint")
        return try await database.read("log.checkpoint") { database in
            try database.first(
                "SELECT next, state FROM checkpoint WHERE \"group\" = ? AND slot = ?", [ref.group, slot.rawValue]
            ) { Checkpoint(next: $0.unsigned(0), state: try $0.blob(1)) }
        }
    }

    package func commit(_ checkpoint: Checkpoint, for ref: PartitionRef, epoch: UInt64) async throws(BackendError) {
        let slot = try slot(ref.topic, ref.partition, "log.commit")
        guard checkpoint.state.count <= Self.stateBytesMax else {
            throw refusal("log.commit", "a checkpoint's state takes at most \(Self.stateBytesMax) bytes")
        }
        guard checkpoint.next <= LogSlot.offsetMax, epoch <= UInt64(Int64.max) else {
            throw refusal("log.commit", "an offset or epoch beyond all bounds")
        }
        let target = "\(ref.group) on \(ref.topic.rawValue)/\(ref.partition)"
        try await database.write("log.commit") { database in
            let insertion = try BoundStatement(
                database,
                """
                INSERT INTO checkpoint ("group", slot, next, epoch, state) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT ("group", slot) DO UPDATE
                SET next = excluded.next, epoch = excluded.epoch, state = excluded.state
                WHERE excluded.epoch > checkpoint.epoch
                    OR excluded.epoch = checkpoint.epoch AND excluded.next >= checkpoint.next
                """)
            try insertion.bind(ref.group, at: 1)
            try insertion.bind(slot.rawValue, at: 2)
            try insertion.bind(Int64(bitPattern: checkpoint.next), at: 3)
            try insertion.bind(Int64(bitPattern: epoch), at: 4)
            try insertion.run(blob: checkpoint.state, at: 5)
            guard database.changesCount == 0 else { return }
            let committed = try database.first(
                "SELECT next, epoch FROM checkpoint WHERE \"group\" = ? AND slot = ?", [ref.group, slot.rawValue]
            ) { (next: $0.unsigned(0), epoch: $0.unsigned(1)) }
            guard let committed, epoch >= committed.epoch else {
                throw BackendError(
                    .fenced, operation: "log.commit", target: target,
                    detail: "epoch \(committed?.epoch ?? 0) has committed, this is \(epoch)")
            }
            throw BackendError(
                .conflict, operation: "log.commit", target: target,
                detail: "offset \(committed.next) is committed, this is \(checkpoint.next)")
        }
    }

    package func forget(_ group: String, of topic: Topic) async throws(BackendError) {
        let slots = (0..<count(of: topic)).map { LogSlot(topic, partition: $0).rawValue }
        try await database.write("log.forget") { database in
            for slot in slots {
                try database.run("DELETE FROM checkpoint WHERE \"group\" = ? AND slot = ?", [group, slot])
            }
        }
    }

    package func trim(_ topic: Topic, before timestamp: UInt64) async throws(BackendError) -> Int {
        let slots = (0..<count(of: topic)).map { LogSlot(topic, partition: $0) }
        guard let first = slots.first, let last = slots.last else { return 0 }
        let (removed, _) = try await database.write("log.trim") { [tails] (_, ends) in
            tails.trimmed(ends)
        } _: { database -> (Int, [LogSlot: UInt64]) in
            let groups = try database.all(
                "SELECT DISTINCT \"group\" FROM checkpoint WHERE slot BETWEEN ? AND ?", [first.rawValue, last.rawValue]
            ) { $0.text(0) }
            var removed = 0
            var ends: [LogSlot: UInt64] = [:]
            for slot in slots where removed < Self.trimRecordsMax {
                var passed = LogSlot.offsetMax
                for group in groups {
                    let next = try database.first(
                        "SELECT next FROM checkpoint WHERE \"group\" = ? AND slot = ?", [group, slot.rawValue]
                    ) { $0.unsigned(0) }
                    passed = min(passed, next ?? 0)
                }
                let trimmed = try Self.trim(
                    slot, below: passed, before: Int64(clamping: timestamp), limit: Self.trimRecordsMax - removed,
                    in: database)
                removed += trimmed.count
                ends[slot] = trimmed.next
            }
            return (removed, ends)
        }
        return removed
    }

    /// Removes the oldest records of a partition and remembers where it goes on, should none be left.
    /// - Returns: how many went, and the offset of the oldest that is left, when one went.
    private static func trim(
        _ slot: LogSlot, below offset: UInt64, before timestamp: Int64, limit: Int, in database: Database
    ) throws -> (count: Int, next: UInt64?) {
        guard offset > 0 else { return (0, nil) }
        // Timestamps never decrease within a partition: the first one that is young enough ends the search.
        let rows = try database.rows(
            "SELECT id, timestamp FROM record WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
            [slot.recordID(0), slot.recordID(offset - 1), limit]
        )
        var last: (id: Int64, timestamp: Int64)?
        while let row = try rows.next(), row.integer(1) < timestamp { last = (row.integer(0), row.integer(1)) }
        guard let last else { return (0, nil) }
        try database.run("DELETE FROM record WHERE id BETWEEN ? AND ?", [slot.recordID(0), last.id])
        let removed = database.changesCount
        let next = Int64(bitPattern: LogSlot.offset(ofRecord: last.id)) + 1
        try database.run(
            """
            INSERT INTO trimmed (slot, next, timestamp) VALUES (?, ?, ?)
            ON CONFLICT (slot) DO UPDATE SET next = excluded.next, timestamp = excluded.timestamp
            """,
            [slot.rawValue, next, last.timestamp]
        )
        return (removed, UInt64(bitPattern: next))
    }
}
