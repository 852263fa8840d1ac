import Testing

@testable import EmbeddedBackend

@Suite("Pace of commits") struct CommitPaceTests {
    @Test func nowAndThenNeverWaits() {
        var pace = CommitPace(now: 1_000)
        for number in 1...100 as ClosedRange<UInt64> {
            #expect(pace.pause(now: 1_000 + number * CommitPace.intervalMicroseconds) == 0)
        }
    }

    @Test func aBurstPassesAndThenOneInEachInterval() {
        var pace = CommitPace(now: 0)
        var now: UInt64 = 0
        for _ in 0..<CommitPace.burst { #expect(pace.pause(now: now) == 0) }
        for _ in 0..<50 {
            let pause = UInt64(pace.pause(now: now))
            #expect(pause == CommitPace.intervalMicroseconds)
            now += pause
        }
        // Rest restores the allowance, but never more than a burst.
        now += 1_000_000
        for _ in 0..<CommitPace.burst { #expect(pace.pause(now: now) == 0) }
        #expect(pace.pause(now: now) > 0)
    }

    @Test func aPauseNeverExceedsTheInterval() {
        var pace = CommitPace(now: 0)
        for now in [
            0, 0, 5, 5, 5, 900, 901, 902, 1_000, 1_000, 1_500, 1_500, 1_500, 1_500, 1_500, 1_500, 1_500, 1_501, 1_502,
        ] as [UInt64] {
            #expect(UInt64(pace.pause(now: now)) <= CommitPace.intervalMicroseconds)
        }
    }
}
