import BackendContracts
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("Recent records of a partition") struct RecentRecordsTests {
    private func record(_ offset: UInt64, bytes: Int = 1) -> LogRecord {
        LogRecord(
            position: RecordPosition(partition: 0, offset: offset, timestamp: offset), key: offset,
            payload: Array(repeating: UInt8(truncatingIfNeeded: offset), count: bytes))
    }

    private func filled(_ offsets: Range<UInt64>, bytes: Int = 1) -> RecentRecords {
        var recent = RecentRecords()
        for offset in offsets { recent.append(record(offset, bytes: bytes)) }
        return recent
    }

    @Test func readsFromAnyOffsetItHolds() {
        let recent = filled(10..<20)
        #expect(recent.read(from: 9, limit: 5, bytesMax: 100) == nil)
        #expect(recent.read(from: 10, limit: 3, bytesMax: 100) == [record(10), record(11), record(12)])
        #expect(recent.read(from: 18, limit: 5, bytesMax: 100) == [record(18), record(19)])
        #expect(recent.read(from: 20, limit: 5, bytesMax: 100) == nil)
        #expect(RecentRecords().read(from: 0, limit: 1, bytesMax: 1) == nil)
    }

    @Test func stopsAtTheBytesButGivesOneRecord() {
        let recent = filled(0..<5, bytes: 10)
        #expect(recent.read(from: 0, limit: 5, bytesMax: 25)?.count == 2)
        #expect(recent.read(from: 0, limit: 5, bytesMax: 1)?.count == 1)
    }

    @Test func theOldestGoAtABound() {
        let recent = filled(0..<10_000)
        #expect(recent.read(from: 10_000 - UInt64(RecentRecords.countMax) - 1, limit: 1, bytesMax: 1) == nil)
        #expect(recent.read(from: 10_000 - UInt64(RecentRecords.countMax), limit: 1, bytesMax: 1)?.count == 1)
        let large = filled(0..<10, bytes: RecentRecords.bytesMax / 4)
        #expect(large.read(from: 5, limit: 1, bytesMax: 1) == nil)
        #expect(large.read(from: 6, limit: 10, bytesMax: .max)?.count == 4)
    }

    @Test func aGapBeginsAnew() {
        var recent = filled(0..<5)
        recent.append(record(7))
        #expect(recent.read(from: 4, limit: 1, bytesMax: 1) == nil)
        #expect(recent.read(from: 7, limit: 9, bytesMax: 9) == [record(7)])
    }

    @Test func trimmedRecordsAreNotRead() async throws {
        let opened = try Opened()
        let log = opened.backends.log
        let positions = try await log.append((0..<4).map { NewRecord(topic: .messages, key: 1, payload: [UInt8($0)]) })
        let partition = try #require(positions.first).partition
        let ref = PartitionRef(group: "reader", topic: .messages, partition: partition)
        try await log.commit(Checkpoint(next: 3), for: ref, epoch: 1)
        #expect(try await log.trim(.messages, before: opened.time.unixMilliseconds + 1) == 3)
        let left = try await log.read(.messages, partition: partition, from: 0, limit: 10, bytesMax: 1_000)
        #expect(left.map(\.payload) == [[3]])
        try opened.backends.close()
    }

    /// What a new process reads from the disk and what the old one read from memory are the same.
    @Test func memoryAndDatabaseAgree() async throws {
        let opened = try Opened()
        let log = opened.backends.log
        for number in 0..<50 {
            _ = try await log.append([NewRecord(topic: .messages, key: 7, payload: Array(repeating: 1, count: number))])
        }
        let partition = LogSlot.partition(ofKey: 7, among: 16)
        let remembered = try await log.read(.messages, partition: partition, from: 5, limit: 20, bytesMax: 400)
        try opened.backends.close()
        let database = try SQLiteDatabase(SQLiteEventLog.description, in: DataDirectory(opened.directory.path))
        let again = try SQLiteEventLog(database, time: opened.time)
        #expect(
            try await again.read(.messages, partition: partition, from: 5, limit: 20, bytesMax: 400) == remembered)
        try database.close()
    }
}
