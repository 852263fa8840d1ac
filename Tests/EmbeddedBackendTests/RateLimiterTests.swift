import BackendContracts
import Chat
import Interface
import Testing

@testable import EmbeddedBackend

@Suite("Rate limits in memory") struct RateLimiterTests {
    /// Every way to place two bursts against each other, to the millisecond.
    @Test func noAlignmentOfTwoBurstsPassesMoreThanTheLimit() {
        let limit = RateLimit(5, perMilliseconds: 40)
        for offset in 0...80 as ClosedRange<UInt64> {
            for size in 1...10 {
                var window = SlidingWindow()
                var allowed: [UInt64] = []
                for (start, count) in [(1_000, size), (1_000 + offset, 10), (1_000 + 2 * offset, 10)] {
                    for _ in 0..<count where window.take(limit, now: UInt64(start)).isAllowed {
                        allowed.append(UInt64(start))
                    }
                }
                for start in allowed {
                    let within = allowed.count { $0 >= start && $0 < start + 40 }
                    #expect(within <= 5, "bursts \(offset) ms apart pass \(within) from \(start) on")
                }
            }
        }
    }

    /// Against the rule written down naively, over random steps and a limit that changes.
    @Test(arguments: 0..<20)
    func isAsTheNaiveRuleHasIt(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var window = SlidingWindow()
        var allowed: [UInt64] = []
        var now: UInt64 = 10_000
        var limit = RateLimit(Int.random(in: 1...9, using: &random), perMilliseconds: 100)
        for _ in 0..<2_000 {
            if Int.random(in: 0..<200, using: &random) == 0 {
                limit = RateLimit(Int.random(in: 1...9, using: &random), perMilliseconds: 100)
            }
            now += UInt64.random(in: 0...30, using: &random)
            let live = allowed.filter { $0 + 100 > now }
            let standing = window.take(limit, now: now)
            #expect(standing.isAllowed == (live.count < limit.count))
            if standing.isAllowed { allowed.append(now) }
            let after = allowed.filter { $0 + 100 > now }
            #expect(standing.remaining == max(0, limit.count - after.count))
            #expect(standing.resetAfterMilliseconds == (after.last.map { $0 + 100 - now } ?? 0))
            let blocking = after.count >= limit.count ? after[after.count - limit.count] + 100 - now : 0
            #expect(standing.retryAfterMilliseconds == blocking)
        }
    }

    @Test func forgetsWhatHasRunOut() async {
        let time = ManualTime()
        let limiter = MemoryRateLimiter(time: time)
        let limit = RateLimit(5, perMilliseconds: 5_000)
        for user in 0..<1_000 as Range<UInt64> {
            _ = await limiter.take(RateLimitKey(.message, UserID(user)), within: limit)
        }
        #expect(limiter.count(of: .message) == 1_000)
        for _ in 0..<3 {
            time.advance(by: 5_000)
            _ = await limiter.take(RateLimitKey(.message, UserID(0)), within: limit)
        }
        #expect(limiter.count(of: .message) == 1)
    }

    @Test func aFullTableForgetsTheOldestAndRefusesNobody() async {
        let time = ManualTime()
        let limiter = MemoryRateLimiter(time: time, wordsMax: 2_000)
        let limit = RateLimit(1, perMilliseconds: 60_000)
        for user in 0..<10_000 as Range<UInt64> {
            let standing = await limiter.take(RateLimitKey(.dmCreate, UserID(user)), within: limit)
            #expect(standing.isAllowed)
        }
        #expect(limiter.count(of: .dmCreate) < 200)
        let last = await limiter.take(RateLimitKey(.dmCreate, UserID(9_999)), within: limit)
        #expect(!last.isAllowed)
    }

    @Test func keysAreMadeOfActionsAndIdsAlone() {
        #expect(RateLimitKey(.channelCreate, UserID(7)).text == "ratelimit:channel_create:7")
        #expect(RateLimitKey(.route, UserID(7), route: 255, object: 9).text == "ratelimit:route:7:ff:9")
    }
}
