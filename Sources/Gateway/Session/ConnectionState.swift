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
