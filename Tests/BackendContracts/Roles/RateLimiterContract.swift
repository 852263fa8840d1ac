import Chat
package import Interface

/// The promises of ``Interface/RateLimiter``, one case each.
package enum RateLimiterContract: String, CaseIterable, Sendable {
    case allowsTheLimitAndNoMore, slidesWithTime, waitingAsToldIsEnough, whatIsRefusedDoesNotCount
    case saysWhenAllIsFreeAgain, lookingDoesNotCount, keysAreApart, aChangedLimitHoldsAtOnce
    case concurrentCallsHoldTheLimit, noWindowHoldsMoreThanTheLimit

    private static let limit = RateLimit(5, perMilliseconds: 5_000)

    /// - Parameters:
    ///   - make: a limiter of its own for each call, that has counted nothing.
    ///   - pass: lets milliseconds pass for it.
    package func check(
        _ make: () async throws -> any RateLimiter, passing pass: (UInt64) async throws -> Void
    ) async throws {
        let limiter = try await make()
        let key = RateLimitKey(.message, UserID(1))
        func take(_ key: RateLimitKey = key) async -> RateStanding { await limiter.take(key, within: Self.limit) }
        switch self {
        case .allowsTheLimitAndNoMore:
            for left in (0..<5).reversed() {
                let standing = await take()
                try demand(standing.isAllowed, "the limit is allowed")
                try demand(standing.remaining, is: left, "what remains is counted down")
            }
            let standing = await take()
            try demand(!standing.isAllowed, "one more is refused")
            try demand(standing.remaining, is: 0, "nothing remains then")
        case .slidesWithTime:
            for _ in 0..<5 {
                _ = await take()
                try await pass(1_000)
            }
            // Of the five at 0, 1,000 … 4,000 the first has just gone.
            try demand(await take().isAllowed, "what is a window ago makes room")
            try demand(await take().isAllowed == false, "and only that")
            try await pass(1_000)
            try demand(await take().isAllowed, "the next follows in its own time")
        case .waitingAsToldIsEnough:
            for _ in 0..<5 { _ = await take() }
            try await pass(1_234)
            let wait = await take().retryAfterMilliseconds
            try demand(wait, is: 3_766, "the wait ends when the oldest is a window ago")
            try await pass(wait - 1)
            try demand(await take().isAllowed == false, "not before")
            try await pass(1)
            try demand(await take().isAllowed, "who waits as told is allowed")
        case .whatIsRefusedDoesNotCount:
            for _ in 0..<50 { _ = await take() }
            try await pass(5_000)
            for _ in 0..<5 { try demand(await take().isAllowed, "refusals take no place") }
        case .saysWhenAllIsFreeAgain:
            _ = await take()
            try await pass(2_000)
            try demand(await take().resetAfterMilliseconds, is: 5_000, "the last one decides")
            try await pass(1_500)
            let standing = await limiter.look(at: key, within: Self.limit)
            try demand(standing.resetAfterMilliseconds, is: 3_500, "time passes")
            try await pass(3_500)
            for _ in 0..<5 { try demand(await take().isAllowed, "then all of the limit is free") }
        case .lookingDoesNotCount:
            for _ in 0..<20 {
                let standing = await limiter.look(at: key, within: Self.limit)
                try demand(standing.isAllowed && standing.remaining == 5, "looking takes nothing")
                try demand(standing.retryAfterMilliseconds + standing.resetAfterMilliseconds, is: 0, "nor waits")
            }
            for _ in 0..<5 { _ = await take() }
            let standing = await limiter.look(at: key, within: Self.limit)
            try demand(!standing.isAllowed && standing.retryAfterMilliseconds == 5_000, "looking tells the wait")
        case .keysAreApart:
            for _ in 0..<5 { _ = await take() }
            for other in [
                RateLimitKey(.message, UserID(2)), RateLimitKey(.typing, UserID(1)), RateLimitKey(.route, UserID(1)),
                RateLimitKey(.route, UserID(1), route: 1), RateLimitKey(.route, UserID(1), route: 1, object: 7),
            ] { try demand(await take(other).remaining, is: 4, "\(other.text) is counted by itself") }
        case .aChangedLimitHoldsAtOnce:
            for _ in 0..<5 { _ = await take() }
            let wider = RateLimit(7, perMilliseconds: 5_000)
            try demand(await limiter.take(key, within: wider).remaining, is: 1, "a wider one has room")
            let narrower = RateLimit(2, perMilliseconds: 5_000)
            try await pass(4_999)
            try demand(await limiter.take(key, within: narrower).isAllowed == false, "a narrower one has none")
            try await pass(1)
            try demand(await limiter.take(key, within: narrower).isAllowed, "until its window is free")
        case .concurrentCallsHoldTheLimit:
            for round in 0..<20 as Range<UInt64> {
                let key = RateLimitKey(.message, UserID(100 + round))
                let allowed = await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<50 {
                        group.addTask { await limiter.take(key, within: Self.limit).isAllowed }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try demand(allowed, is: 5, "the limit holds however many come at once")
            }
        case .noWindowHoldsMoreThanTheLimit:
            try await holdLaw(limiter, pass)
        }
    }

    /// Bursts at any distance from each other: no window of any alignment holds more than the limit.
    private func holdLaw(_ limiter: any RateLimiter, _ pass: (UInt64) async throws -> Void) async throws {
        var random = SeededGenerator(seed: 7)
        var now: UInt64 = 0
        var allowed: [UInt64] = []
        for _ in 0..<400 {
            for _ in 0..<Int.random(in: 1...8, using: &random) {
                let standing = await limiter.take(RateLimitKey(.reaction, UserID(1)), within: Self.limit)
                if standing.isAllowed { allowed.append(now) }
            }
            // Mostly around the points where windows end.
            let gap = [1, 999, 1_000, 1_001, 2_499, 4_999, 5_000, 5_001].randomElement(using: &random) ?? 1
            try await pass(UInt64(gap))
            now += UInt64(gap)
        }
        for (later, earlier) in zip(allowed.dropFirst(Self.limit.count), allowed) {
            try demand(
                later - earlier >= Self.limit.windowMilliseconds,
                "the window from \(earlier) holds no more than the limit")
        }
        try demand(allowed.count > 400, "the limit lets through what it may")
    }
}
