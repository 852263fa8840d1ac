import Chat
import FoundationEssentials
import GRDB
package import Interface

/// Sessions in a database of their own, which is not synced: the node's end leaves what was written, and after a failure of power clients
/// identify anew.
package final class SQLiteSessionStore: SessionStore {
    static let description = DatabaseDescription(
        fileName: "sessions.db", pageBytes: 4_096,
        migrations: [
            """
            CREATE TABLE capture (
                node INTEGER PRIMARY KEY,
                saved_at INTEGER NOT NULL,
                is_final INTEGER NOT NULL,
                state BLOB NOT NULL
            );
            CREATE TABLE loop (
                node INTEGER NOT NULL,
                number INTEGER NOT NULL,
                state BLOB NOT NULL,
                marks BLOB NOT NULL,
                PRIMARY KEY (node, number)
            ) WITHOUT ROWID;
            CREATE TABLE session (
                node INTEGER NOT NULL,
                loop INTEGER NOT NULL,
                slot INTEGER NOT NULL,
                record BLOB NOT NULL,
                PRIMARY KEY (node, loop, slot)
            ) WITHOUT ROWID;
            CREATE TABLE frame (
                node INTEGER NOT NULL,
                loop INTEGER NOT NULL,
                number INTEGER NOT NULL,
                sequence_offset INTEGER NOT NULL,
                bytes BLOB NOT NULL,
                PRIMARY KEY (node, loop, number)
            ) WITHOUT ROWID;
            """,
            """
            ALTER TABLE frame ADD COLUMN scope BLOB NOT NULL DEFAULT x'';
            """,
        ],
        isEveryCommitSynced: false,
        // A session's record is rarely written twice: what was written is not kept in memory for every session of the node.
        writerCacheKibibytes: 1_024
    )

    private let database: SQLiteDatabase

    init(_ database: SQLiteDatabase) {
        self.database = database
    }

    package func save(_ capture: SessionCapture, of node: UInt16) async throws(BackendError) {
        let largest = capture.loops.map(\.state.count).reduce(capture.state.count, max)
        guard largest <= SessionStoreRules.stateBytesMax else {
            throw BackendError(
                .rejected, operation: "sessions.save", target: database.path,
                detail: "a state takes at most \(SessionStoreRules.stateBytesMax) bytes")
        }
        let node = Int64(node)
        try await database.write("sessions.save") { database in
            try database.run(
                "INSERT OR REPLACE INTO capture (node, saved_at, is_final, state) VALUES (?, ?, ?, ?)",
                [node, Int64(clamping: capture.savedAt), capture.isFinal, Data(capture.state)])
            try database.run("DELETE FROM frame WHERE node = ?", [node])
            let saved = try database.all("SELECT number FROM loop WHERE node = ?", [node]) { $0.integer(0) }
            let current = Set(capture.loops.map { Int64($0.loop) })
            for loop in saved where !current.contains(loop) { try Self.forget(loop, of: node, in: database) }
            for loop in capture.loops { try Self.save(loop, of: node, in: database) }
        }
    }

    private static func save(_ capture: LoopCapture, of node: Int64, in database: Database) throws {
        let loop = Int64(capture.loop)
        if capture.isWhole { try forget(loop, of: node, in: database) }
        var marks = RecordWriter()
        marks.write(list: capture.marks) { $0.write($1) }
        try database.run(
            "INSERT OR REPLACE INTO loop (node, number, state, marks) VALUES (?, ?, ?, ?)",
            [node, loop, Data(capture.state), Data(marks.bytes)])
        for slot in capture.removed {
            try database.run("DELETE FROM session WHERE node = ? AND loop = ? AND slot = ?", [node, loop, Int64(slot)])
        }
        for record in capture.changed {
            try database.run(
                "INSERT OR REPLACE INTO session (node, loop, slot, record) VALUES (?, ?, ?, ?)",
                [node, loop, Int64(record.slot), Data(record.encoded())])
        }
        for (number, frame) in capture.frames.enumerated() {
            try database.run(
                "INSERT INTO frame (node, loop, number, sequence_offset, bytes, scope) VALUES (?, ?, ?, ?, ?, ?)",
                [node, loop, Int64(number), Int64(frame.sequenceOffset), Data(frame.bytes), Data(frame.scope)])
        }
    }

    package func load(of node: UInt16) async throws(BackendError) -> SessionCapture? {
        let (node, path) = (Int64(node), database.path)
        return try await database.read("sessions.load") { database in
            let capture = try database.first(
                "SELECT saved_at, is_final, state FROM capture WHERE node = ?", [node]
            ) {
                SessionCapture(savedAt: $0.unsigned(0), isFinal: $0.bool(1), state: try $0.blob(2), loops: [])
            }
            guard var capture else { return nil }
            do {
                capture.loops = try database.all(
                    "SELECT number, state, marks FROM loop WHERE node = ? ORDER BY number", [node]
                ) { row in
                    try Self.loop(row.integer(0), state: row.blob(1), marks: row.blob(2), of: node, in: database)
                }
            } catch let error as Chat.RecordError {
                throw BackendError(
                    .corrupt, operation: "sessions.load", target: path,
                    detail: "a record cannot be read from byte \(error.offset) on")
            }
            return capture
        }
    }

    private static func loop(
        _ loop: Int64, state: [UInt8], marks: [UInt8], of node: Int64, in database: Database
    ) throws -> LoopCapture {
        var reader = RecordReader(marks)
        let marks = try reader.readList { (reader) throws(Chat.RecordError) in try SessionMark(from: &reader) }
        let known = Dictionary(marks.map { ($0.slot, $0) }) { $1 }
        var capture = LoopCapture(loop: UInt16(truncatingIfNeeded: loop), isWhole: true, state: state)
        capture.changed = try database.all(
            "SELECT record FROM session WHERE node = ? AND loop = ? ORDER BY slot", [node, loop]
        ) { try SessionRecord(encoded: $0.blob(0)) }.filter { known[$0.slot] != nil }
        capture.marks = capture.changed.compactMap { known[$0.slot] }
        capture.frames = try database.all(
            "SELECT bytes, sequence_offset, scope FROM frame WHERE node = ? AND loop = ? ORDER BY number", [node, loop]
        ) { SavedFrame(bytes: try $0.blob(0), sequenceOffset: Int($0.integer(1)), scope: try $0.blob(2)) }
        return capture
    }

    package func clear(_ node: UInt16) async throws(BackendError) {
        let node = Int64(node)
        try await database.write("sessions.clear") { database in
            for table in ["capture", "loop", "session", "frame"] {
                try database.run("DELETE FROM \(table) WHERE node = ?", [node])
            }
        }
    }

    private static func forget(_ loop: Int64, of node: Int64, in database: Database) throws {
        try database.run("DELETE FROM loop WHERE node = ? AND number = ?", [node, loop])
        try database.run("DELETE FROM session WHERE node = ? AND loop = ?", [node, loop])
    }
}
