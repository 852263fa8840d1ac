/// When a login may begin: a burst at once, then so many a second, each at a time of its own; who would have to wait too long is sent away.
///
/// A queue without a queue (the generic cell rate algorithm): one number says when the next place is free, and who waits waits on its own
/// deadline. Laws: in any t milliseconds at most `burst` + `perSecond` · t ÷ 1,000 + 1 logins begin; nobody waits longer than
/// `waitMilliseconds`; so at most `perSecond` · `waitMilliseconds` ÷ 1,000 wait.
package struct LoginGate: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case now
        /// In so many milliseconds, at least one.
        case later(Int64)
        /// The line is full: come back another time.
        case full
    }

    private let interval: Int64
    private let tolerance: Int64
    private let wait: Int64
    /// Microseconds at which the bucket will be full again.
    private var fullAt: Int64 = .min

    /// - Parameters:
    ///   - perSecond: 1 to 1,000,000; 0 for no limit.
    ///   - burst: how many may begin at once, 1 or more.
    package init(perSecond: Int, burst: Int, waitMilliseconds: Int64) {
        interval = perSecond > 0 ? 1_000_000 / Int64(min(perSecond, 1_000_000)) : 0
        tolerance = interval * Int64(max(0, burst - 1))
        wait = waitMilliseconds * 1_000
    }

    /// Somebody wants to log in. `now` in milliseconds of the loop.
    package mutating func arrive(now: Int64) -> Verdict {
        guard interval > 0 else { return .now }
        let now = now * 1_000
        let full = max(fullAt, now)
        let begin = max(now, full - tolerance)
        guard begin - now <= wait else { return .full }
        fullAt = full + interval
        return begin == now ? .now : .later((begin - now + 999) / 1_000)
    }
}

/// What became of an IDENTIFY or RESUME at the gate.
package enum LoginOutcome: String, Hashable, Sendable, CaseIterable {
    case atOnce = "at_once"
    case waited
    /// INVALID_SESSION: the client comes back by itself.
    case sentAway = "sent_away"
}
