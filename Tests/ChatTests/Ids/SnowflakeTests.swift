import Chat
import Testing

@Suite("Snowflakes") struct SnowflakeTests {
    @Test func readsDiscordsDocumentedExample() throws {
        // The example id of Discord's API reference, "Snowflakes".
        let id = try #require(MessageID(decimal: "175928847299117063"))
        #expect(id.unixMilliseconds == 1_462_015_105_796)
        #expect(Snowflake.low(of: id.rawValue) == 1 << 17 | 0 << 12 | 7)
        #expect(id.description == "175928847299117063")
    }

    @Test(arguments: ["", "+1", "-1", " 1", "1 ", "0x1", "18446744073709551616", "000000000000000000001", "１"])
    func refusesWhatIsNoDecimal(text: String) {
        #expect(MessageID(decimal: text) == nil)
    }

    @Test(arguments: [(UInt64(0), "0"), (.max, "18446744073709551615")])
    func readsTheWholeRange(value: UInt64, text: String) {
        #expect(UserID(decimal: text)?.rawValue == value)
    }

    @Test func makeClampsTimeAndMasksLow() {
        #expect(Snowflake.make(unixMilliseconds: 0, low: 5) == 5)
        #expect(Snowflake.make(unixMilliseconds: .max, low: .max) == .max)
    }

    @Test func mintedIdsRiseWhateverTheClockDoes() throws {
        var generator = SeededGenerator(seed: 1)
        var mint = SnowflakeMint(nodeNumber: 1_023)
        var now: UInt64 = 1_780_000_000_000
        var last: UInt64 = 0
        for _ in 0..<20_000 {
            let step = Int64.random(in: -40...50, using: &generator)
            now = UInt64(Int64(now) + step)
            guard let id = try? mint.next(now: now) else {
                now += 10_000
                continue
            }
            #expect(id > last)
            #expect(id >> 12 & 0x3FF == 1_023)
            last = id
        }
    }

    @Test func mintBridgesASmallStepBackAndRefusesALargeOne() throws {
        var mint = SnowflakeMint(nodeNumber: 1)
        let now: UInt64 = 1_780_000_000_000
        let first = try mint.next(now: now)
        #expect(try mint.next(now: now - SnowflakeMint.maxStepBackMilliseconds) > first)
        let error = #expect(throws: SnowflakeMint.ClockWentBack.self) {
            _ = try mint.next(now: now - SnowflakeMint.maxStepBackMilliseconds - 1)
        }
        #expect(error?.milliseconds == SnowflakeMint.maxStepBackMilliseconds + 1)
    }

    @Test func aFullMillisecondMovesOnToTheNext() throws {
        var mint = SnowflakeMint(nodeNumber: 1)
        let now: UInt64 = 1_780_000_000_000
        let ids = try (0...4_096).map { _ in try mint.next(now: now) }
        #expect(Set(ids).count == ids.count)
        #expect(Snowflake.unixMilliseconds(of: ids[4_095]) == now)
        #expect(Snowflake.unixMilliseconds(of: ids[4_096]) == now + 1)
    }

    @Test func aRestartedMintContinuesBehindItsPast() throws {
        var mint = SnowflakeMint(nodeNumber: 1, notBefore: 1_780_000_000_000)
        #expect(Snowflake.unixMilliseconds(of: try mint.next(now: 1_780_000_000_000)) > 1_780_000_000_000)
    }
}

@Suite("Message id fold") struct MessageIDFoldTests {
    @Test func aRedeliveredRecordGetsTheSameId() {
        var generator = SeededGenerator(seed: 2)
        var fold = MessageIDFold(partition: 5)
        var timestamp: UInt64 = 1_780_000_000_000
        var last: UInt64 = 0
        for _ in 0..<20_000 {
            timestamp += UInt64.random(in: 0...2, using: &generator)
            let restarted = MessageIDFold(partition: 5, previous: fold.previous)
            #expect(restarted.candidate(timestamp: timestamp) == fold.candidate(timestamp: timestamp))
            let id = fold.next(timestamp: timestamp)
            #expect(id > last && id == fold.previous)
            #expect(id >> 12 & 0x3FF == 5)
            last = id
        }
    }

    @Test func aTimestampThatFallsBackDoesNotTakeTheIdsAlong() {
        var fold = MessageIDFold(partition: 0)
        let first = fold.next(timestamp: 1_780_000_000_000)
        #expect(fold.next(timestamp: 1) == first + 1)
    }

    @Test func anOverflowMovesToTheNextMillisecond() {
        var fold = MessageIDFold(partition: 1_023)
        let ids = (0...4_096).map { _ in fold.next(timestamp: 1_780_000_000_000) }
        #expect(Snowflake.unixMilliseconds(of: ids[4_095]) == 1_780_000_000_000)
        #expect(ids[4_096] == Snowflake.make(unixMilliseconds: 1_780_000_000_001, low: 1_023 << 12))
    }

    @Test func partitionsNeverShareAnId() {
        var ids: Set<UInt64> = []
        for partition in UInt16(0)..<64 {
            var fold = MessageIDFold(partition: partition)
            for _ in 0..<100 { ids.insert(fold.next(timestamp: 1_780_000_000_000)) }
        }
        #expect(ids.count == 6_400)
    }
}
