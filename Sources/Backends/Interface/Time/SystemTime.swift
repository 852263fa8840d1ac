import Glibc

/// The machine's clocks.
package struct SystemTime: TimeSource {
    package init() {}

    package var unixMilliseconds: UInt64 { Self.read(CLOCK_REALTIME) }

    package var monotonicMilliseconds: UInt64 { Self.read(CLOCK_MONOTONIC) }

    package func sleep(milliseconds: UInt64) async throws {
        try await Task.sleep(for: .milliseconds(Int64(clamping: milliseconds)))
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var now = timespec()
        // Both clocks exist on every Linux, so the call has no way to fail (clock_gettime(2)).
        clock_gettime(clock, &now)
        return UInt64(max(0, now.tv_sec)) * 1_000 + UInt64(max(0, now.tv_nsec)) / 1_000_000
    }
}
