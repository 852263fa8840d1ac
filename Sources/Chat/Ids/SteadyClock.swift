/// A wall clock that does not jump: what an event log stamps its records with.
///
/// Message ids follow the log's timestamps and never go back, so a clock that leaps an hour ahead for ten seconds would drag every
/// later id of every channel into the future. This clock therefore runs on the monotonic clock and only *slews* towards the wall
/// clock: it gains or loses at most a tenth of the time that really passed. Differences below ``toleranceMilliseconds``
/// are followed at once. Law: readings never decrease.
package struct SteadyClock: Sendable {
    /// Differences up to this are drift and step corrections of a time daemon; beyond it the wall clock is doubted.
    package static let toleranceMilliseconds: UInt64 = 2_000

    private var lastReading: UInt64
    private var lastMonotonic: UInt64
    /// Monotonic milliseconds that passed and were not yet spent on slewing, so that many short steps count in full.
    private var slewCredit: UInt64 = 0
    /// How far the wall clock stood away at the last reading, in milliseconds; 0 when it is believed.
    package private(set) var doubtMilliseconds: UInt64 = 0

    /// - Parameters:
    ///   - wall: Unix milliseconds now, believed as they are.
    ///   - monotonic: milliseconds of a clock that never jumps.
    package init(wall: UInt64, monotonic: UInt64) {
        lastReading = wall
        lastMonotonic = monotonic
    }

    /// Unix milliseconds to stamp with, given what both clocks show now.
    package mutating func read(wall: UInt64, monotonic: UInt64) -> UInt64 {
        let elapsed = monotonic > lastMonotonic ? monotonic - lastMonotonic : 0
        let expected = lastReading + elapsed
        let difference = wall > expected ? wall - expected : expected - wall
        lastMonotonic += elapsed
        if difference <= Self.toleranceMilliseconds {
            doubtMilliseconds = 0
            slewCredit = 0
            lastReading = max(lastReading, wall)
        } else {
            doubtMilliseconds = difference
            slewCredit += elapsed
            let slew = slewCredit / 10
            slewCredit %= 10
            lastReading = wall > expected ? expected + slew : max(lastReading, expected - slew)
        }
        return lastReading
    }
}
