import BackendContracts
import GRDB
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("SQLite event log") struct EventLogTests {
    @Test func partitionsOfKeysNeverChange() {
        // Where records lie depends on these: a change would break the order of channels that exist.
        #expect([0, 1, 2, 1 << 22, .max].map { LogSlot.partition(ofKey: $0, among: 16) } == [0, 5, 10, 9, 11])
    }

    @Test func sealsNeverChange() {
        // Stored with every row: another function would call every old row corrupt.
        #expect(Seal.over([1, 2, 3], 4, 5, 6) == 5325498096696869249)
        #expect(Seal.over([], 0, 0, 0) == -3879138199058121593)
        #expect(Seal.over((0..<20).map { $0 }, 1, 2, 3) == -175799983806832061)
    }

    @Test func everyBitCountsInASeal() {
        let bytes = (0..<21).map { UInt8($0) }
        let seal = Seal.over(bytes, 1, 2, 3)
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Seal.over(changed, 1, 2, 3) != seal)
        }
        #expect(Seal.over(bytes, 2, 1, 3) != seal)
        #expect(Seal.over(Array(bytes.dropLast()), 1, 2, 3) != seal)
    }

    @Test func aLogInItsFirstFormKeepsItsRecordsAndGoesOn() async throws {
        let directory = try TemporaryDirectory()
        let first = try Opened(in: directory).backends
        let records = (0..<40).map { NewRecord(topic: .messages, key: $0 % 3, payload: [UInt8($0)]) }
        for record in records { _ = try await first.log.append([record]) }
        let partition = LogSlot.partition(ofKey: 1, among: 16)
        let before = try await first.log.read(.messages, partition: partition, from: 0, limit: 99, bytesMax: 9_999)
        try first.close()
        // Back to the first schema, in which records lay in the order of their ids.
        let queue = try DatabaseQueue(path: directory.file("log.db"))
        try await queue.write { database in
            try database.execute(
                sql: """
                    ALTER TABLE record RENAME TO appended;
                    CREATE TABLE record (
                        id INTEGER PRIMARY KEY, key INTEGER NOT NULL, timestamp INTEGER NOT NULL,
                        seal INTEGER NOT NULL, payload BLOB NOT NULL
                    );
                    INSERT INTO record SELECT id, key, timestamp, seal, payload FROM appended;
                    DROP TABLE appended;
                    PRAGMA user_version = 1;
                    """)
        }
        try queue.close()

        let second = try Opened(in: directory).backends
        let after = try await second.log.read(.messages, partition: partition, from: 0, limit: 99, bytesMax: 9_999)
        #expect(!before.isEmpty && after == before)
        let next = try #require(try await second.log.append([NewRecord(topic: .messages, key: 1, payload: [])]).first)
        #expect(next.offset == before.last.map { $0.position.offset + 1 })
        try second.close()
    }

    @Test func timestampsFollowTheSteadyClockAndNotAJump() async throws {
        let opened = try Opened()
        let log = opened.backends.log
        let record = NewRecord(topic: .messages, key: 1, payload: [])
        let first = try #require(try await log.append([record]).first).timestamp
        opened.time.jump(toUnixMilliseconds: first + 3_600_000)
        opened.time.advance(by: 1_000)
        let second = try #require(try await log.append([record]).first).timestamp
        #expect(second <= first + 1_100)
        opened.time.jump(toUnixMilliseconds: first - 3_600_000)
        let third = try #require(try await log.append([record]).first).timestamp
        #expect(third >= second)
        try opened.backends.close()
    }

    @Test func recordsOfOneCallShareATimestamp() async throws {
        let opened = try Opened()
        let positions = try await opened.backends.log.append(
            (0..<5).map { NewRecord(topic: .messages, key: $0, payload: []) })
        #expect(Set(positions.map(\.timestamp)) == [opened.time.unixMilliseconds])
        try opened.backends.close()
    }

    @Test func moreRecordsThanOneCallTakesAreRefused() async throws {
        let opened = try Opened()
        let record = NewRecord(topic: .messages, key: 1, payload: [])
        try await demandRefusal(.rejected, "a call is bounded") {
            _ = try await opened.backends.log.append(Array(repeating: record, count: 10_001))
        }
        try opened.backends.close()
    }
}
