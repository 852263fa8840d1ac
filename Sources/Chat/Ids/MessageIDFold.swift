/// Mints message ids from the log: the same records in the same order always give the same ids (invariants I2 and I3).
///
/// Law: `next = max(id(record timestamp, partition, 0), previous + 1)`. The 22 low bits are 10 bits of partition and 12 of
/// sequence; a sequence that overflows moves on to the next millisecond. Edits and deletes draw an id too: it is the
/// version under which they are written, so that an older write can never overwrite a newer one.
package struct MessageIDFold: Hashable, Sendable {
    package static let sequenceBits: UInt64 = 12
    private static let sequenceMask: UInt64 = (1 << sequenceBits) - 1

    private let partition: UInt64
    /// The id minted last; 0 before the first. This is what a checkpoint has to keep.
    package private(set) var previous: UInt64

    package init(partition: UInt16, previous: UInt64 = 0) {
        self.partition = UInt64(partition) & 0x3FF
        self.previous = previous
    }

    /// The id that the next record would get, without drawing it.
    package func candidate(timestamp: UInt64) -> UInt64 {
        let first = Snowflake.make(unixMilliseconds: timestamp, low: partition << Self.sequenceBits)
        guard previous > 0, first <= previous else { return first }
        let sequence = previous & Self.sequenceMask
        if sequence < Self.sequenceMask {
            return Snowflake.make(
                unixMilliseconds: Snowflake.unixMilliseconds(of: previous),
                low: partition << Self.sequenceBits | sequence + 1
            )
        }
        return Snowflake.make(
            unixMilliseconds: Snowflake.unixMilliseconds(of: previous) + 1,
            low: partition << Self.sequenceBits
        )
    }

    /// Draws the id of a record; `timestamp` is the record's, in Unix milliseconds.
    package mutating func next(timestamp: UInt64) -> UInt64 {
        previous = candidate(timestamp: timestamp)
        return previous
    }
}
