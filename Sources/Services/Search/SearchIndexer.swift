import Chat
package import Interface
package import Logging
import ServiceLifecycle

/// Keeps the search index up with the topic `messages-stored`, and builds it where there is none. Never on the way of a
/// message to its readers: what it cannot do yet waits in the log.
package struct SearchIndexer: Service {
    /// The consumer group of the indexer.
    package static let group = IndexWork.group

    private let consumer: TopicConsumer<IndexWork>
    private let keeper: IndexKeeper
    private let gap: IndexGap

    package init(
        node: NodeRecord, log: any EventLog, coordinator: any Coordinator, index: any SearchIndex,
        keeper: IndexKeeper, time: any TimeSource, logger: Logger, pace: SearchPace = .considerate
    ) {
        consumer = TopicConsumer(
            .messagesStored, node: node, log: log, coordinator: coordinator, time: time, logger: logger,
            work: IndexWork(index: index, store: keeper.store, pace: pace, logger: logger)
        )
        self.keeper = keeper
        gap = IndexGap(log: log, index: index, time: time, logger: logger)
    }

    /// Works until it is cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // Before the consumer goes on behind it, and the keeper looks whether there is something to build.
            guard await gap.close() else { return }
            await withDiscardingTaskGroup { group in
                group.addTask { await consumer.run() }
                group.addTask { await keeper.run() }
            }
        }
    }
}

/// What the indexer does with a batch of events.
struct IndexWork: RecordWork {
    static let group = "search-indexer"
    /// Changes in one call of the index.
    static let changesMax = 5_000

    let index: any SearchIndex
    let store: any MessageStore
    let pace: SearchPace
    let logger: Logger

    /// The index may be behind the commit: after a power failure, or when its file was removed.
    func start(of partition: Int, committed: UInt64) async throws(BackendError) -> UInt64 {
        let indexed = try await index.status().indexed[partition]?.next ?? 0
        return min(indexed, committed)
    }

    func process(_ records: [LogRecord], of partition: Int) async throws(BackendError) {
        guard let last = records.last else { return }
        var events: [ChannelEvent] = []
        for record in records {
            do throws(RecordError) {
                events.append(try ChannelEvent(encoded: record.payload))
            } catch {
                // The message is in the store all the same: a check of the index finds it.
                logger.error(
                    "record not indexed",
                    metadata: [
                        "log.partition": "\(partition)", "log.offset": "\(record.position.offset)",
                        "error.code": "\(error.code.rawValue)",
                    ]
                )
            }
        }
        var changes: [SearchChange] = []
        for event in events {
            changes += try await self.changes(event)
            if changes.count >= Self.changesMax {
                try await index.apply(changes, indexed: [:])
                changes = []
            }
        }
        let through = IndexedThrough(next: last.position.offset + 1, timestamp: last.position.timestamp)
        try await index.apply(changes, indexed: [partition: through])
    }

    func rest(after milliseconds: UInt64) -> UInt64 { pace.rest(after: milliseconds) }

    private func changes(_ event: ChannelEvent) async throws(BackendError) -> [SearchChange] {
        switch event {
        case .messageCreated(let hydrated), .messageUpdated(let hydrated), .pinsChanged(let hydrated, _):
            let repliedTo = try await repliedTo(hydrated)
            return [.put(SearchDocument(hydrated.message, author: hydrated.author, repliedTo: repliedTo))]
        case .messageDeleted(let id, let channel, _):
            return [.remove(MessageLocation(channel: channel, id: id))]
        case .messagesDeleted(let ids, let channel, _):
            return ids.map { .remove(MessageLocation(channel: channel, id: $0)) }
        case .reactionAdded, .reactionRemoved, .reactionsCleared:
            return []
        }
    }

    private func repliedTo(_ hydrated: HydratedMessage) async throws(BackendError) -> UserID? {
        if case .quoted(let quoted) = hydrated.referenced { return quoted.message.author }
        return try await store.authorReplied(to: hydrated.message)
    }
}
