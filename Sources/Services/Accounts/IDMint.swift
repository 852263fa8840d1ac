package import Chat
package import Interface
import Synchronization

/// Mints the ids of everything but messages on one node, for all of its threads.
package final class IDMint: Sendable {
    private let time: any TimeSource
    private let mint: Mutex<SnowflakeMint>

    /// - Parameter nodeNumber: the number leased to this node, 0 to 1,023.
    package init(nodeNumber: UInt16, time: any TimeSource) {
        self.time = time
        mint = Mutex(SnowflakeMint(nodeNumber: nodeNumber))
    }

    /// An id greater than all before it.
    /// - Throws: `.unavailable` for as long as the clock stands back further than can be bridged.
    package func next<Kind>(_: ID<Kind>.Type) throws(ServiceError) -> ID<Kind> {
        let now = time.unixMilliseconds
        let minted = mint.withLock { mint in
            Result { () throws(SnowflakeMint.ClockWentBack) in try mint.next(now: now) }
        }
        switch minted {
        case .success(let id): return ID(id)
        case .failure(let error):
            throw ServiceError(
                .unavailable(retryAfterMilliseconds: error.milliseconds),
                detail: "the clock stands \(error.milliseconds) ms behind the last id"
            )
        }
    }
}
