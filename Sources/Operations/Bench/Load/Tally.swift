/// What a stretch of traffic came to.
///
/// Rates count what happened while the window was open. Whether all arrived is asked of the messages that were meant to
/// be sent in it. Latencies are those of both: a server that falls behind must not hide what it owes from before.
package struct Tally: Sendable {
    package var windowStart: UInt64 = .max
    package var windowEnd: UInt64 = .max

    /// Messages that left while the window was open.
    package var departed: UInt64 = 0
    /// Deliveries that the window's messages should make.
    package var expected: UInt64 = 0
    /// Deliveries that they made, also after the window's end.
    package var arrived: UInt64 = 0
    /// Messages that reached a first subscriber while the window was open, which they do once stored.
    package var stored: UInt64 = 0
    /// Deliveries of any message while the window was open.
    package var deliveries: UInt64 = 0
    /// Bytes of their payloads.
    package var deliveredBytes: UInt64 = 0
    /// From the intended time of sending to the arrival, in nanoseconds.
    package var latency = LogHistogram()

    /// REST answers with 2xx while the window was open, and from the intended time of sending to the answer.
    package var answered: UInt64 = 0
    package var answerLatency = LogHistogram()
    /// Answers by status other than 2xx; COMMAND_ERROR counts as 0.
    package var refusals: [Int: UInt64] = [:]
    /// Deliveries that refused messages would have made.
    package var refusedDeliveries: UInt64 = 0

    package var duplicates: UInt64 = 0
    package var disorder: UInt64 = 0
    /// Gaps in what a subscriber got.
    package var gaps: UInt64 = 0
    /// Deliveries given up on after silence, so that a closed loop goes on.
    package var givenUp: UInt64 = 0
    /// Connections that ended without being asked to.
    package var lostConnections: UInt64 = 0
    /// Sendings that came due in the window and could not leave before its end, all ways being busy.
    package var unsent: UInt64 = 0

    func contains(_ time: UInt64) -> Bool { time >= windowStart && time < windowEnd }

    package var missing: UInt64 { expected.saturatingDifference(arrived &+ refusedDeliveries) }
    package var refused: UInt64 { refusals.values.reduce(0, &+) }
}
