import Glibc
package import Interface
package import Logging

/// Every role, kept by this one process in a data directory: what a node without servers runs on.
///
/// The directory holds `log.db`, `messages.db`, `directory.db`, `coordinator.db`, `sessions.db`, `search.db`, `attachments.db` with the files of
/// `attachments/`, and `node.lock`, which one process at a time may hold. A search index that cannot be opened keeps nobody from chatting: its
/// calls fail with what is wrong.
/// The fan-out bus, presences, voice states, rate limits and what was delivered live in memory.
package final class EmbeddedBackends: Sendable {
    package let log: any EventLog
    package let store: any MessageStore
    package let directory: any Directory
    package let subscriptions: any SubscriptionStore
    package let coordinator: any Coordinator
    package let bus: any FanoutBus
    package let presence: any PresenceStore
    package let voice: any VoiceStore
    package let limiter: any RateLimiter
    package let deliveries: any DeliveryStore
    package let search: any SearchIndex
    package let attachments: any AttachmentStore
    package let sessions: any SessionStore

    private let dataDirectory: DataDirectory
    private let databases: [SQLiteDatabase]

    /// Opens a data directory, making it and what belongs in it when it is new. Blocks for as long as the disk takes.
    /// - Throws: `.locked`, `.readOnly`, `.newerVersion`, `.corrupt`, `.full`, `.unavailable`, each with the file and a hint.
    package static func open(
        directory: String, time: any TimeSource, logger: Logger
    ) throws(BackendError) -> EmbeddedBackends {
        let backends = try EmbeddedBackends(directory: directory, time: time)
        if let broken = backends.search as? BrokenSearchIndex {
            logger.error(
                "the search index cannot be opened",
                metadata: [
                    "error.code": "\(broken.error.code.rawValue)", "error.target": "\(broken.error.target)",
                    "error.detail": "\(broken.error.detail)",
                ]
            )
        }
        for database in backends.databases {
            let target = database.path
            database.onDiskChange { change in
                switch change {
                case .full(let error):
                    logger.error(
                        "the disk is full: writes to this database are refused until there is room",
                        metadata: ["error.target": "\(target)", "error.detail": "\(error.detail)"]
                    )
                case .hasRoom: logger.notice("the disk has room again", metadata: ["error.target": "\(target)"])
                case .failed(let error):
                    logger.critical(
                        "the disk failed: nothing is written to this database any more until the node is started again",
                        metadata: ["error.target": "\(target)", "error.detail": "\(error.detail)"]
                    )
                }
            }
        }
        logger.debug("opened the data directory", metadata: ["data.directory": "\(directory)"])
        return backends
    }

    private init(directory path: String, time: any TimeSource) throws(BackendError) {
        dataDirectory = try DataDirectory(path)
        // All of them before the first is opened: a directory that is refused stays as it was.
        for description in [
            SQLiteEventLog.description, SQLiteMessageStore.description, SQLiteDirectory.description,
            SQLiteCoordinator.description, DirectoryAttachmentStore.description,
        ] {
            try SQLiteDatabase.check(description, in: dataDirectory)
        }
        let logDatabase = try SQLiteDatabase(SQLiteEventLog.description, in: dataDirectory)
        let messages = try SQLiteDatabase(SQLiteMessageStore.description, in: dataDirectory)
        let guilds = try SQLiteDatabase(SQLiteDirectory.description, in: dataDirectory)
        let nodes = try SQLiteDatabase(SQLiteCoordinator.description, in: dataDirectory)
        let kept = try Self.sessionDatabase(in: dataDirectory)
        let files = try SQLiteDatabase(DirectoryAttachmentStore.description, in: dataDirectory)
        let (index, words) = Self.searchIndex(in: dataDirectory, time: time)
        search = index
        databases = [logDatabase, messages, guilds, nodes, kept, files] + (words.map { [$0] } ?? [])
        log = try SQLiteEventLog(logDatabase, time: time)
        store = SQLiteMessageStore(messages)
        let accounts = SQLiteDirectory(guilds)
        directory = accounts
        subscriptions = accounts
        coordinator = SQLiteCoordinator(nodes)
        attachments = try DirectoryAttachmentStore(files, in: dataDirectory)
        sessions = SQLiteSessionStore(kept)
        bus = InProcessFanoutBus(time: time)
        presence = MemoryPresenceStore()
        voice = MemoryVoiceStore()
        limiter = MemoryRateLimiter(time: time)
        deliveries = MemoryDeliveryStore()
    }

    /// Sessions are worth nothing against a node that does not start: a file that is damaged is put aside.
    private static func sessionDatabase(in directory: DataDirectory) throws(BackendError) -> SQLiteDatabase {
        do throws(BackendError) {
            return try SQLiteDatabase(SQLiteSessionStore.description, in: directory)
        } catch {
            guard error.code == .corrupt else { throw error }
            let path = directory.path + "/" + SQLiteSessionStore.description.fileName
            for suffix in ["", "-wal", "-shm"] { _ = rename(path + suffix, path + ".damaged" + suffix) }
            return try SQLiteDatabase(SQLiteSessionStore.description, in: directory)
        }
    }

    private static func searchIndex(
        in directory: DataDirectory, time: any TimeSource
    ) -> (index: any SearchIndex, database: SQLiteDatabase?) {
        do throws(BackendError) {
            let database = try SQLiteDatabase(SQLiteSearchIndex.description, in: directory)
            return (SQLiteSearchIndex(database, time: time), database)
        } catch {
            return (BrokenSearchIndex(error), nil)
        }
    }

    /// Whether a database of the directory still takes what it is given.
    /// - Parameter fileName: as in the directory.
    /// - Throws: `.unavailable` once its disk has failed under a write: what was stored can be read all the same.
    package func checkDisk(of fileName: String) throws(BackendError) {
        let path = dataDirectory.path + "/" + fileName
        guard let failure = databases.first(where: { $0.path == path })?.committer.failure else { return }
        throw failure
    }

    /// Waits for what runs, writes everything back and closes the files. Blocks; later calls of the roles fail with `.unavailable`.
    /// The directory is free again afterwards.
    package func close() throws(BackendError) {
        var first: BackendError?
        for database in databases {
            do {
                try database.close()
            } catch {
                first = first ?? error
            }
        }
        if let first { throw first }
        dataDirectory.release()
    }
}
