/// Where the time comes from, so that tests can hold it in their hands.
package protocol TimeSource: Sendable {
    /// Milliseconds since the Unix epoch; may jump.
    var unixMilliseconds: UInt64 { get }
    /// Milliseconds of a clock that never jumps, from an arbitrary start.
    var monotonicMilliseconds: UInt64 { get }
    /// Suspends for a while.
    /// - Throws: `CancellationError` when the task is cancelled meanwhile.
    func sleep(milliseconds: UInt64) async throws
}
