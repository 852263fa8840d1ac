package import Chat
package import Interface

/// The chat service's state of one partition and all of its decisions; no I/O and no clock.
///
///     records ─► ChatBatch ─► plan ─┬─► needs: look these up, plan again
///                                   └─► ready: do it, then adopt
///
/// Laws, for a given log:
/// - The id and the fate of a record depend only on the records before it, never on how they were cut into batches, on
///   crashes, or on the clock (invariants I2 and I3). What was applied before a crash is recognised by its version when
///   it is redelivered.
/// - Every create, edit and delete draws exactly one id, also when it is refused or set aside; a repeated nonce and a
///   record that cannot be decoded draw none.
/// - A batch ends before a record that would make a second message of a nonce it has already met: the store keeps one
///   message for a nonce, and must not forget an earlier one while a record that rests on it may still be redelivered.
package struct ChatPartition: Sendable {
    package enum Planning: Sendable {
        /// Look these up and plan again; each round asks only for what was not known.
        case needs(ChatNeeds)
        case ready(ChatPlan)
    }

    package let partition: Int
    /// The offset of the next record to process.
    package private(set) var next: UInt64
    private var fold: MessageIDFold
    private var nonces: NonceTable

    /// - Parameters:
    ///   - partition: 0 to 1,023.
    ///   - checkpoint: where the group stands; `nil` at the very beginning.
    /// - Throws: when the checkpoint's state cannot be read.
    package init(partition: Int, checkpoint: Checkpoint?, noncesMax: Int = 50_000) throws(RecordError) {
        self.partition = partition
        next = checkpoint?.next ?? 0
        var previous: UInt64 = 0
        if let checkpoint { previous = try ChatCheckpoint(encoded: checkpoint.state).previous }
        fold = MessageIDFold(partition: UInt16(truncatingIfNeeded: partition), previous: previous)
        nonces = NonceTable(countMax: noncesMax)
    }

    /// The id drawn last.
    package var previous: UInt64 { fold.previous }

    /// Decides a batch.
    /// - Parameters:
    ///   - setAside: by offset, records that a backend refused for good.
    ///   - now: Unix milliseconds; goes into dead letters and nothing else.
    package func plan(
        _ batch: ChatBatch, knowing knowledge: ChatKnowledge, setAside: [UInt64: SetAside] = [:], now: UInt64
    ) -> Planning {
        var planner = BatchPlanner(
            partition: partition, fold: fold, next: next, nonces: nonces, knowledge: knowledge, setAside: setAside,
            now: now
        )
        planner.preview(batch)
        guard planner.needs.isEmpty else { return .needs(planner.needs) }
        for item in batch.items {
            guard planner.decide(item) else { break }
        }
        return planner.needs.isEmpty ? .ready(planner.plan) : .needs(planner.needs)
    }

    /// Goes on behind a batch that was done.
    package mutating func adopt(_ plan: ChatPlan) {
        let first = fold.previous
        fold = plan.fold
        next = plan.next
        guard fold.previous > first else { return }
        let firstTime =
            plan.firstDrawn.map(Snowflake.unixMilliseconds(of:)) ?? Snowflake.unixMilliseconds(of: fold.previous)
        nonces.add(plan.nonces, first: firstTime, last: Snowflake.unixMilliseconds(of: fold.previous))
    }
}
