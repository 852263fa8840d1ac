/// One gateway: an item of `GET /v1/gateways`. A node without one has none.
package struct GatewayResource: Codable, Hashable, Sendable {
    /// What operators call its node.
    package var node: String
    /// `starting`, `active`, `draining`.
    package var state: String
    /// Whether clients may be sent to it.
    package var isReady: Bool
    /// With and without a connection.
    package var sessions: Int
    package var connections: Int
    /// Of the sessions, those that can be resumed: all but those that are still logging in.
    package var resumable: Int
    /// Of the sessions, those that wait to be resumed.
    package var detached: Int
    /// Of the sessions, those that are in a voice channel.
    package var voice: Int
    /// Payloads from clients, in the last second.
    package var inPerSecond: Int
    /// Dispatches to sessions, in the last second.
    package var outPerSecond: Int
    /// Connections closed since the node's start because they did not read fast enough.
    package var slow: Int
    /// Sessions of those that the gateway takes, in percent.
    package var capacityPercent: Int
    /// Connections closed since the node's start for what their clients sent.
    package var clientErrors: Int
    /// Channels that sessions were told to fetch, since the node's start.
    package var resyncs: Int
    /// When its sessions were last written down, to be resumed after a restart; `nil` when they have not been yet.
    package var recordedAt: String?
    package var url: String

    package init(
        node: String, state: String, isReady: Bool, sessions: Int, connections: Int, resumable: Int, detached: Int,
        voice: Int, inPerSecond: Int, outPerSecond: Int, slow: Int, capacityPercent: Int, clientErrors: Int,
        resyncs: Int, recordedAt: String?, url: String
    ) {
        self.node = node
        self.state = state
        self.isReady = isReady
        self.sessions = sessions
        self.connections = connections
        self.resumable = resumable
        self.detached = detached
        self.voice = voice
        self.inPerSecond = inPerSecond
        self.outPerSecond = outPerSecond
        self.slow = slow
        self.capacityPercent = capacityPercent
        self.clientErrors = clientErrors
        self.resyncs = resyncs
        self.recordedAt = recordedAt
        self.url = url
    }
}

/// One session: an item of `GET /v1/sessions`.
package struct SessionResource: Codable, Hashable, Sendable {
    /// Its public name; the name by which its client resumes it is a secret.
    package var session: String
    /// Where it lives on its gateway, by which the list goes on.
    package var place: String
    package var userID: String
    package var user: String
    package var gateway: String
    /// `loading`, `connected`, `replaying`, `detached`.
    package var state: String
    /// `desktop`, `mobile`, `web`.
    package var client: String
    package var isLazy: Bool
    /// `0/1`
    package var shard: String
    /// Seconds since it logged in, or was taken up when its node started.
    package var ageSeconds: UInt64
    /// The number of its last dispatch.
    package var sequence: UInt32
    /// Dispatches that its client has not said to have.
    package var unacknowledged: UInt32
    /// Bytes that wait for its connection.
    package var pendingBytes: Int
    /// When its client was last heard, or the connection was lost.
    package var heardAt: String
    package var guilds: Int
    /// Channels it subscribed to lazily.
    package var subscriptions: Int

    package init(
        session: String, place: String, userID: String, user: String, gateway: String, state: String, client: String,
        isLazy: Bool, shard: String, ageSeconds: UInt64, sequence: UInt32, unacknowledged: UInt32, pendingBytes: Int,
        heardAt: String, guilds: Int, subscriptions: Int
    ) {
        self.session = session
        self.place = place
        self.userID = userID
        self.user = user
        self.gateway = gateway
        self.state = state
        self.client = client
        self.isLazy = isLazy
        self.shard = shard
        self.ageSeconds = ageSeconds
        self.sequence = sequence
        self.unacknowledged = unacknowledged
        self.pendingBytes = pendingBytes
        self.heardAt = heardAt
        self.guilds = guilds
        self.subscriptions = subscriptions
    }
}
