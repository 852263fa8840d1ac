import Chat
package import Interface
package import Logging
import Synchronization

/// Builds the search index from the store, and compares the two.
///
/// A build that was interrupted goes on where it stood. While one runs, live changes reach both the index in use and
/// the new one, and the new one takes its place when the store was walked through.
package final class IndexKeeper: Sendable {
    /// Messages in one step.
    static let stepMessages = 500
    /// Messages changed within this time are not compared: the indexer may just be on its way to them.
    static let settleMilliseconds: UInt64 = 10_000

    let store: any MessageStore
    private let index: any SearchIndex
    private let users: @Sendable ([UserID]) async throws(ServiceError) -> [UserID: User]
    private let time: any TimeSource
    private let logger: Logger
    private let pace: SearchPace
    private let patience: Patience
    private let job = Mutex<IndexJob?>(nil)
    private let requests: AsyncStream<IndexJobRequest>
    private let continuation: AsyncStream<IndexJobRequest>.Continuation

    package init(
        access: Access, store: any MessageStore, index: any SearchIndex, time: any TimeSource, logger: Logger,
        pace: SearchPace = .considerate
    ) {
        self.store = store
        self.index = index
        users = { (ids) async throws(ServiceError) in try await access.cache.users(ids) }
        self.time = time
        self.logger = logger
        self.pace = pace
        patience = Patience(time: time, logger: logger, metrics: ConsumerMetrics(group: IndexWork.group))
        (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
    }

    /// The work that is under way, or the last one.
    package var current: IndexJob? { job.withLock { $0 } }

    /// Starts something.
    /// - Returns: `nil` when something else is under way.
    package func start(_ request: IndexJobRequest) -> IndexJob? {
        let started = begin(request.kind)
        if started != nil { continuation.yield(request) }
        return started
    }

    private func begin(_ kind: IndexJob.Kind) -> IndexJob? {
        job.withLock { job in
            guard job?.state != .running else { return nil }
            job = IndexJob(kind: kind, startedAt: time.unixMilliseconds)
            return job
        }
    }

    /// Builds what was never built or not finished, then does what is asked for, until it is cancelled.
    package func run() async {
        do throws(ChatHalt) {
            let status = try await patience.call(.restore) { () async throws(BackendError) in
                try await index.status()
            }
            if status.build != nil || !status.isBuilt, begin(.rebuild) != nil {
                try await build(IndexJobRequest(.rebuild), goingOn: status.build)
                finish()
            }
            for await request in requests {
                switch request.kind {
                case .rebuild: try await build(request, goingOn: nil)
                case .verify, .repair: try await compare(request)
                }
                finish()
            }
        } catch {
            // Cancelled: a build goes on from where it stands when a node runs again.
            return
        }
    }

    private func finish() {
        let done: IndexJob? = job.withLock { job in
            job?.state = .done
            job?.endedAt = time.unixMilliseconds
            return job
        }
        guard let done else { return }
        logger.info(
            "search index worked on",
            metadata: [
                "index.job": "\(done.kind.rawValue)", "index.scanned": "\(done.scanned)",
                "index.differences": "\(done.differences)",
            ]
        )
    }

    // MARK: Building

    private func build(_ request: IndexJobRequest, goingOn begun: SearchBuild?) async throws(ChatHalt) {
        if begun == nil {
            try await patience.call(.write) { () async throws(BackendError) in try await index.beginBuild() }
        }
        try await walk(request, from: begun?.place) { (messages, last) async throws(BackendError) in
            let documents = try await self.documents(messages)
            try await self.index.extendBuild(documents, through: last)
        }
        try await patience.call(.write) { () async throws(BackendError) in try await index.finishBuild() }
    }

    /// Walks through the store, a step at a time.
    private func walk(
        _ request: IndexJobRequest, from start: MessageLocation?,
        _ body: ([Message], MessageLocation) async throws(BackendError) -> Void
    ) async throws(ChatHalt) {
        var place = start
        while true {
            let began = time.monotonicMilliseconds
            let from = place
            let messages = try await patience.call(.read) { () async throws(BackendError) in
                try await store.scan(after: from, in: request.channel, limit: Self.stepMessages)
            }
            guard let last = messages.last else { return }
            let end = MessageLocation(channel: last.channel, id: last.id)
            try await patience.call(.write) { () async throws(BackendError) in try await body(messages, end) }
            place = end
            count { $0.scanned += messages.count }
            try await rest(request, messages.count, since: began)
        }
    }

    private func rest(_ request: IndexJobRequest, _ count: Int, since began: UInt64) async throws(ChatHalt) {
        let elapsed = time.monotonicMilliseconds - began
        // One task works where the indexer has one for each partition: the same share of the machine is a shorter rest.
        var milliseconds = min(elapsed * min(pace.restFactor, 3), pace.restMillisecondsMax)
        if let rate = request.ratePerSecond, rate > 0 {
            let due = UInt64(count) * 1_000 / rate
            milliseconds = due > elapsed ? due - elapsed : 0
        }
        guard milliseconds > 0 else { return }
        do {
            try await time.sleep(milliseconds: milliseconds)
        } catch {
            throw .cancelled
        }
    }

    private func documents(_ messages: [Message]) async throws(BackendError) -> [SearchDocument] {
        guard !messages.isEmpty else { return [] }
        let authors: [UserID: User]
        do {
            authors = try await users(Set(messages.map(\.author)).sorted())
        } catch {
            throw BackendError(.unavailable, operation: "users.load", target: "directory", detail: error.detail)
        }
        let near = Dictionary(messages.map { ($0.id, $0.author) }, uniquingKeysWith: { first, _ in first })
        var documents: [SearchDocument] = []
        for message in messages {
            var repliedTo = message.reference.flatMap { near[$0.message] }
            if repliedTo == nil { repliedTo = try await store.authorReplied(to: message) }
            documents.append(SearchDocument(message, author: authors[message.author], repliedTo: repliedTo))
        }
        return documents
    }

    private func count(_ change: (inout IndexJob) -> Void) {
        job.withLock { job in
            guard var changed = job else { return }
            change(&changed)
            job = changed
        }
    }
}

// Comparing: first what the store has with what the index has of it, then the other way round.
extension IndexKeeper {
    private func compare(_ request: IndexJobRequest) async throws(ChatHalt) {
        try await walk(request, from: nil) { (messages, _) async throws(BackendError) in
            try await self.compare(messages, request)
        }
        try await compareEntries(request)
    }

    /// Whether a version is old enough to have been indexed.
    private func isSettled(_ version: UInt64) -> Bool {
        Snowflake.unixMilliseconds(of: version) + Self.settleMilliseconds < time.unixMilliseconds
    }

    private func compare(_ messages: [Message], _ request: IndexJobRequest) async throws(BackendError) {
        let judged = messages.filter { request.samples($0.id) && isSettled($0.version) }
        guard !judged.isEmpty else { return }
        let versions = try await index.versions(of: judged.map(\.id))
        let missing = judged.filter { versions[$0.id] == nil }
        let outdated = judged.filter { message in versions[message.id].map { $0 < message.version } ?? false }
        var repaired = 0
        if request.kind == .repair, !missing.isEmpty || !outdated.isEmpty {
            let documents = try await documents(missing + outdated)
            try await index.apply(documents.map { .put($0) }, indexed: [:])
            repaired = documents.count
        }
        count { job in
            job.missing += missing.count
            job.outdated += outdated.count
            job.repaired += repaired
        }
    }

    private func compareEntries(_ request: IndexJobRequest) async throws(ChatHalt) {
        var place: MessageLocation?
        while true {
            let began = time.monotonicMilliseconds
            let from = place
            let entries = try await patience.call(.read) { () async throws(BackendError) in
                try await index.entries(after: from, in: request.channel, limit: Self.stepMessages)
            }
            guard let last = entries.last else { return }
            try await patience.call(.lookUp) { () async throws(BackendError) in
                try await self.compare(entries, request)
            }
            place = last.place
            try await rest(request, entries.count, since: began)
        }
    }

    private func compare(_ entries: [SearchEntry], _ request: IndexJobRequest) async throws(BackendError) {
        var surplus: [MessageLocation] = []
        for entry in entries where request.samples(entry.place.id) {
            let stored = try await store.message(entry.place.id, in: entry.place.channel, includingDeleted: true)
            if let stored, stored.deletedAt == nil || !isSettled(stored.version) { continue }
            surplus.append(entry.place)
        }
        if request.kind == .repair, !surplus.isEmpty {
            try await index.apply(surplus.map { .remove($0) }, indexed: [:])
        }
        let found = surplus.count
        count { job in
            job.surplus += found
            if request.kind == .repair { job.repaired += found }
        }
    }
}
