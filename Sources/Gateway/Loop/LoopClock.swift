internal import CEpoll
internal import Glibc

/// What time it is for a loop: monotonic milliseconds, from whatever origin.
///
/// Read once a turn, so the closure is off the path of a delivery. Tests hand in one that they move themselves.
package struct LoopClock: Sendable {
    private let read: @Sendable () -> Int64

    package init(_ read: @escaping @Sendable () -> Int64) {
        self.read = read
    }

    /// The system's monotonic clock; it does not jump when the time of day is set.
    package static let monotonic = LoopClock {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Milliseconds since the clock's origin; never less than an earlier answer.
    package func milliseconds() -> Int64 { read() }
}
