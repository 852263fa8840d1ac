import GRDB
import Glibc
import Interface
import Synchronization

/// What makes one database file what it is.
struct DatabaseDescription: Sendable {
    /// The file's name in the data directory.
    var fileName: String
    /// Bytes of a page, a power of two; takes effect when the file is made.
    var pageBytes: Int
    /// SQL scripts, forward only: number n (from 1) brings a database of version n − 1 to version n. Never change one that was released.
    var migrations: [String]
    /// Whether a write is on the disk when it returns. Without it a power failure, not a crash, may undo the last writes:
    /// for what can be made again.
    var isEveryCommitSynced = true
    /// What the writer keeps of the file, in KiB. SQLite's default of 2,000 does not hold the pages that the busy channels append to.
    var writerCacheKibibytes = 32_768
}

/// One SQLite database in WAL mode: many readers, and one writer that commits in groups.
///
/// SQLite is used in its multi-thread mode: a connection is never used by two threads at once (threadsafe.html), which GRDB's serial
/// queue for each connection ensures. Nothing blocks the cooperative pool.
final class SQLiteDatabase: Sendable {
    /// "dctl": tells our files from others' (pragma application_id).
    static let applicationID: Int64 = 0x6463_746C
    /// Reads that may wait or run. Overflow policy: `refuse`, with a transient error.
    static let readsMax = 16_384
    /// How long a connection waits for another program's lock, in seconds.
    private static let busyTimeoutSeconds = 5.0
    private static let readersMax = 3
    /// Pages in the WAL at which a commit also checkpoints it.
    private static let checkpointPages = 4_000
    /// Bytes to which the WAL's file is cut back after a checkpoint.
    private static let walBytesKept = 64 << 20

    let path: String
    let committer: GroupCommitter
    /// Keeps the directory locked for as long as the database is used.
    private let directory: DataDirectory
    private let pool: DatabasePool
    private let pendingReads = Atomic<Int>(0)
    private let observer: DiskObserver

    /// Opens a database, checks it and brings it up to date; makes it when there is none.
    /// - Parameter pagesMax: bounds the file, in pages; for tests of a full disk.
    /// - Throws: `.corrupt`, `.newerVersion`, `.readOnly`, `.full`, `.unavailable`.
    init(_ description: DatabaseDescription, in directory: DataDirectory, pagesMax: Int? = nil) throws(BackendError) {
        let path = directory.path + "/" + description.fileName
        try Self.check(description, in: directory)
        let observer = DiskObserver()
        do {
            let pool = try DatabasePool(path: path, configuration: Self.configuration(for: description))
            try pool.writeWithoutTransaction { database in
                // GRDB chooses NORMAL, which may lose the last commits with the power (pragma synchronous).
                try database.execute(
                    sql: """
                        PRAGMA synchronous = \(description.isEveryCommitSynced ? "FULL" : "NORMAL");
                        PRAGMA wal_autocheckpoint = \(Self.checkpointPages);
                        PRAGMA cache_size = -\(description.writerCacheKibibytes);
                        PRAGMA journal_size_limit = \(Self.walBytesKept);
                        """)
                if let pagesMax { try database.execute(sql: "PRAGMA max_page_count = \(pagesMax)") }
                try Self.migrate(database, description, path: path)
            }
            try pool.writeWithoutTransaction { database in
                _ = try database.checkpoint(.truncate)
                try DatabaseFiles.checkSize(path, of: database)
            }
            self.pool = pool
            committer = GroupCommitter(pool, path: path) { observer.diskChanged($0) }
        } catch {
            throw SQLiteErrors.translate(error, operation: "storage.open", path: path)
        }
        self.path = path
        self.directory = directory
        self.observer = observer
    }

    /// Refuses what must not be opened, without touching it.
    static func check(_ description: DatabaseDescription, in directory: DataDirectory) throws(BackendError) {
        try DatabaseFiles.checkBeforeOpening(
            directory.path + "/" + description.fileName, version: description.migrations.count
        )
    }

    /// Sets what runs on the writer queue when the disk becomes full, has room again or fails. To be set before the first write.
    func onDiskChange(_ body: @escaping @Sendable (DiskChange) -> Void) {
        observer.onChange(body)
    }

    /// Reads a consistent state, at least as new as every write that has returned.
    func read<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(BackendError) -> Value {
        guard pendingReads.add(1, ordering: .relaxed).newValue <= Self.readsMax else {
            pendingReads.subtract(1, ordering: .relaxed)
            throw BackendError(
                .unavailable, operation: operation, target: path, detail: "\(Self.readsMax) reads are waiting")
        }
        defer { pendingReads.subtract(1, ordering: .relaxed) }
        let result: Result<Value, any Error> = await withCheckedContinuation { continuation in
            pool.asyncRead { database in
                continuation.resume(returning: Result { try body(try database.get()) })
            }
        }
        do {
            return try result.get()
        } catch {
            throw SQLiteErrors.translate(error, operation: operation, path: path)
        }
    }

    /// Writes as part of the next group; see ``GroupCommitter/write(_:committed:_:)``.
    func write<Value: Sendable>(
        _ operation: String, committed: (@Sendable (Value) -> Void)? = nil,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(BackendError) -> Value {
        try await committer.write(operation, committed: committed, body)
    }

    /// The same without a wait; see ``GroupCommitter/write(_:_:completion:)``.
    func write<Value: Sendable>(
        _ operation: String, _ body: @escaping @Sendable (Database) throws -> Value,
        completion: @escaping @Sendable (Result<Value, BackendError>) -> Void
    ) {
        committer.write(operation, body, completion: completion)
    }

    /// Runs on the calling thread, before anybody else uses the database.
    func readAtOpen<Value>(_ body: (Database) throws -> Value) throws(BackendError) -> Value {
        do {
            return try pool.read(body)
        } catch {
            throw SQLiteErrors.translate(error, operation: "storage.open", path: path)
        }
    }

    /// Runs on the calling thread in a transaction of its own, before anybody else uses the database.
    func writeAtOpen(_ body: (Database) throws -> Void) throws(BackendError) {
        do {
            try pool.write(body)
        } catch {
            throw SQLiteErrors.translate(error, operation: "storage.open", path: path)
        }
    }

    /// Ends what runs, writes the WAL back and closes the file. Blocks; later calls fail with `.unavailable`.
    func close() throws(BackendError) {
        do {
            // GRDB's readers are the last to close and cannot write the WAL back. Where this fails the WAL stays, and is read when
            // the database is opened again.
            _ = try pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        } catch {}
        do {
            try pool.close()
        } catch {
            throw SQLiteErrors.translate(error, operation: "storage.close", path: path)
        }
    }

    private static func configuration(for description: DatabaseDescription) -> Configuration {
        var configuration = Configuration()
        configuration.label = "discordctl." + description.fileName
        configuration.busyMode = .timeout(busyTimeoutSeconds)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = readersMax
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA page_size = \(description.pageBytes)")
        }
        return configuration
    }

    private static func migrate(_ database: Database, _ description: DatabaseDescription, path: String) throws {
        let application = try Int64.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master WHERE type = 'table'") ?? 0
        guard application == applicationID || (application == 0 && version == 0 && tables == 0) else {
            throw DatabaseFiles.foreign(path)
        }
        guard version <= description.migrations.count else {
            throw DatabaseFiles.newer(path, found: Int64(version), known: description.migrations.count)
        }
        guard version < description.migrations.count else { return }
        try database.inTransaction(.immediate) {
            for script in description.migrations.dropFirst(max(0, version)) { try database.execute(sql: script) }
            try database.execute(sql: "PRAGMA user_version = \(description.migrations.count)")
            try database.execute(sql: "PRAGMA application_id = \(applicationID)")
            return .commit
        }
    }
}

/// What to do after a change of the disk; set once, while the database is being put together.
private final class DiskObserver: Sendable {
    private let change = Mutex<(@Sendable (DiskChange) -> Void)?>(nil)

    func onChange(_ new: @escaping @Sendable (DiskChange) -> Void) {
        change.withLock { $0 = new }
    }

    func diskChanged(_ change: DiskChange) {
        let current = self.change.withLock { $0 }
        current?(change)
    }
}
