import BackendContracts
import Dispatch
import GRDB
import Interface
import Synchronization
import Testing

@testable import EmbeddedBackend

@Suite("Group commit") struct GroupCommitTests {
    private static let description = DatabaseDescription(
        fileName: "test.db", pageBytes: 4_096,
        migrations: ["CREATE TABLE item (number INTEGER PRIMARY KEY, body BLOB)"])

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func open(pagesMax: Int? = nil) throws -> SQLiteDatabase {
        try SQLiteDatabase(Self.description, in: DataDirectory(directory.path), pagesMax: pagesMax)
    }

    private func count(_ database: SQLiteDatabase) async throws -> Int {
        try await database.read("test.count") { try Int.fetchOne($0, sql: "SELECT count(*) FROM item") ?? 0 }
    }

    /// Runs writes while the writer is held up, so that all of them wait together.
    private func together(
        _ database: SQLiteDatabase, _ writes: Int, _ body: @escaping @Sendable (Int, Database) throws -> Void
    ) async throws -> [Result<Void, BackendError>] {
        let gate = DispatchSemaphore(value: 0)
        let entered = AsyncStream.makeStream(of: Void.self)
        return await withTaskGroup(of: (Int, Result<Void, BackendError>).self) { group in
            group.addTask {
                let result = await Self.result {
                    try await database.write("test.hold") { _ in
                        entered.continuation.yield()
                        gate.wait()
                    }
                }
                return (-1, result)
            }
            for await _ in entered.stream { break }
            for number in 0..<writes {
                group.addTask {
                    (number, await Self.result { try await database.write("test.write") { try body(number, $0) } })
                }
            }
            while database.committer.waitingCount < writes { await Task.yield() }
            gate.signal()
            var results = [Result<Void, BackendError>](repeating: .success(()), count: writes)
            for await (number, result) in group where number >= 0 { results[number] = result }
            return results
        }
    }

    private static func result(_ work: () async throws -> Void) async -> Result<Void, BackendError> {
        do {
            return .success(try await work())
        } catch let error as BackendError {
            return .failure(error)
        } catch {
            return .failure(BackendError(.corrupt, operation: "test", target: "test", detail: "\(error)"))
        }
    }

    @Test func concurrentWritesShareOneTransaction() async throws {
        let database = try open()
        let before = database.committer.commitCount
        let results = try await together(database, 100) { number, database in
            try database.run("INSERT INTO item (number) VALUES (?)", [number])
        }
        #expect(results.allSatisfy { (try? $0.get()) != nil })
        #expect(database.committer.commitCount - before == 2)
        #expect(try await count(database) == 100)
        try database.close()
    }

    @Test func oneFailureHarmsNoOther() async throws {
        let database = try open()
        let results = try await together(database, 30) { number, database in
            try database.run("INSERT INTO item (number) VALUES (?)", [number])
            if number % 3 == 0 {
                throw BackendError(.rejected, operation: "test.write", target: "item", detail: "on purpose")
            }
        }
        for (number, result) in results.enumerated() {
            switch result {
            case .success: #expect(number % 3 != 0)
            case .failure(let error): #expect(number % 3 == 0 && error.code == .rejected)
            }
        }
        #expect(try await count(database) == 20)
        try database.close()
    }

    @Test func aFullDiskFailsTheWholeGroupAndIsGotOver() async throws {
        let database = try open(pagesMax: 40)
        let changes = Mutex<[String]>([])
        database.onDiskChange { change in
            let word =
                switch change {
                case .full: "full"
                case .hasRoom: "room"
                case .failed: "failed"
                }
            changes.withLock { $0.append(word) }
        }
        let results = try await together(database, 4) { number, database in
            // Each needs 25 pages: the second one has no room, and SQLite rolls everything back.
            try database.run("INSERT INTO item VALUES (?, zeroblob(100000))", [number])
        }
        for result in results {
            #expect(throws: BackendError.self) { try result.get() }
            if case .failure(let error) = result { #expect(error.code == .full && error.isTransient) }
        }
        #expect(try await count(database) == 0)
        // Room for one: what was not acknowledged left nothing behind.
        try await database.write("test.write") { try $0.run("INSERT INTO item VALUES (1, zeroblob(100000))") }
        #expect(try await count(database) == 1)
        let failure = await Self.result {
            try await database.write("test.write") { try $0.run("INSERT INTO item VALUES (2, zeroblob(100000))") }
        }
        #expect(throws: BackendError.self) { try failure.get() }
        // Space returns.
        try await database.write("test.write") { try $0.run("DELETE FROM item") }
        try await database.write("test.write") { try $0.run("INSERT INTO item VALUES (3, zeroblob(100000))") }
        #expect(try await count(database) == 1)
        // Said once each time, however many writes are refused.
        #expect(changes.withLock { $0 } == ["full", "room", "full", "room"])
        try database.close()
    }

    /// The WAL's index is a file that grows, too: what does not fit into it is no damage.
    @Test func aFullDiskUnderTheIndexOfTheLogIsGotOver() async throws {
        let database = try open()
        try await demandRefusal(.full, "there is no room") {
            try await database.write("test.write") { database in
                try database.run("INSERT INTO item (number) VALUES (1)")
                throw DatabaseError(resultCode: .SQLITE_IOERR_SHMSIZE)
            }
        }
        try await database.write("test.write") { try $0.run("INSERT INTO item (number) VALUES (2)") }
        #expect(try await count(database) == 1)
        #expect(database.committer.failure == nil)
        try database.close()
    }

    @Test func aFailingDiskStopsAllWriting() async throws {
        let database = try open()
        let told = Mutex<[BackendError]>([])
        database.onDiskChange { change in
            if case .failed(let error) = change { told.withLock { $0.append(error) } }
        }
        let failing = await Self.result {
            try await database.write("test.write") { database in
                try database.run("INSERT INTO item (number) VALUES (1)")
                throw DatabaseError(resultCode: .SQLITE_IOERR_FSYNC)
            }
        }
        #expect(throws: BackendError.self) { try failing.get() }
        let later = await Self.result {
            try await database.write("test.write") { try $0.run("INSERT INTO item (number) VALUES (2)") }
        }
        #expect(throws: BackendError.self) { try later.get() }
        #expect(try await count(database) == 0)
        #expect(told.withLock { $0.count } == 1)
        #expect(database.committer.failure?.code == .unavailable)
        try database.close()
    }

    @Test func aFullLogGoesOnWithoutAGap() async throws {
        let database = try SQLiteDatabase(SQLiteEventLog.description, in: DataDirectory(directory.path), pagesMax: 60)
        let log = try SQLiteEventLog(database, time: ManualTime())
        func append(_ bytes: Int) async throws -> UInt64? {
            try await log.append([NewRecord(topic: .messages, key: 1, payload: Array(repeating: 1, count: bytes))])
                .first?.offset
        }
        #expect(try await append(1_000) == 0)
        try await demandRefusal(.full, "there is no room") { _ = try await append(900_000) }
        #expect(try await append(1_000) == 1)
        let partition = LogSlot.partition(ofKey: 1, among: 16)
        #expect(try await log.end(of: .messages, partition: partition) == 2)
        try database.close()
    }

    @Test func aClosedDatabaseIsUnavailable() async throws {
        let database = try open()
        try database.close()
        let write = await Self.result { try await database.write("test.write") { try $0.run("DELETE FROM item") } }
        guard case .failure(let error) = write else { throw ContractViolation("writing to a closed database fails") }
        #expect(error.code == .unavailable)
        await #expect(throws: BackendError.self) { try await count(database) }
    }

    @Test func acknowledgedMeansFlushedToTheDisk() async throws {
        let database = try open()
        let mode = try await database.write("test.mode") { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        #expect(mode == 2)
        try database.close()
    }
}
