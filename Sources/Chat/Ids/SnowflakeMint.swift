/// Mints the ids of guilds, channels, users and roles on one node: 10 bits of node number, 12 bits of sequence.
///
/// Law: every id is greater than the one before, whatever the clock does. When the clock steps back a little the mint goes on
/// in the last millisecond it used; when it steps back further than ``maxStepBackMilliseconds`` the mint refuses,
/// because two nodes that share a number over time could otherwise mint the same id.
package struct SnowflakeMint: Sendable {
    /// The clock stood further back than the mint can bridge.
    package struct ClockWentBack: Error, Hashable, Sendable {
        /// How far back, in milliseconds.
        package var milliseconds: UInt64
    }

    /// Node numbers are 0 to 1,023.
    package static let nodeNumberBits: UInt64 = 10
    package static let sequenceBits: UInt64 = 12
    package static let maxStepBackMilliseconds: UInt64 = 5_000

    private let node: UInt64
    private var lastMilliseconds: UInt64
    private var sequence: UInt64

    /// - Parameters:
    ///   - nodeNumber: the number leased to this node; only its 10 low bits count.
    ///   - notBefore: Unix milliseconds; ids are minted after this, so that a restarted node continues where it was.
    package init(nodeNumber: UInt16, notBefore: UInt64 = 0) {
        node = UInt64(nodeNumber) & ((1 << Self.nodeNumberBits) - 1)
        lastMilliseconds = max(notBefore, Snowflake.epochUnixMilliseconds)
        sequence = (1 << Self.sequenceBits) - 1
    }

    /// The next id; `now` is in Unix milliseconds.
    package mutating func next(now: UInt64) throws(ClockWentBack) -> UInt64 {
        if now > lastMilliseconds {
            lastMilliseconds = now
            sequence = 0
        } else {
            let back = lastMilliseconds - now
            guard back <= Self.maxStepBackMilliseconds else { throw ClockWentBack(milliseconds: back) }
            sequence += 1
            if sequence >> Self.sequenceBits != 0 {
                sequence = 0
                lastMilliseconds += 1
            }
        }
        return Snowflake.make(unixMilliseconds: lastMilliseconds, low: node << Self.sequenceBits | sequence)
    }
}
