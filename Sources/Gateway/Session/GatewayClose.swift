package import Wire

/// Why the gateway closes a connection, with Discord's numbers. The same reason labels the metric, the log line and the close frame.
///
/// Client libraries resume after every one of these but those that say "stops"; of a session that is gone they are told by
/// INVALID_SESSION on the next connection.
package enum GatewayClose: UInt16, Error, Hashable, Sendable, CaseIterable {
    /// Something went wrong here, or the node is overloaded: reconnect and resume.
    case tryAgain = 4000
    /// The payload's `op` is none that a client may send. discord.py resumes, hikari stops.
    case unknownOperation = 4001
    /// The payload is no JSON, misses what it needs, or is longer than 4,096 bytes. Clients resume.
    case undecodable = 4002
    /// Something other than HEARTBEAT, IDENTIFY or RESUME came first. discord.py resumes, hikari stops.
    case notAuthenticated = 4003
    /// The token is wrong or was revoked. Clients stop.
    case authenticationFailed = 4004
    /// IDENTIFY or RESUME came on a connection that has its session. discord.py resumes, hikari stops.
    case alreadyAuthenticated = 4005
    /// More than 120 payloads in 60 seconds, or more logins than the user may have in a day. Clients come back, each time later.
    case rateLimited = 4008
    /// Nothing was heard for 60 seconds, or nobody identified in time. Clients resume.
    case silent = 4009
    /// `shard` is no pair of integers with 0 ≤ id < count. Clients stop.
    case invalidShard = 4010
    /// `v` names another version than 10, or `encoding` another than json. Clients stop.
    case invalidVersion = 4012
    /// `intents` is missing or no bit set. Clients stop.
    case invalidIntents = 4013

    /// Whether it was closed for what the client sent.
    package var isTheClients: Bool {
        switch self {
        case .tryAgain, .silent: false
        case .unknownOperation, .undecodable, .notAuthenticated, .authenticationFailed, .alreadyAuthenticated,
            .rateLimited, .invalidShard, .invalidVersion, .invalidIntents:
            true
        }
    }

    package var code: WebSocketCloseCode { WebSocketCloseCode(rawValue: rawValue) }

    /// What the close frame says to the client's developer.
    package var reason: String {
        switch self {
        case .tryAgain: "Try again."
        case .unknownOperation: "Unknown opcode."
        case .undecodable: "Error while decoding payload."
        case .notAuthenticated: "Not authenticated."
        case .authenticationFailed: "Authentication failed."
        case .alreadyAuthenticated: "Already authenticated."
        case .rateLimited: "You are being rate limited."
        case .silent: "Session timed out."
        case .invalidShard: "Invalid shard."
        case .invalidVersion: "Invalid API version."
        case .invalidIntents: "Invalid intents."
        }
    }
}
