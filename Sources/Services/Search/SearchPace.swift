/// How much of the machine indexing may take: it works behind everything else.
package struct SearchPace: Hashable, Sendable {
    /// Milliseconds between batches at least, so that a busy channel's messages are indexed together.
    package var restMilliseconds: UInt64
    /// How many times as long as a batch took is rested behind it.
    package var restFactor: UInt64
    /// Milliseconds of rest at most.
    package var restMillisecondsMax: UInt64

    package init(restMilliseconds: UInt64, restFactor: UInt64, restMillisecondsMax: UInt64) {
        self.restMilliseconds = restMilliseconds
        self.restFactor = restFactor
        self.restMillisecondsMax = restMillisecondsMax
    }

    /// With 16 partitions, all of them busy, about a quarter of one core.
    package static let considerate = SearchPace(restMilliseconds: 200, restFactor: 60, restMillisecondsMax: 3_000)
    /// As fast as it goes.
    package static let unbounded = SearchPace(restMilliseconds: 0, restFactor: 0, restMillisecondsMax: 0)

    func rest(after milliseconds: UInt64) -> UInt64 {
        let share = milliseconds.multipliedReportingOverflow(by: restFactor).partialValue
        return min(max(share, restMilliseconds), restMillisecondsMax)
    }
}
