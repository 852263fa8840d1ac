import Glibc

/// When the next group may be committed. A value: no clock.
///
/// A commit costs as much as a dozen small writes, so a writer with much to do makes groups instead of hurrying: on average one commit in
/// ``intervalMicroseconds``, and ``burst`` of them at once before that matters. Who writes now and then never waits.
struct CommitPace: Sendable {
    /// The most that a write may be held up; it passes four commits on its way through the node.
    static let intervalMicroseconds: UInt64 = 5_000
    static let burst: UInt64 = 16

    /// When the allowance would be whole again, in the caller's microseconds.
    private var wholeAt: UInt64

    init(now: UInt64) {
        wholeAt = now
    }

    /// Counts a commit, and says how many microseconds it has to wait; never more than an interval.
    mutating func pause(now: UInt64) -> UInt32 {
        wholeAt = max(wholeAt, now) + Self.intervalMicroseconds
        let allowed = now + Self.burst * Self.intervalMicroseconds
        guard wholeAt > allowed else { return 0 }
        let pause = min(wholeAt - allowed, Self.intervalMicroseconds)
        // Whoever waited less than asked owes nothing: the commit itself took its time.
        wholeAt = min(wholeAt, allowed + pause)
        return UInt32(pause)
    }
}

/// A clock for pauses: never jumps, from an arbitrary start.
enum MonotonicClock {
    static var microseconds: UInt64 {
        var now = timespec()
        // Exists on every Linux, so the call has no way to fail (clock_gettime(2)).
        clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(max(0, now.tv_sec)) * 1_000_000 + UInt64(max(0, now.tv_nsec)) / 1_000
    }
}
