import Testing

@testable import Services

@Suite("Pace of a partition") struct ChatPaceTests {
    @Test func aSingleRecordHardlyWaits() {
        #expect(ChatPace.rest(afterBatchOf: 1, millisecondsSpent: 0) == 5)
        #expect(ChatPace.rest(afterBatchOf: 1, millisecondsSpent: 5) == 0)
    }

    @Test func manyRecordsWaitUpToTheInterval() {
        #expect(ChatPace.rest(afterBatchOf: 3, millisecondsSpent: 4) == 11)
        #expect(ChatPace.rest(afterBatchOf: 1_000, millisecondsSpent: 0) == ChatPace.intervalMillisecondsMax)
        #expect(ChatPace.rest(afterBatchOf: 1_000, millisecondsSpent: 25) == 0)
    }
}
