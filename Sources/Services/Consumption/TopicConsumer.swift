import Interface
import Logging

/// What a consumer group does with the records of a topic.
protocol RecordWork: Sendable {
    /// The group's name, which also labels what is counted about it.
    static var group: String { get }

    /// Where to go on in a partition.
    /// - Parameter committed: where the group stands; 0 when it never committed.
    func start(of partition: Int, committed: UInt64) async throws(BackendError) -> UInt64

    /// Does what there is to do for a batch, which is never empty. The same records may come again after a crash.
    /// - Throws: what has to be waited for: the batch is tried again. A record that can never be processed must not
    ///   throw.
    func process(_ records: [LogRecord], of partition: Int) async throws(BackendError)

    /// Milliseconds to rest behind a batch that took some; 0 for none.
    func rest(after milliseconds: UInt64) -> UInt64
}

/// Reads a topic for a consumer group, one task a partition: claim → read → process → commit.
///
/// An outage makes it wait; a partition that somebody else takes over is left alone. Records come at least once, in the
/// order of their partition.
struct TopicConsumer<Work: RecordWork>: Sendable {
    /// Records of one batch.
    static var recordsMax: Int { 1_000 }
    /// Bytes of payload of one batch.
    static var bytesMax: Int { 4 << 20 }

    private let topic: Topic
    private let node: NodeRecord
    private let log: any EventLog
    private let coordinator: any Coordinator
    private let time: any TimeSource
    private let logger: Logger
    private let work: Work
    private let metrics = ConsumerMetrics(group: Work.group)
    private let patience: Patience

    init(
        _ topic: Topic, node: NodeRecord, log: any EventLog, coordinator: any Coordinator, time: any TimeSource,
        logger: Logger, work: Work
    ) {
        self.topic = topic
        self.node = node
        self.log = log
        self.coordinator = coordinator
        self.time = time
        var logger = logger
        logger[metadataKey: "log.group"] = "\(Work.group)"
        self.logger = logger
        self.work = work
        patience = Patience(time: time, logger: logger, metrics: metrics)
    }

    /// Works until it is cancelled. Stopping in the middle of a batch is as harmless as a crash.
    func run() async {
        let count: Int
        do throws(ChatHalt) {
            count = try await patience.call(.claim) { () async throws(BackendError) in
                try await log.partitions(of: topic)
            }
        } catch {
            return
        }
        await withDiscardingTaskGroup { group in
            // One after the other: a start does not ask the backends for everything at once.
            for partition in 0..<count {
                guard let place = await place(in: partition) else { continue }
                group.addTask { await serve(place) }
            }
        }
    }

    /// Where a partition is taken up.
    private struct Place: Sendable {
        var ownership: Ownership
        var next: UInt64
    }

    /// `nil` when the partition is another's or the work is over.
    private func place(in partition: Int) async -> Place? {
        let ref = PartitionRef(group: Work.group, topic: topic, partition: partition)
        do throws(ChatHalt) {
            let ownership = try await patience.call(.claim) { () async throws(BackendError) in
                try await coordinator.claim(ref, for: node)
            }
            let next = try await patience.call(.restore) { () async throws(BackendError) in
                let checkpoint = try await log.checkpoint(of: ref)
                return try await work.start(of: partition, committed: checkpoint?.next ?? 0)
            }
            return Place(ownership: ownership, next: next)
        } catch {
            noteLoss(of: partition, error)
            return nil
        }
    }

    private func serve(_ place: Place) async {
        do throws(ChatHalt) {
            try await consume(place)
        } catch {
            noteLoss(of: place.ownership.ref.partition, error)
        }
    }

    private func noteLoss(of partition: Int, _ halt: ChatHalt) {
        guard halt != .cancelled else { return }
        metrics.countLostPartition()
        logger.notice("partition lost to another owner", metadata: ["log.partition": "\(partition)"])
    }

    private func consume(_ place: Place) async throws(ChatHalt) {
        let ref = place.ownership.ref
        var next = place.next
        while !Task.isCancelled {
            let from = next
            try await patience.call(.wait) { () async throws(BackendError) in
                try await log.waitForRecords(topic, partition: ref.partition, beyond: from)
            }
            let records = try await patience.call(.read) { () async throws(BackendError) in
                try await log.read(
                    topic, partition: ref.partition, from: from, limit: Self.recordsMax, bytesMax: Self.bytesMax)
            }
            // The waiting may end early.
            guard let last = records.last else { continue }
            let start = time.monotonicMilliseconds
            try await patience.call(.write) { () async throws(BackendError) in
                try await work.process(records, of: ref.partition)
            }
            let checkpoint = Checkpoint(next: last.position.offset + 1)
            try await patience.call(.commit) { () async throws(BackendError) in
                try await commit(checkpoint, for: ref, epoch: place.ownership.epoch)
            }
            next = checkpoint.next
            metrics.countRecords(records.count)
            try await rest(time.monotonicMilliseconds - start)
        }
    }

    private func commit(
        _ checkpoint: Checkpoint, for ref: PartitionRef, epoch: UInt64
    ) async throws(BackendError) {
        do {
            try await log.commit(checkpoint, for: ref, epoch: epoch)
        } catch {
            // A place beyond ours under our own epoch: another process believes to be us. It is ahead, so it goes on.
            guard error.code != .conflict else {
                throw BackendError(.fenced, operation: error.operation, target: error.target, detail: error.detail)
            }
            throw error
        }
    }

    private func rest(_ elapsed: UInt64) async throws(ChatHalt) {
        let milliseconds = work.rest(after: elapsed)
        guard milliseconds > 0 else { return }
        do {
            try await time.sleep(milliseconds: milliseconds)
        } catch {
            throw .cancelled
        }
    }
}
