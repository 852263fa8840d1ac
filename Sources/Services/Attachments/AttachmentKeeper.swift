import Chat
package import Interface
package import Logging
import ServiceLifecycle

/// Keeps the store of files in step with the messages: ties files to the messages that came, removes those of messages
/// that went, and sweeps away what no message ever came for, and images that nobody bears any more. Never on the way of a
/// message to its readers.
package struct AttachmentKeeper: Service {
    /// The consumer group of the keeper.
    package static let group = FileWork.group
    /// How long a file may be loose: longer than any request takes.
    package static let looseMilliseconds: UInt64 = 3_600_000
    static let sweepMilliseconds: UInt64 = 600_000
    /// How often is looked whether the consumers have come as far as they have to.
    static let pollMilliseconds: UInt64 = 5_000
    static let callsPerSweepMax = 100
    private static let imagesPerPage = 500

    private let consumer: TopicConsumer<FileWork>
    private let log: any EventLog
    private let directory: any Directory
    private let files: any AttachmentStore
    private let time: any TimeSource
    private let logger: Logger

    package init(
        node: NodeRecord, log: any EventLog, coordinator: any Coordinator, directory: any Directory,
        files: any AttachmentStore, time: any TimeSource, logger: Logger
    ) {
        consumer = TopicConsumer(
            .messagesStored, node: node, log: log, coordinator: coordinator, time: time, logger: logger,
            work: FileWork(files: files, logger: logger))
        self.log = log
        self.directory = directory
        self.files = files
        self.time = time
        self.logger = logger
    }

    /// Works until it is cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await consumer.run() }
                group.addTask { await sweepForever() }
            }
        }
    }

    private func sweepForever() async {
        while (try? await time.sleep(milliseconds: Self.sweepMilliseconds)) != nil {
            do {
                try await sweepImages()
                try await sweep()
            } catch is CancellationError {
                return
            } catch {
                logger.info("loose files were not swept", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Removes what was loose for too long. A message that has not been stored yet, or of which this keeper has not
    /// heard yet, may still claim its files: so everything that was accepted until now has to be through both first,
    /// however long that takes.
    func sweep() async throws {
        let now = time.unixMilliseconds
        guard now > Self.looseMilliseconds else { return }
        try await waitUntil(PartitionRunner.group, hasPassed: .messages)
        try await waitUntil(Self.group, hasPassed: .messagesStored)
        for _ in 0..<Self.callsPerSweepMax {
            let count = try await files.sweep(before: now - Self.looseMilliseconds)
            guard count > 0 else { return }
            logger.info("removed files without a message", metadata: ["files": "\(count)"])
        }
    }

    /// Removes images whose holders bear another now, or are gone: with a channel or a guild, or in a crash between
    /// two steps of a change. One that was just made may not be borne yet.
    func sweepImages() async throws {
        let now = time.unixMilliseconds
        guard now > Self.looseMilliseconds else { return }
        var last: HeldImage?
        while true {
            let page = try await files.images(after: last, limit: Self.imagesPerPage)
            let borne = try await directory.images(of: Array(Set(page.map(\.holder))))
            let unborne = page.filter { image in
                image.createdAt < now - Self.looseMilliseconds
                    && borne[image.holder].map(ImageHash.key) != image.key
            }
            if !unborne.isEmpty {
                try await files.release(unborne.map(\.key))
                logger.info("removed images that nobody bears", metadata: ["files": "\(unborne.count)"])
            }
            guard page.count == Self.imagesPerPage, let end = page.last else { return }
            last = end
        }
    }

    /// Waits until a group has processed what a topic holds now.
    private func waitUntil(_ group: String, hasPassed topic: Topic) async throws {
        for partition in 0..<(try await log.partitions(of: topic)) {
            let end = try await log.end(of: topic, partition: partition)
            let ref = PartitionRef(group: group, topic: topic, partition: partition)
            while try await log.checkpoint(of: ref)?.next ?? 0 < end {
                try await time.sleep(milliseconds: Self.pollMilliseconds)
            }
        }
    }
}

/// What the keeper does with a batch of events.
struct FileWork: RecordWork {
    static let group = "attachment-keeper"
    /// What one batch may be joined with: nobody waits for this.
    private static let restMilliseconds: UInt64 = 500

    let files: any AttachmentStore
    let logger: Logger

    func start(of partition: Int, committed: UInt64) async throws(BackendError) -> UInt64 { committed }

    func process(_ records: [LogRecord], of partition: Int) async throws(BackendError) {
        var claims: [FileClaim] = []
        for record in records {
            do {
                claims += Self.claims(try ChannelEvent(encoded: record.payload))
            } catch {
                logger.error(
                    "record not read for its files",
                    metadata: [
                        "log.partition": "\(partition)", "log.offset": "\(record.position.offset)",
                        "error.code": "\(error.code.rawValue)",
                    ]
                )
            }
        }
        for start in stride(from: 0, to: claims.count, by: Self.claimsMax) {
            try await files.settle(Array(claims[start..<min(start + Self.claimsMax, claims.count)]))
        }
    }

    private static let claimsMax = 10_000

    func rest(after milliseconds: UInt64) -> UInt64 { Self.restMilliseconds }

    static func claims(_ event: ChannelEvent) -> [FileClaim] {
        switch event {
        case .messageCreated(let hydrated):
            hydrated.message.attachments.isEmpty ? [] : [claim(hydrated.message)]
        case .messageUpdated(let hydrated):
            [claim(hydrated.message)]
        case .messageDeleted(let id, let channel, _):
            [FileClaim(message: MessageLocation(channel: channel, id: id), keys: [])]
        case .messagesDeleted(let ids, let channel, _):
            ids.map { FileClaim(message: MessageLocation(channel: channel, id: $0), keys: []) }
        case .reactionAdded, .reactionRemoved, .reactionsCleared, .pinsChanged:
            []
        }
    }

    private static func claim(_ message: Message) -> FileClaim {
        FileClaim(
            message: MessageLocation(channel: message.channel, id: message.id), keys: message.attachments.map(\.key))
    }
}
