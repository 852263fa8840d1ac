import BackendContracts
import Chat
import FoundationEssentials
import GRDB
import Glibc
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("Data directory") struct StorageTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(_ time: ManualTime = ManualTime()) throws -> EmbeddedBackends {
        try Opened(in: directory, time: time).backends
    }

    private func refusal(_ work: () throws -> Void) throws -> BackendError {
        do {
            try work()
        } catch let error as BackendError {
            return error
        }
        throw ContractViolation("it is refused")
    }

    /// Changes a database with the same library, as another program would.
    private func tamper(_ file: String, _ sql: String) throws {
        let queue = try DatabaseQueue(path: directory.file(file))
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
    }

    private func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: directory.file(file))))
    }

    private func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(filePath: directory.file(file)))
    }

    @Test func keepsEverythingAcrossReopening() async throws {
        let first = try open()
        let positions = try await first.log.append([NewRecord(topic: .messages, key: 1, payload: [1, 2])])
        let ref = PartitionRef(group: "g", topic: .messages, partition: 0)
        try await first.log.commit(Checkpoint(next: 1, state: [9]), for: ref, epoch: 2)
        let message = Samples.message(Samples.messageID(1))
        try await first.store.apply([MessageWrite(message: message)])
        try await first.directory.create(Account(user: Samples.user(1, "ada")))
        let node = try await first.coordinator.register("a", now: 1, leaseMilliseconds: 10)
        try first.close()

        let second = try open()
        let partition = try #require(positions.first).partition
        let read = try await second.log.read(.messages, partition: partition, from: 0, limit: 9, bytesMax: .max)
        #expect(read.map(\.position) == positions)
        #expect(try await second.log.end(of: .messages, partition: partition) == 1)
        #expect(try await second.log.checkpoint(of: ref) == Checkpoint(next: 1, state: [9]))
        #expect(try await second.store.page(of: message.channel, .latest, limit: 9) == [message])
        #expect(try await second.directory.account(UserID(1))?.user.username == "ada")
        #expect(try await second.coordinator.register("a", now: 2, leaseMilliseconds: 10).epoch == node.epoch + 1)
        try second.close()
    }

    @Test func sessionsSurviveReopeningAndTheirDamageKeepsNobodyOut() async throws {
        let capture = SessionCapture(
            savedAt: 5, isFinal: false, state: [1],
            loops: [
                LoopCapture(
                    loop: 0, isWhole: true, marks: [SessionMark(slot: 4, sequence: 7)],
                    changed: [
                        SessionRecord(
                            slot: 4, secret: Samples.token(1), tag: SessionTag(2), token: Samples.token(3),
                            user: UserID(9), intents: 1)
                    ])
            ])
        let first = try open()
        try await first.sessions.save(capture, of: 1)
        try first.close()
        let second = try open()
        #expect(try await second.sessions.load(of: 1) == capture)
        try second.close()
        try write(Array(repeating: 7, count: 9_000), to: "sessions.db")
        let third = try open()
        #expect(try await third.sessions.load(of: 1) == nil)
        try third.close()
        #expect(try bytes("sessions.db.damaged").count == 9_000)
    }

    @Test func recordsOfSessionsWithoutVoiceStatesAreRead() throws {
        let record = SessionRecord(
            slot: 4, secret: Samples.token(1), tag: SessionTag(2), token: Samples.token(3), user: UserID(9), intents: 1)
        // As version 4 wrote it: without the list at the end.
        var bytes = record.encoded()
        bytes[0] = 4
        bytes.removeLast()
        #expect(try SessionRecord(encoded: bytes) == record)
    }

    @Test func timestampsGoOnWhenTheClockWentBackOverARestart() async throws {
        let first = try open(ManualTime(unixMilliseconds: 2_000_000))
        let before = try await first.log.append([NewRecord(topic: .messages, key: 1, payload: [])])
        try first.close()
        let second = try open(ManualTime(unixMilliseconds: 1_000_000))
        let after = try await second.log.append([NewRecord(topic: .messages, key: 1, payload: [])])
        #expect(before.map(\.timestamp) == [2_000_000])
        #expect(after.map(\.timestamp) == [2_000_000])
        try second.close()
    }

    @Test func trimmedPartitionsGoOnAfterReopening() async throws {
        let first = try open()
        let position = try #require(
            try await first.log.append([NewRecord(topic: .messages, key: 1, payload: [])]).first)
        #expect(try await first.log.trim(.messages, before: position.timestamp + 1) == 1)
        try first.close()
        let second = try open()
        #expect(try await second.log.end(of: .messages, partition: position.partition) == 1)
        try second.close()
    }

    @Test func anExistingLogKeepsItsPartitions() async throws {
        let holder = try DataDirectory(directory.path)
        for (asked, expected) in [(3, 3), (5, 3)] {
            let database = try SQLiteDatabase(SQLiteEventLog.description, in: holder)
            let log = try SQLiteEventLog(database, time: ManualTime(), partitions: asked)
            #expect(try await log.partitions(of: .messages) == expected)
            try database.close()
        }
    }

    @Test func refusesADirectoryInUse() throws {
        let first = try open()
        let error = try refusal { _ = try open() }
        #expect(error.code == .locked)
        #expect(error.target == directory.path)
        #expect(error.hint != nil)
        try first.close()
        try open().close()
    }

    @Test func refusesANewerVersion() throws {
        try open().close()
        try tamper("messages.db", "PRAGMA user_version = 99")
        let error = try refusal { _ = try open() }
        #expect(error.code == .newerVersion)
        #expect(error.target == directory.file("messages.db"))
        #expect(error.hint != nil)
    }

    @Test func refusesAnotherProgramsDatabase() throws {
        try tamper("log.db", "CREATE TABLE theirs (x); PRAGMA user_version = 1; PRAGMA application_id = 7")
        let before = try bytes("log.db")
        #expect(try refusal { _ = try open() }.code == .corrupt)
        #expect(try bytes("log.db") == before)
    }

    @Test func refusesAFileThatIsNoDatabase() throws {
        try write(Array("this is not a database, and long enough to be looked at as one: ".utf8) * 4, to: "log.db")
        let error = try refusal { _ = try open() }
        #expect(error.code == .corrupt)
        #expect(error.target == directory.file("log.db"))
    }

    @Test func refusesADirectoryWithoutAParent() throws {
        let error = try refusal { _ = try DataDirectory(directory.file("no/such")) }
        #expect(error.code == .unavailable)
    }

    @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
    func refusesAReadOnlyDirectory() throws {
        #expect(chmod(directory.path, 0o500) == 0)
        defer { chmod(directory.path, 0o700) }
        #expect(try refusal { _ = try open() }.code == .readOnly)
    }

    @Test(arguments: [
        (EACCES, BackendError.Code.readOnly), (EROFS, .readOnly), (ENOSPC, .full), (EDQUOT, .full),
        (EMFILE, .unavailable),
    ])
    func translatesSystemErrors(_ number: Int32, _ code: BackendError.Code) {
        let error = DataDirectory.error(number: number, "storage.open", "/d")
        #expect(error.code == code)
        #expect(error.hint != nil)
    }

    @Test(arguments: [
        (ResultCode.SQLITE_FULL, BackendError.Code.full), (.SQLITE_CORRUPT, .corrupt), (.SQLITE_NOTADB, .corrupt),
        (.SQLITE_READONLY, .readOnly), (.SQLITE_IOERR_FSYNC, .unavailable), (.SQLITE_BUSY, .unavailable),
        (.SQLITE_TOOBIG, .rejected), (.SQLITE_CONSTRAINT_UNIQUE, .conflict), (.SQLITE_NOMEM, .unavailable),
    ])
    func translatesSQLiteErrors(_ result: ResultCode, _ code: BackendError.Code) {
        let error = SQLiteErrors.translate(
            DatabaseError(resultCode: result), operation: "log.append", path: "/d/log.db")
        #expect(error.code == code)
        #expect(error.detail.contains(String(result.rawValue)))
        #expect(error.operation == "log.append")
        #expect(error.target == "/d/log.db")
    }
}

/// A copy of a data directory as it is now, as if its node had been killed: nothing is written back.
enum TemporaryCopy {
    static func copy(of path: String, to target: String) throws -> String {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.contains(".db") {
            let data = try Data(contentsOf: URL(filePath: path + "/" + name))
            // The shared-memory index is not copied: SQLite makes it anew from the WAL, as it does after a crash.
            if !name.hasSuffix("-shm") { try data.write(to: URL(filePath: target + "/" + name)) }
        }
        return target
    }
}

private func * (bytes: [UInt8], times: Int) -> [UInt8] { (0..<times).flatMap { _ in bytes } }
