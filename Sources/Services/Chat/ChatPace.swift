/// How soon a partition takes its next batch.
///
/// A batch costs three commits, whatever it holds, and each subscriber of its channels one write for all of it. So a partition that has much to
/// do takes more at a time instead of hurrying: for each record of a batch the next one waits five milliseconds, counted from the
/// batch's beginning, twenty at most. Where a record comes every few milliseconds or more seldom, nothing waits at all.
enum ChatPace {
    static let millisecondsPerRecord: UInt64 = 5
    /// A fifth of the time that a message may take from being accepted to being delivered (design: under 100 ms).
    static let intervalMillisecondsMax: UInt64 = 20

    /// Milliseconds to rest behind a batch.
    static func rest(afterBatchOf count: Int, millisecondsSpent: UInt64) -> UInt64 {
        let interval = min(intervalMillisecondsMax, UInt64(max(0, count)) * millisecondsPerRecord)
        return interval > millisecondsSpent ? interval - millisecondsSpent : 0
    }
}
