import Metrics
import NIOCore
import Services
import Synchronization

/// How many connections an address may have open at once, over all event loops. One more is closed as soon as it was taken, and without a
/// word: there is no request yet that could be answered.
///
/// Bounded by what it bounds: an address is remembered while it has a connection.
final class ConnectionLimit: Sendable {
    private let limit: Int
    private let origin: RequestOrigin
    private let open = Mutex<[ClientAddress: Int]>([:])
    private let refused = Counter(label: "discord_api_connections_refused_total")

    init(_ limit: Int, _ origin: RequestOrigin) {
        self.limit = limit
        self.origin = origin
    }

    /// What a connection is counted under; `nil` for one that always may be: a trusted proxy's, or where loopback is exempt this machine's.
    func address(of peer: SocketAddress?) -> ClientAddress? { origin.address(ofConnectionFrom: peer) }

    /// Counts one more connection; false when that is one too many, which is not counted.
    func take(_ address: ClientAddress) -> Bool {
        let isFree = open.withLock { open in
            guard open[address, default: 0] < limit else { return false }
            open[address, default: 0] += 1
            return true
        }
        if !isFree { refused.increment() }
        return isFree
    }

    /// A connection that was counted has ended.
    func giveBack(_ address: ClientAddress) {
        open.withLock { open in
            let left = open[address, default: 0] - 1
            open[address] = left > 0 ? left : nil
        }
    }
}
