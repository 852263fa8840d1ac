import Chat
import Interface

/// A log that takes nothing.
struct FailingLog: EventLog {
    private let log: ModelLog
    private let code: BackendError.Code

    init(_ log: ModelLog, _ code: BackendError.Code) {
        self.log = log
        self.code = code
    }

    func append(
        _ records: [NewRecord], completion: @escaping @Sendable (Result<[RecordPosition], BackendError>) -> Void
    ) {
        completion(.failure(BackendError(code, operation: "log.append", target: "model", detail: "injected")))
    }

    func partitions(of topic: Topic) async throws(BackendError) -> Int { try await log.partitions(of: topic) }
    func read(
        _ topic: Topic, partition: Int, from offset: UInt64, limit: Int, bytesMax: Int
    ) async throws(BackendError) -> [LogRecord] {
        try await log.read(topic, partition: partition, from: offset, limit: limit, bytesMax: bytesMax)
    }
    func end(of topic: Topic, partition: Int) async throws(BackendError) -> UInt64 {
        try await log.end(of: topic, partition: partition)
    }
    func waitForRecords(_ topic: Topic, partition: Int, beyond offset: UInt64) async throws(BackendError) {
        try await log.waitForRecords(topic, partition: partition, beyond: offset)
    }
    func checkpoint(of ref: PartitionRef) async throws(BackendError) -> Checkpoint? {
        try await log.checkpoint(of: ref)
    }
    func commit(_ checkpoint: Checkpoint, for ref: PartitionRef, epoch: UInt64) async throws(BackendError) {
        try await log.commit(checkpoint, for: ref, epoch: epoch)
    }
    func forget(_ group: String, of topic: Topic) async throws(BackendError) {
        try await log.forget(group, of: topic)
    }
    func trim(_ topic: Topic, before timestamp: UInt64) async throws(BackendError) -> Int {
        try await log.trim(topic, before: timestamp)
    }
}
