import Chat
import GRDB
import Glibc
package import Interface
import Synchronization

/// Files in a directory, and what is known of them in SQLite.
///
/// The row comes before the file and goes after it, so that whatever a crash leaves on the disk has a row, by which it
/// is swept. A row is of one of three kinds: *partial* without bytes, *finished*, and *doomed*, whose file is being
/// removed. An image has its holder in the place of the channel, and 0, which no message has, in that of the message.
package final class DirectoryAttachmentStore: AttachmentStore {
    static let description = DatabaseDescription(
        fileName: "attachments.db", pageBytes: 4_096,
        migrations: [
            """
            CREATE TABLE file (
                key TEXT PRIMARY KEY,
                owner INTEGER NOT NULL,
                created_at INTEGER NOT NULL,
                bytes INTEGER,
                channel INTEGER,
                message INTEGER,
                is_doomed INTEGER NOT NULL DEFAULT 0
            ) WITHOUT ROWID;
            CREATE INDEX file_message ON file (channel, message) WHERE message IS NOT NULL;
            CREATE INDEX file_loose ON file (created_at) WHERE message IS NULL;
            CREATE TABLE usage (owner INTEGER PRIMARY KEY, bytes INTEGER NOT NULL);
            """,
            // Files of before are nobody's but their owners'.
            """
            ALTER TABLE file ADD COLUMN guild INTEGER;
            CREATE INDEX file_image ON file (channel, key) WHERE message = 0;
            """,
        ]
    )
    static let directoryName = "attachments"
    static let sweptMax = 1_000
    static let readBytesMax = 1 << 20
    /// Under what the usage of all is counted, beside those of owners and guilds: nothing has this id.
    private static let everybody: Int64 = 0

    let database: SQLiteDatabase
    private let shelf: FileShelf
    private let lanes = FileLanes()

    init(_ database: SQLiteDatabase, in directory: DataDirectory) throws(BackendError) {
        self.database = database
        shelf = try FileShelf(directory.path + "/" + Self.directoryName)
    }

    package func begin(_ file: NewFile) async throws(BackendError) -> any FileWriter {
        guard FileShelf.isKey(file.key) else {
            throw BackendError(
                .rejected, operation: "attachments.begin", target: "a file",
                detail: "a key has 32 lower-case hexadecimal digits")
        }
        try await database.write("attachments.begin") { database in
            try database.run(
                "INSERT INTO file (key, owner, guild, created_at) VALUES (?, ?, ?, ?)",
                [file.key, file.owner.column, file.guild?.column, Int64(clamping: file.createdAt)])
        }
        let shelf = shelf
        let descriptor = try await lanes.run(file.key) { shelf.create(file.key) }
        return Writer(file, descriptor, shelf: shelf, lanes: lanes, store: self)
    }

    package func read(_ key: String, from offset: UInt64, count: Int) async throws(BackendError) -> [UInt8]? {
        guard FileShelf.isKey(key) else { return nil }
        let shelf = shelf
        let count = count.held(in: 1...Self.readBytesMax)
        return try await lanes.run(key) { shelf.read(key, from: offset, count: count) }
    }

    package func settle(_ claims: [FileClaim]) async throws(BackendError) {
        // Most messages never had a file: their edits and deletions cost a look and no write.
        let needed = try await database.read("attachments.settle") { database in
            try claims.contains { claim in
                if !claim.keys.isEmpty { return true }
                return try !Self.files(of: claim.message, in: database).isEmpty
            }
        }
        guard needed else { return }
        let doomed = try await database.write("attachments.settle") { database in
            var doomed: [String] = []
            for claim in claims {
                let gone = Set(try Self.files(of: claim.message, in: database)).subtracting(claim.keys)
                try Self.doom(gone, in: database)
                doomed += gone
                for key in claim.keys {
                    try database.run(
                        "UPDATE file SET channel = ?, message = ? WHERE key = ? AND message IS NULL AND NOT is_doomed",
                        [claim.message.channel.column, claim.message.id.column, key])
                }
            }
            return doomed
        }
        try await remove(doomed)
    }

    package func discard(_ keys: [String]) async throws(BackendError) {
        let doomed = try await database.write("attachments.discard") { database in
            let loose = try keys.filter { key in
                try database.first("SELECT 1 FROM file WHERE key = ? AND message IS NULL", [key]) { _ in true } ?? false
            }
            try Self.doom(loose, in: database)
            return loose
        }
        try await remove(doomed)
    }

    package func sweep(before time: UInt64) async throws(BackendError) -> Int {
        let doomed = try await database.write("attachments.sweep") { database in
            let keys = try database.all(
                "SELECT key FROM file WHERE message IS NULL AND created_at < ? ORDER BY created_at LIMIT ?",
                [Int64(clamping: time), Self.sweptMax]
            ) { $0.text(0) }
            try Self.doom(keys, in: database)
            return keys
        }
        try await remove(doomed)
        return doomed.count
    }

    package func usage(of share: FileShare) async throws(BackendError) -> UInt64 {
        let counted =
            switch share {
            case .owner(let user): user.column
            case .guild(let guild): guild.column
            case .all: Self.everybody
            }
        return try await database.read("attachments.usage") { database in
            try Self.usage(of: counted, in: database)
        }
    }

    // MARK: Rows

    /// Counts a finished file; false when that would be too much.
    fileprivate func enter(_ file: NewFile, bytes: UInt64, within quota: FileQuota) async throws(BackendError) -> Bool {
        try await database.write("attachments.finish") { database in
            func hasRoom(_ counted: Int64, _ bound: UInt64?) throws -> Bool {
                guard let bound else { return true }
                return try Self.usage(of: counted, in: database) + bytes <= bound
            }
            guard try hasRoom(file.owner.column, quota.owner), try hasRoom(Self.everybody, quota.total) else {
                return false
            }
            if let guild = file.guild, try !hasRoom(guild.column, quota.guild) { return false }
            try database.run(
                "UPDATE file SET bytes = ? WHERE key = ? AND bytes IS NULL AND NOT is_doomed",
                [Int64(clamping: bytes), file.key])
            // It was swept while it was being written.
            guard database.changesCount == 1 else { return false }
            try Self.count(Int64(clamping: bytes), for: file.owner.column, file.guild?.column, in: database)
            return true
        }
    }

    private static func files(of message: MessageLocation, in database: Database) throws -> [String] {
        try database.all(
            "SELECT key FROM file WHERE channel = ? AND message = ?", [message.channel.column, message.id.column]
        ) { $0.text(0) }
    }

    private static func usage(of owner: Int64, in database: Database) throws -> UInt64 {
        try database.first("SELECT bytes FROM usage WHERE owner = ?", [owner]) { $0.unsigned(0) } ?? 0
    }

    private static func count(
        _ bytes: Int64, for owner: Int64, _ guild: Int64?, in database: Database
    ) throws {
        for owner in [owner, guild, everybody].compactMap(\.self) {
            try database.run(
                """
                INSERT INTO usage (owner, bytes) VALUES (?1, max(0, ?2))
                ON CONFLICT (owner) DO UPDATE SET bytes = max(0, bytes + ?2)
                """,
                [owner, bytes])
        }
    }

    /// From now on nobody has these files; they are loose and older than any time that is swept.
    static func doom(_ keys: some Collection<String>, in database: Database) throws {
        for key in keys {
            let file = try database.first(
                "SELECT owner, bytes, guild FROM file WHERE key = ? AND NOT is_doomed", [key]
            ) { (owner: $0.integer(0), bytes: $0[1] as Int64?, guild: $0[2] as Int64?) }
            guard let file else { continue }
            try count(-(file.bytes ?? 0), for: file.owner, file.guild, in: database)
            try database.run(
                """
                UPDATE file SET is_doomed = 1, bytes = NULL, created_at = 0, channel = NULL, message = NULL
                WHERE key = ?
                """,
                [key])
        }
    }

    /// Removes the files of doomed rows, then the rows. Where it fails, the sweep comes back to them.
    func remove(_ keys: [String]) async throws(BackendError) {
        guard !keys.isEmpty else { return }
        let shelf = shelf
        for key in keys { try await lanes.run(key) { shelf.remove(key) } }
        try await database.write("attachments.remove") { database in
            for key in keys { try database.run("DELETE FROM file WHERE key = ? AND is_doomed", [key]) }
        }
    }
}

/// One file that is being written.
private final class Writer: FileWriter {
    private struct State {
        /// `nil` once it was closed.
        var descriptor: Int32?
        var bytes: UInt64 = 0
    }

    private let file: NewFile
    private let shelf: FileShelf
    private let lanes: FileLanes
    private let store: DirectoryAttachmentStore
    private let state: Mutex<State>

    init(
        _ file: NewFile, _ descriptor: Int32, shelf: FileShelf, lanes: FileLanes, store: DirectoryAttachmentStore
    ) {
        self.file = file
        self.shelf = shelf
        self.lanes = lanes
        self.store = store
        state = Mutex(State(descriptor: descriptor))
    }

    deinit {
        if let descriptor = take() { Glibc.close(descriptor) }
    }

    func write(_ bytes: [UInt8]) async throws(BackendError) {
        guard let descriptor = state.withLock({ $0.descriptor }) else { throw isOver("attachments.write") }
        let (shelf, key) = (shelf, file.key)
        try await lanes.run(key) { shelf.append(bytes, to: descriptor, key) }
        state.withLock { $0.bytes += UInt64(bytes.count) }
    }

    func finish(within quota: FileQuota) async throws(BackendError) -> Bool {
        guard let descriptor = take() else { throw isOver("attachments.finish") }
        let (shelf, key) = (shelf, file.key)
        try await lanes.run(key) { shelf.publish(key, descriptor) }
        guard try await store.enter(file, bytes: state.withLock { $0.bytes }, within: quota) else {
            try await store.discard([key])
            return false
        }
        return true
    }

    func discard() async {
        guard let descriptor = take() else { return }
        Glibc.close(descriptor)
        // What cannot be removed now is swept later.
        try? await store.discard([file.key])
    }

    /// The descriptor, for whoever closes it.
    private func take() -> Int32? {
        state.withLock { state in
            defer { state.descriptor = nil }
            return state.descriptor
        }
    }

    private func isOver(_ operation: String) -> BackendError {
        BackendError(.rejected, operation: operation, target: "a file", detail: "it is finished or was discarded")
    }
}
