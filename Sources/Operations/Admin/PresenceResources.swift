/// What the cluster believes of one user's presence: `GET /v1/users/{user}/presence`, and a line of `GET /v1/presences/watch`.
package struct PresenceResource: Codable, Hashable, Sendable {
    /// In a watch: `snapshot`, `end` (of the snapshot, with no user), `changed`, `session`, `typing`, and from the command line `resync`;
    /// else `snapshot`.
    package var event: String
    package var userID: String
    package var user: String
    /// `online`, `idle`, `dnd`, `invisible` (which others see as offline), `offline`.
    package var status: String
    /// When others last saw it change; `nil` for one of whom nothing is known.
    package var since: String?
    package var sessions: Int
    /// `desktop`, `mobile`, `web`.
    package var devices: [String]
    /// The nodes that hold the sessions.
    package var gateways: [String]
    /// When a session was last heard of.
    package var lastSeen: String?
    /// `sessions`, or `none` when nothing is kept of the user.
    package var source: String
    /// Of `typing`: where.
    package var channelID: String?

    package init(
        event: String, userID: String, user: String, status: String, since: String?, sessions: Int, devices: [String],
        gateways: [String], lastSeen: String?, source: String, channelID: String? = nil
    ) {
        self.event = event
        self.userID = userID
        self.user = user
        self.status = status
        self.since = since
        self.sessions = sessions
        self.devices = devices
        self.gateways = gateways
        self.lastSeen = lastSeen
        self.source = source
        self.channelID = channelID
    }
}

/// One session as far as presence is concerned: `GET /v1/users/{user}/presence/sessions`.
package struct PresenceSessionResource: Codable, Hashable, Sendable {
    /// The session's public name, 16 hexadecimal digits.
    package var session: String
    package var status: String
    package var device: String
    package var activities: [String]
    /// When it is over unless it is heard of before.
    package var expiresAt: String
    /// Whether this one decides what others see.
    package var decides: Bool
    package var reason: String

    package init(
        session: String, status: String, device: String, activities: [String], expiresAt: String, decides: Bool,
        reason: String
    ) {
        self.session = session
        self.status = status
        self.device = device
        self.activities = activities
        self.expiresAt = expiresAt
        self.decides = decides
        self.reason = reason
    }
}
