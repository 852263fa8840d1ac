package import Chat
package import Interface
package import Logging
import ServiceLifecycle

/// Turns accepted commands into messages: the one writer of every channel. One task a partition of the topic
/// `messages`.
package struct ChatService: Service {
    /// How long processed records stay in the log: a day.
    package static let retentionMillisecondsDefault: UInt64 = 86_400_000

    private let node: NodeRecord
    private let coordinator: any Coordinator
    private let backends: ChatBackends
    private let retentionMilliseconds: UInt64
    private let idle: IdleGroups?

    /// - Parameters:
    ///   - retentionMilliseconds: records of `messages` and `messages-stored` that every group has passed go after this
    ///     time.
    ///   - idle: groups that may be switched off, and what becomes of them.
    ///   - onStored: hears how many new messages of a guild were stored; for metrics with capped labels.
    package init(
        node: NodeRecord, log: any EventLog, store: any MessageStore, bus: any FanoutBus, coordinator: any Coordinator,
        access: Access, time: any TimeSource, logger: Logger,
        retentionMilliseconds: UInt64 = ChatService.retentionMillisecondsDefault, idle: IdleGroups? = nil,
        onStored: @escaping @Sendable (GuildID?, Int) -> Void = { _, _ in }
    ) {
        self.node = node
        self.coordinator = coordinator
        self.retentionMilliseconds = retentionMilliseconds
        self.idle = idle
        backends = ChatBackends(
            log: log, store: store, bus: bus, access: access, time: time, logger: logger, onStored: onStored
        )
    }

    /// Claims every partition and works until it is cancelled or shut down. A partition that somebody else takes over
    /// is left alone. Stopping in the middle of a batch is as harmless as a crash: whoever goes on repeats it.
    package func run() async throws {
        let metrics = ChatMetrics()
        let patience = Patience(time: backends.time, logger: backends.logger, metrics: metrics)
        await cancelWhenGracefulShutdown {
            await work(patience, metrics)
        }
    }

    private func work(_ patience: Patience, _ metrics: ChatMetrics) async {
        let count: Int
        do throws(ChatHalt) {
            count = try await patience.call(.claim) { () async throws(BackendError) in
                try await backends.log.partitions(of: .messages)
            }
        } catch {
            return
        }
        await withDiscardingTaskGroup { group in
            for partition in 0..<count {
                group.addTask { await serve(partition, patience, metrics) }
            }
            let trimmer = LogTrimmer(
                log: backends.log, time: backends.time, retentionMilliseconds: retentionMilliseconds,
                idle: idle, patience: patience, metrics: metrics, logger: backends.logger
            )
            group.addTask { await trimmer.run() }
        }
    }

    private func serve(_ partition: Int, _ patience: Patience, _ metrics: ChatMetrics) async {
        let ref = PartitionRef(group: PartitionRunner.group, topic: .messages, partition: partition)
        let halt: ChatHalt
        do throws(ChatHalt) {
            let ownership = try await patience.call(.claim) { () async throws(BackendError) in
                try await coordinator.claim(ref, for: node)
            }
            var runner = try await PartitionRunner.resume(ownership, backends, metrics)
            halt = await runner.run()
        } catch {
            halt = error
        }
        switch halt {
        case .cancelled:
            break
        case .fenced:
            metrics.countLostPartition()
            backends.logger.notice("partition lost to another owner", metadata: ["log.partition": "\(partition)"])
        case .unreadableCheckpoint:
            metrics.countLostPartition()
            backends.logger.critical(
                "checkpoint cannot be read, partition stands still", metadata: ["log.partition": "\(partition)"]
            )
        }
    }
}
