package import Services

/// What one loop's sessions may use.
package struct SessionSettings: Sendable {
    /// Sessions of one loop, those waiting to be resumed among them. When all are taken the one detached longest goes.
    package var sessionsMax = 65_536
    /// Dispatches kept for one session; a power of two.
    package var ringFramesMax: UInt32 = 1_024
    /// Bytes of dispatches kept for all sessions of one loop, 64 KiB to 2 GiB.
    package var logBytesMax = 32 * 1_024 * 1_024
    /// Dispatches kept for all sessions of one loop; a power of two.
    package var logFramesMax: UInt32 = 65_536
    /// How long a session waits to be resumed, in milliseconds (design).
    package var resumeMilliseconds: Int64 = 180_000
    /// Bytes waiting for a connection beyond which replay, GUILD_CREATEs and member chunks pause. Half of what the loop allows, which is
    /// where the loop begins to report.
    package var pauseBytes = 128 * 1_024
    /// Logins that begin in a second on one loop: by IDENTIFY, which asks the directory, and by RESUME, which asks nobody; 0 for no limit.
    package var identifiesPerSecond = 500
    package var resumesPerSecond = 2_500
    /// So many of each may begin at once.
    package var loginBurst = 256
    /// How long one may wait for its turn: so long do clients wait before they identify again (Discord's API: 1 to 5 seconds).
    package var loginWaitMilliseconds: Int64 = 5_000
    /// Whose word on the addresses of clients is taken.
    package var proxies = TrustedProxies.none
    /// The origins from which browsers may connect; `nil` allows all. A request without an origin is no browser's and always allowed.
    package var allowedOrigins: Set<String>?
    /// Where clients reach the gateway, and where READY tells them to resume: `wss://gateway.example.org`, without a slash at the end.
    /// `nil` for the address that was bound.
    package var publicURL: String?

    package init() {}
}

/// Takes what the gateway measures. Called on loop threads: must neither block nor take long.
package protocol GatewayMetrics: Sendable {
    /// One message was written to every session of one loop that sees it, so long after the log had accepted it.
    func delivered(latencyMilliseconds: UInt64)
    /// A session asked to be resumed.
    func resumed(_ outcome: ResumeOutcome)
    /// A login came to the gate.
    func login(_ outcome: LoginOutcome)
    /// The gateway closed a connection.
    func closed(_ reason: GatewayClose)
}

/// What became of a RESUME.
package enum ResumeOutcome: String, Hashable, Sendable, CaseIterable {
    /// Everything that was missed has been sent.
    case whole
    /// All but some channels, which have been named to the client.
    case resynced
    /// No such session, another user's, or one that is over.
    case unknown
    /// More was missed than is kept, or the client claims to have seen what was not sent.
    case outOfRange = "out_of_range"
    /// Something changed for its user while the node was not there.
    case changed
    /// The node ended without a last word, and what the client has seen cannot be told.
    case doubtful
}

/// Measures nothing.
package struct NoGatewayMetrics: GatewayMetrics {
    package init() {}
    package func delivered(latencyMilliseconds: UInt64) {}
    package func resumed(_ outcome: ResumeOutcome) {}
    package func login(_ outcome: LoginOutcome) {}
    package func closed(_ reason: GatewayClose) {}
}

/// What the sessions of a loop, or of all loops together, are and have done.
package struct GatewayStatistics: Hashable, Sendable {
    /// Connections that may send frames now.
    package var activeConnections = 0
    /// Sessions now, with and without a connection.
    package var sessions = 0
    /// Of those, waiting to be resumed.
    package var detachedSessions = 0
    /// Of the sessions, those whose guilds are still being sent to them.
    package var loadingSessions = 0
    /// Of the sessions, those that are in a voice channel.
    package var voiceSessions = 0
    package var identifies = 0
    package var resumesWhole = 0
    package var resumesResynced = 0
    /// INVALID_SESSION, for whatever reason.
    package var resumesRefused = 0
    /// Connections closed because they did not read fast enough.
    package var slowCloses = 0
    /// How often the sessions of a channel were told that events of it may be missing.
    package var resyncs = 0
    /// Dispatches delivered to sessions, connected or not.
    package var dispatches = 0
    /// Payloads from clients.
    package var payloads = 0
    /// Both as they were counted in the last second.
    package var dispatchesPerSecond = 0
    package var payloadsPerSecond = 0
    /// Connections closed for what their clients sent.
    package var clientErrors = 0
    /// Presences and typing notices that were not sent because too much waited.
    package var sheds = 0
    /// Calls of send(2) or its like, for dispatches and everything else.
    package var sends = 0
    package var bytesOut = 0
    /// TLS handshakes, and those after which the kernel makes the records.
    package var tlsHandshakes = 0
    package var kernelTLSHandshakes = 0
    /// Channels and guilds that the loops deliver for.
    package var channels = 0
    package var guilds = 0

    package init() {}

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum.activeConnections += right.activeConnections
        sum.sessions += right.sessions
        sum.detachedSessions += right.detachedSessions
        sum.loadingSessions += right.loadingSessions
        sum.voiceSessions += right.voiceSessions
        sum.identifies += right.identifies
        sum.resumesWhole += right.resumesWhole
        sum.resumesResynced += right.resumesResynced
        sum.resumesRefused += right.resumesRefused
        sum.slowCloses += right.slowCloses
        sum.resyncs += right.resyncs
        sum.dispatches += right.dispatches
        sum.payloads += right.payloads
        sum.dispatchesPerSecond += right.dispatchesPerSecond
        sum.payloadsPerSecond += right.payloadsPerSecond
        sum.clientErrors += right.clientErrors
        sum.sheds += right.sheds
        sum.sends += right.sends
        sum.bytesOut += right.bytesOut
        sum.tlsHandshakes += right.tlsHandshakes
        sum.kernelTLSHandshakes += right.kernelTLSHandshakes
        sum.channels += right.channels
        sum.guilds += right.guilds
        return sum
    }
}
