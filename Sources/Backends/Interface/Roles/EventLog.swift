/// The topics of the event log. The number of partitions of each is fixed when it is created.
package enum Topic: String, Hashable, Sendable, CaseIterable {
    /// Commands, keyed by channel.
    case messages
    /// What became of them, keyed by channel.
    case messagesStored = "messages-stored"
    /// Records that could not be processed.
    case messagesDLQ = "messages-dlq"
}

/// A record on its way into the log.
package struct NewRecord: Hashable, Sendable {
    package var topic: Topic
    /// Records of one key keep their order: they go to the same partition.
    package var key: UInt64
    /// At most ``Limits/recordBytesMax`` bytes.
    package var payload: [UInt8]

    package init(topic: Topic, key: UInt64, payload: [UInt8]) {
        self.topic = topic
        self.key = key
        self.payload = payload
    }
}

/// Where a record lies.
package struct RecordPosition: Hashable, Sendable {
    package var partition: Int
    /// From 0, rising by one with each record of the partition.
    package var offset: UInt64
    /// Unix milliseconds, given by the log; never decreasing within a partition.
    package var timestamp: UInt64

    package init(partition: Int, offset: UInt64, timestamp: UInt64) {
        self.partition = partition
        self.offset = offset
        self.timestamp = timestamp
    }
}

/// A record as the log holds it.
package struct LogRecord: Hashable, Sendable {
    package var position: RecordPosition
    package var key: UInt64
    package var payload: [UInt8]

    package init(position: RecordPosition, key: UInt64, payload: [UInt8]) {
        self.position = position
        self.key = key
        self.payload = payload
    }
}

/// A consumer group's place in one partition.
package struct PartitionRef: Hashable, Sendable {
    package var group: String
    package var topic: Topic
    package var partition: Int

    package init(group: String, topic: Topic, partition: Int) {
        self.group = group
        self.topic = topic
        self.partition = partition
    }
}

/// How far a consumer group has come, and what its consumer needs to go on exactly where it was.
package struct Checkpoint: Hashable, Sendable {
    /// The offset of the next record to process.
    package var next: UInt64
    /// The consumer's own state, up to 64 KiB, opaque to the log.
    package var state: [UInt8]

    package init(next: UInt64, state: [UInt8] = []) {
        self.next = next
        self.state = state
    }
}

/// The durable, ordered, partitioned log: where a message is accepted.
///
/// Order: within a partition records are read in the order of their offsets, without gaps, and a record becomes visible only after every record
/// with a lower offset. Durability: what ``append(_:)`` returned for survives kill -9 of any node and the loss of power.
package protocol EventLog: Sendable {
    /// How many partitions a topic has; fixed for its life. From 1 to 1,024.
    func partitions(of topic: Topic) async throws(BackendError) -> Int

    /// Appends records, all or none, without making the caller wait. Records of calls made one after another lie in the log in that order,
    /// and calls that are under way together share one commit.
    /// - Parameter completion: called once, when the records are durable, with their positions in the order given, or with why they
    ///   were not taken. On a thread of the log's: it must not wait. May be called before this returns.
    func append(
        _ records: [NewRecord], completion: @escaping @Sendable (Result<[RecordPosition], BackendError>) -> Void
    )

    /// Reads at most `limit` records (1 to 10,000) of a partition from an offset on, ascending. Stops early after `bytesMax` bytes of
    /// payload, but returns at least one record if there is one. Empty at the end of the partition. An offset that was trimmed reads
    /// from the oldest record that is left.
    func read(
        _ topic: Topic, partition: Int, from offset: UInt64, limit: Int, bytesMax: Int
    ) async throws(BackendError) -> [LogRecord]

    /// The offset that the next record of a partition will get.
    func end(of topic: Topic, partition: Int) async throws(BackendError) -> UInt64

    /// Suspends until the partition's end lies beyond `offset`, or the task is cancelled; then returns. May return early.
    func waitForRecords(_ topic: Topic, partition: Int, beyond offset: UInt64) async throws(BackendError)

    /// Where a group stands; `nil` when it never committed.
    func checkpoint(of ref: PartitionRef) async throws(BackendError) -> Checkpoint?

    /// Commits a group's place durably. A commit under a lower epoch than an earlier one is refused with `.fenced`; a place before the
    /// committed one under the same epoch with `.conflict`.
    func commit(_ checkpoint: Checkpoint, for ref: PartitionRef, epoch: UInt64) async throws(BackendError)

    /// Forgets where a group stands on a topic: from now on it is one that never committed there, and keeps nothing from being trimmed.
    /// Harmless when it never did.
    func forget(_ group: String, of topic: Topic) async throws(BackendError)

    /// Removes records older than `timestamp` (Unix milliseconds) which every group that ever committed on the topic has passed. Keeps
    /// positions of what is left. Returns how many records went; at most 10,000 a call.
    func trim(_ topic: Topic, before timestamp: UInt64) async throws(BackendError) -> Int
}

extension EventLog {
    /// Appends records, all or none, and returns their positions in the order given once they are durable.
    package func append(_ records: [NewRecord]) async throws(BackendError) -> [RecordPosition] {
        let result = await withCheckedContinuation { continuation in
            append(records) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
