import Glibc

/// The time of day, for what operators name relative to it.
enum WallClock {
    static var unixMilliseconds: Int64 {
        var now = timespec()
        // The clock exists on every Linux, so the call has no way to fail (clock_gettime(2)).
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }
}
