import Interface
import Logging

/// What the log no longer has and the index never had: it was away for longer than was waited for (``IdleGroups``). Such
/// an index is built anew, beside the one in use.
struct IndexGap: Sendable {
    private static let topic = Topic.messagesStored

    private let log: any EventLog
    private let index: any SearchIndex
    private let logger: Logger
    private let patience: Patience

    init(log: any EventLog, index: any SearchIndex, time: any TimeSource, logger: Logger) {
        self.log = log
        self.index = index
        self.logger = logger
        patience = Patience(time: time, logger: logger, metrics: ConsumerMetrics(group: IndexWork.group))
    }

    /// Begins a build where there is a gap; whoever keeps the index goes on with it.
    /// - Returns: false when it was cancelled.
    func close() async -> Bool {
        do throws(ChatHalt) {
            let status = try await patience.call(.restore) { () async throws(BackendError) in
                try await index.status()
            }
            guard status.isBuilt || status.build != nil else { return true }
            let isWhole = try await patience.call(.read) { () async throws(BackendError) in
                try await hasNoGap(status)
            }
            guard !isWhole else { return true }
            logger.notice("the log has lost what the index has not read: it is built anew")
            try await patience.call(.write) { () async throws(BackendError) in try await index.beginBuild() }
            return true
        } catch {
            return false
        }
    }

    private func hasNoGap(_ status: SearchIndexStatus) async throws(BackendError) -> Bool {
        for (partition, indexed) in status.indexed where partition < (try await log.partitions(of: Self.topic)) {
            let end = try await log.end(of: Self.topic, partition: partition)
            guard end > indexed.next else { continue }
            let oldest = try await log.read(
                Self.topic, partition: partition, from: indexed.next, limit: 1, bytesMax: 1
            ).first
            guard oldest?.position.offset == indexed.next else { return false }
        }
        return true
    }
}
