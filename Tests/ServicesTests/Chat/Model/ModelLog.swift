import Chat
import Interface
import Synchronization

/// The event log in a few arrays, with faults and short reads.
final class ModelLog: EventLog {
    private struct State {
        var records: [Topic: [[LogRecord]]] = [:]
        var checkpoints: [PartitionRef: (checkpoint: Checkpoint, epoch: UInt64)] = [:]
        var lastTimestamp: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
        var trims: [Topic: UInt64] = [:]
    }

    private let state = Mutex(State())
    private let time: any TimeSource
    let faults: Faults
    let partitionCount: Int
    private let readMax: Int

    init(time: any TimeSource, faults: Faults = Faults(), partitions: Int = 1, readMax: Int = 1_000) {
        self.time = time
        self.faults = faults
        partitionCount = partitions
        self.readMax = readMax
    }

    func partitions(of topic: Topic) async throws(BackendError) -> Int { partitionCount }

    func append(
        _ records: [NewRecord], completion: @escaping @Sendable (Result<[RecordPosition], BackendError>) -> Void
    ) {
        do throws(BackendError) {
            let positions = try faults.perform("log.append") { () throws(BackendError) in appendSurely(records) }
            completion(.success(positions))
        } catch {
            completion(.failure(error))
        }
    }

    /// Appends without faults: what the test itself puts into the log.
    @discardableResult
    func appendSurely(_ records: [NewRecord]) -> [RecordPosition] {
        let now = time.unixMilliseconds
        let (positions, waiters) = state.withLock { state in
            state.lastTimestamp = max(state.lastTimestamp, now)
            let positions = records.map { record in
                let partition = FixedHash.partition(of: record.key, count: partitionCount)
                var all = state.records[record.topic] ?? Array(repeating: [], count: partitionCount)
                let position = RecordPosition(
                    partition: partition, offset: UInt64(all[partition].count), timestamp: state.lastTimestamp
                )
                all[partition].append(LogRecord(position: position, key: record.key, payload: record.payload))
                state.records[record.topic] = all
                return position
            }
            defer { state.waiters = [:] }
            return (positions, Array(state.waiters.values))
        }
        for waiter in waiters { waiter.resume() }
        return positions
    }

    func all(_ topic: Topic, partition: Int = 0) -> [LogRecord] {
        state.withLock { $0.records[topic]?[partition] ?? [] }
    }

    func read(
        _ topic: Topic, partition: Int, from offset: UInt64, limit: Int, bytesMax: Int
    ) async throws(BackendError) -> [LogRecord] {
        let short = faults.random(below: readMax) + 1
        return try faults.perform("log.read") { () throws(BackendError) in
            Array(all(topic, partition: partition).dropFirst(Int(offset)).prefix(min(limit, short)))
        }
    }

    func end(of topic: Topic, partition: Int) async throws(BackendError) -> UInt64 {
        UInt64(all(topic, partition: partition).count)
    }

    func waitForRecords(_ topic: Topic, partition: Int, beyond offset: UInt64) async throws(BackendError) {
        let number = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    let end = state.records[topic]?[partition].count ?? 0
                    guard UInt64(end) <= offset, !Task.isCancelled else { return false }
                    state.waiters[number] = continuation
                    return true
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    func checkpoint(of ref: PartitionRef) async throws(BackendError) -> Checkpoint? {
        try faults.perform("log.checkpoint") { () throws(BackendError) in
            state.withLock { $0.checkpoints[ref]?.checkpoint }
        }
    }

    func commit(_ checkpoint: Checkpoint, for ref: PartitionRef, epoch: UInt64) async throws(BackendError) {
        try faults.perform("log.commit") { () throws(BackendError) in
            let code = state.withLock { state -> BackendError.Code? in
                if let last = state.checkpoints[ref] {
                    if epoch < last.epoch { return .fenced }
                    if epoch == last.epoch, checkpoint.next < last.checkpoint.next { return .conflict }
                }
                state.checkpoints[ref] = (checkpoint, epoch)
                return nil
            }
            if let code { throw BackendError(code, operation: "log.commit", target: "\(ref)", detail: "") }
        }
    }

    func forget(_ group: String, of topic: Topic) async throws(BackendError) {
        state.withLock { state in
            state.checkpoints = state.checkpoints.filter { $0.key.group != group || $0.key.topic != topic }
        }
    }

    /// Notes what was asked for and removes nothing.
    func trim(_ topic: Topic, before timestamp: UInt64) async throws(BackendError) -> Int {
        state.withLock { $0.trims[topic] = timestamp }
        return 0
    }

    /// The latest time before which each topic was to be trimmed.
    var trims: [Topic: UInt64] { state.withLock(\.trims) }
}
