import GRDB
import Glibc
import Interface
import Synchronization

/// Joins the writes of many callers into few transactions: one fsync serves all who wait.
///
///     callers ──write──► queue (bounded) ──► BEGIN, all of them, COMMIT ──► results
///                                              └─ one fails: ROLLBACK, then once more with a savepoint for each
///
/// A result is handed out only after COMMIT returned. A write that fails alone harms no other: the group is done once more, and what failed is
/// rolled back to its savepoint. When the transaction fails as a whole, all of its writes fail with it. After a failure of the disk every
/// later write is refused: what the page cache still holds is unknown then.
///
/// Everything that touches the database runs on GRDB's writer queue, a serial dispatch queue of its own.
final class GroupCommitter: Sendable {
    /// Writes that one transaction takes at most: bounds the memory of a transaction and the wait for it.
    static let groupMax = 1_024
    /// Writes that may wait. Overflow policy: `refuse`, with a transient error.
    static let queueMax = 16_384

    private struct Job: Sendable {
        let operation: String
        /// Does the write; what it returns hands out the result and runs after COMMIT. Runs again when its group has to be done once more,
        /// so it must leave nothing behind but what a rollback undoes.
        let perform: @Sendable (Database) throws -> @Sendable () -> Void
        let fail: @Sendable (BackendError) -> Void
    }

    private struct State: Sendable {
        var queue: [Job] = []
        var isScheduled = false
        var failure: BackendError?
    }

    private let pool: DatabasePool
    private let path: String
    private let diskChanged: @Sendable (DiskChange) -> Void
    private let state = Mutex(State())
    private let commits = Atomic<Int>(0)
    /// Whether the disk was full when it was last written to.
    private let isFull = Atomic<Bool>(false)
    private let pace: Mutex<CommitPace>

    /// - Parameter diskChanged: called on the writer queue before anybody is told of what it means for a write.
    init(_ pool: DatabasePool, path: String, diskChanged: @escaping @Sendable (DiskChange) -> Void) {
        self.pool = pool
        self.path = path
        self.diskChanged = diskChanged
        pace = Mutex(CommitPace(now: MonotonicClock.microseconds))
    }

    /// Why nothing is written any more; `nil` as long as something is.
    var failure: BackendError? { state.withLock { $0.failure } }

    /// How many transactions were committed so far.
    var commitCount: Int { commits.load(ordering: .relaxed) }

    /// How many writes wait for the next transaction.
    var waitingCount: Int { state.withLock { $0.queue.count } }

    /// Does a write as part of the next transaction and returns once that is durable.
    /// - Parameters:
    ///   - committed: runs on the writer queue between COMMIT and the return to the caller.
    ///   - body: runs on the writer queue, inside the transaction. What it throws is translated and undoes what it wrote.
    func write<Value: Sendable>(
        _ operation: String, committed: (@Sendable (Value) -> Void)? = nil,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(BackendError) -> Value {
        // Resumed once: a completion is called once.
        let result: Result<Value, BackendError> = await withUnsafeContinuation { continuation in
            write(operation, body) { result in
                if case .success(let value) = result { committed?(value) }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// The same without a wait: writes of calls made one after another are done in that order.
    /// - Parameter completion: called once, on the writer queue after COMMIT or ROLLBACK, or before this returns when the write is refused.
    func write<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value,
        completion: @escaping @Sendable (Result<Value, BackendError>) -> Void
    ) {
        let job = Job(
            operation: operation,
            perform: { database in
                let value = try body(database)
                return { completion(.success(value)) }
            },
            fail: { completion(.failure($0)) }
        )
        enqueue(job)
    }

    private func enqueue(_ job: Job) {
        enum Admission { case waits, wakes, refused(BackendError) }
        let admission: Admission = state.withLock { state in
            if let failure = state.failure { return .refused(failure) }
            guard state.queue.count < Self.queueMax else {
                let detail = "\(Self.queueMax) writes are waiting"
                return .refused(BackendError(.unavailable, operation: job.operation, target: path, detail: detail))
            }
            state.queue.append(job)
            guard !state.isScheduled else { return .waits }
            state.isScheduled = true
            return .wakes
        }
        switch admission {
        case .waits: break
        case .wakes: schedule()
        case .refused(let error): job.fail(error)
        }
    }

    private func schedule() {
        pool.asyncWriteWithoutTransaction { database in
            // The queue's thread has nothing else to do, and what comes meanwhile joins the group.
            let pause = self.pace.withLock { $0.pause(now: MonotonicClock.microseconds) }
            if pause > 0 { usleep(pause) }
            let group = self.state.withLock { state in
                guard state.queue.count > Self.groupMax else {
                    var group: [Job] = []
                    swap(&group, &state.queue)
                    state.queue.reserveCapacity(group.count)
                    return group
                }
                let group = Array(state.queue.prefix(Self.groupMax))
                state.queue.removeFirst(group.count)
                return group
            }
            self.commit(group, to: database)
            let hasMore = self.state.withLock { state in
                state.isScheduled = !state.queue.isEmpty
                return state.isScheduled
            }
            if hasMore { self.schedule() }
        }
    }

    private func commit(_ group: [Job], to database: Database) {
        var completions: [@Sendable () -> Void] = []
        completions.reserveCapacity(group.count)
        var failures: [Int: BackendError] = [:]
        do {
            try database.beginTransaction(.immediate)
            if try !performAll(group, in: database, completions: &completions) {
                completions.removeAll(keepingCapacity: true)
                try database.rollback()
                try database.beginTransaction(.immediate)
                for (index, job) in group.enumerated() {
                    switch try perform(job, in: database) {
                    case .success(let completion): completions.append(completion)
                    case .failure(let error): failures[index] = error
                    }
                }
            }
            try database.commit()
        } catch {
            abandon(group, because: error, failures: failures, in: database)
            return
        }
        commits.add(1, ordering: .relaxed)
        if isFull.load(ordering: .relaxed) {
            isFull.store(false, ordering: .relaxed)
            diskChanged(.hasRoom)
        }
        for completion in completions { completion() }
        for (index, error) in failures { group[index].fail(error) }
    }

    /// Does every job of a group, as long as none fails: a savepoint for each would cost as much as a small write does. False when one failed
    /// by itself, so that the transaction can be rolled back and the others done again.
    /// - Throws: when the transaction is gone.
    private func performAll(
        _ group: [Job], in database: Database, completions: inout [@Sendable () -> Void]
    ) throws -> Bool {
        for job in group {
            do {
                completions.append(try job.perform(database))
            } catch {
                guard database.isInsideTransaction, !SQLiteErrors.isDiskFailure(error) else { throw error }
                return false
            }
        }
        return true
    }

    /// - Throws: when the transaction is gone, and with it what the jobs before this one wrote.
    private func perform(_ job: Job, in database: Database) throws -> Result<@Sendable () -> Void, BackendError> {
        try database.run("SAVEPOINT job")
        do {
            let completion = try job.perform(database)
            try database.run("RELEASE job")
            return .success(completion)
        } catch {
            // Some failures (no space, no memory, a failing disk) make SQLite roll back everything (lang_transaction.html, 3).
            guard database.isInsideTransaction, !SQLiteErrors.isDiskFailure(error) else { throw error }
            try database.run("ROLLBACK TO job")
            try database.run("RELEASE job")
            return .failure(SQLiteErrors.translate(error, operation: job.operation, path: path))
        }
    }

    private func abandon(
        _ group: [Job], because error: any Error, failures: [Int: BackendError], in database: Database
    ) {
        if database.isInsideTransaction {
            do {
                try database.rollback()
            } catch {
                // ROLLBACK fails only where there is nothing to roll back any more: SQLite has done it itself.
                precondition(!database.isInsideTransaction, "a transaction can neither be committed nor rolled back")
            }
        }
        let failure = SQLiteErrors.translate(error, operation: "storage.commit", path: path)
        if SQLiteErrors.isDiskFailure(error) {
            state.withLock { $0.failure = failure }
            diskChanged(.failed(failure))
        } else if failure.code == .full, !isFull.exchange(true, ordering: .relaxed) {
            diskChanged(.full(failure))
        }
        for (index, job) in group.enumerated() {
            job.fail(failures[index] ?? SQLiteErrors.translate(error, operation: job.operation, path: path))
        }
    }
}

/// A change of the disk under a database.
enum DiskChange: Sendable {
    /// It is full: writes are refused until there is room.
    case full(BackendError)
    /// It takes writes again.
    case hasRoom
    /// It has failed: nothing is written any more.
    case failed(BackendError)
}
