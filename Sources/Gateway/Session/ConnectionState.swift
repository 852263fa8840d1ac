import Wire

/// What the gateway knows of one connection, from its opening on; kept by the connection's slot.
struct ConnectionState {
    enum Phase: UInt8 {
        /// Not ours, or gone.
        case free
        case awaitingIdentify
        /// It wants to log in, and its turn has not come.
        case waiting
        /// A token is being looked up.
        case identifying
        case live
    }

    var generation: UInt32 = 0
    var phase = Phase.free
    /// What the client asked for when it connected.
    var compression = TransportCompression.none
    /// The session's slot; −1 without one.
    var session: Int32 = -1
    var liveness = Liveness(openedAt: 0)
    var allowance = PayloadAllowance()
}

/// The silence rule: who does not identify in time, and who is not heard for a minute, is closed.
///
///     opened ──identifyMilliseconds──▶ close          (however many heartbeats come)
///     live ──silenceMilliseconds after the last payload──▶ close
package struct Liveness: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// Look again after so many milliseconds.
        case wait(Int64)
        case close(GatewayClose)
    }

    private let openedAt: Int64
    private var heardAt: Int64

    package init(openedAt: Int64) {
        self.openedAt = openedAt
        heardAt = openedAt
    }

    /// When the last payload came; before the first, when the connection was opened.
    package var lastHeard: Int64 { heardAt }

    /// A payload came.
    package mutating func heard(now: Int64) { heardAt = now }

    package func verdict(now: Int64, hasSession: Bool) -> Verdict {
        let end =
            hasSession ? heardAt + SessionLimits.silenceMilliseconds : openedAt + SessionLimits.identifyMilliseconds
        return now >= end ? .close(.silent) : .wait(end - now)
    }
}

/// Discord's limit on what a client sends: so many payloads in a window that begins with the first of them.
package struct PayloadAllowance: Hashable, Sendable {
    private var windowStart: Int64 = .min
    private var payloads: UInt16 = 0
    private var heartbeats: UInt16 = 0

    package init() {}

    /// False when the payload is one too many.
    package mutating func take(isHeartbeat: Bool, now: Int64) -> Bool {
        if windowStart == .min || now - windowStart >= SessionLimits.payloadWindowMilliseconds {
            windowStart = now
            payloads = 0
            heartbeats = 0
        }
        if isHeartbeat {
            heartbeats += 1
            return heartbeats <= SessionLimits.payloadsPerWindow
        }
        payloads += 1
        return payloads <= SessionLimits.payloadsPerWindow
    }
}

/// Counts what one address costs in a minute: handshakes, and dearer, wrong tokens. Bounded: when the table is full, an address that is not
/// in it passes uncounted until the minute is over.
package struct AddressLimiter {
    package static let windowMilliseconds: Int64 = 60_000
    static let addressesMax = 16_384
    /// A wrong token costs as much as so many handshakes.
    package static let wrongTokenCost = 50

    private let limit: Int
    private var windowStart: Int64
    private var costs: [PeerAddress: Int] = [:]

    /// - Parameter limit: cost per address and minute; 0 counts nothing.
    package init(limit: Int, now: Int64) {
        self.limit = limit
        windowStart = now
    }

    /// False when the address has used up its minute. The machine's own addresses are never limited: behind a proxy everybody has one.
    package mutating func charge(_ address: PeerAddress, cost: Int, now: Int64) -> Bool {
        guard limit > 0, address != .unknown, !address.isLoopback else { return true }
        if now - windowStart >= Self.windowMilliseconds {
            windowStart = now
            costs.removeAll()
        }
        let key = address.limitKey
        guard let spent = costs[key] else {
            if costs.count < Self.addressesMax { costs[key] = cost }
            return cost <= limit
        }
        costs[key] = min(spent + cost, limit + 1)
        return spent + cost <= limit
    }
}

extension PeerAddress {
    /// 127.0.0.0/8 and ::1.
    var isLoopback: Bool { isIPv4 && low >> 24 & 255 == 127 || high == 0 && low == 1 }
}
