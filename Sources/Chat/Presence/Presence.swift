/// How available a session, or a user by all of its sessions, is. Raw values rise with availability.
package enum PresenceStatus: UInt8, Hashable, Sendable, CaseIterable, Comparable {
    case offline = 0
    /// Connected, and shown to others exactly as ``offline``.
    case invisible = 1
    case doNotDisturb = 2
    case idle = 3
    case online = 4

    /// What others may know of it.
    package var shown: PresenceStatus { self == .invisible ? .offline : self }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What kind of program a session runs in: the keys of `client_status`.
package enum ClientPlatform: UInt8, Hashable, Sendable, CaseIterable {
    case desktop = 0
    case mobile = 1
    case web = 2
}

/// The public name of a gateway session among all of the cluster: what others may know of it. Not the secret by which it is resumed.
package struct SessionTag: Hashable, Sendable, Comparable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// 16 hexadecimal digits.
    package var text: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A session and whose it is.
package struct UserSession: Hashable, Sendable {
    package var user: UserID
    package var tag: SessionTag

    package init(user: UserID, tag: SessionTag) {
        self.user = user
        self.tag = tag
    }
}

/// What one session shows.
package struct SessionPresence: Hashable, Sendable {
    /// Never ``PresenceStatus/offline``: a session that is offline is none.
    package var status: PresenceStatus
    /// At most ``Limits/activitiesMax``.
    package var activities: [Activity]
    package var platform: ClientPlatform

    package init(status: PresenceStatus = .online, activities: [Activity] = [], platform: ClientPlatform = .web) {
        self.status = status
        self.activities = activities
        self.platform = platform
    }
}

/// What others see of a user: one for all of its sessions.
package struct Presence: Hashable, Sendable {
    package var user: UserID
    /// Never ``PresenceStatus/invisible``.
    package var status: PresenceStatus
    /// None while offline.
    package var activities: [Activity]
    package var clients: ClientStates

    /// The most available visible session of each platform; ``PresenceStatus/offline`` where there is none. Kept inline: there is one for
    /// every user who is online.
    package struct ClientStates: Hashable, Sendable {
        package var desktop = PresenceStatus.offline
        package var mobile = PresenceStatus.offline
        package var web = PresenceStatus.offline

        package init() {}

        package subscript(platform: ClientPlatform) -> PresenceStatus {
            get {
                switch platform {
                case .desktop: desktop
                case .mobile: mobile
                case .web: web
                }
            }
            set {
                switch platform {
                case .desktop: desktop = newValue
                case .mobile: mobile = newValue
                case .web: web = newValue
                }
            }
        }
    }

    package init(user: UserID, status: PresenceStatus, activities: [Activity], clients: ClientStates) {
        self.user = user
        self.status = status
        self.activities = activities
        self.clients = clients
    }

    package static func offline(_ user: UserID) -> Presence {
        Presence(user: user, status: .offline, activities: [], clients: ClientStates())
    }

    /// The most available of a user's sessions is shown, the one changed last among equals; its activities, and the custom status of
    /// whichever session set one last when it has none itself. What invisible sessions do is not seen.
    /// - Parameter sessions: in the order in which they changed, the latest last.
    package init(of user: UserID, sessions: [SessionPresence]) {
        self = .offline(user)
        let visible = sessions.filter { $0.status.shown != .offline }
        guard let best = visible.map(\.status).max(), let shown = visible.last(where: { $0.status == best }) else {
            return
        }
        status = best
        activities = shown.activities
        if !activities.contains(where: { $0.kind == .custom }), activities.count < Limits.activitiesMax,
            let custom = visible.reversed().lazy.compactMap({ $0.activities.first { $0.kind == .custom } }).first
        {
            activities.append(custom)
        }
        for session in visible { clients[session.platform] = max(clients[session.platform], session.status) }
    }
}

/// Something a user does, as its client says.
package struct Activity: Hashable, Sendable {
    /// Discord's numbers.
    package enum Kind: UInt8, Hashable, Sendable {
        case playing = 0
        case streaming = 1
        case listening = 2
        case watching = 3
        /// A custom status: its text is ``Activity/state``.
        case custom = 4
        case competing = 5
    }

    package struct Emoji: Hashable, Sendable {
        package var name: String
        package var id: UInt64?
        package var isAnimated: Bool

        package init(name: String, id: UInt64? = nil, isAnimated: Bool = false) {
            self.name = name
            self.id = id
            self.isAnimated = isAnimated
        }
    }

    /// At most ``Limits/activityTextScalarsMax`` scalars, like the other texts.
    package var name: String
    package var kind: Kind
    package var url: String?
    package var state: String?
    package var details: String?
    package var emoji: Emoji?
    /// Unix milliseconds; `nil` when the client named none.
    package var start: UInt64?
    package var end: UInt64?
    /// Unix milliseconds at which the server heard of it.
    package var createdAt: UInt64

    package init(
        name: String, kind: Kind = .playing, url: String? = nil, state: String? = nil, details: String? = nil,
        emoji: Emoji? = nil, start: UInt64? = nil, end: UInt64? = nil, createdAt: UInt64 = 0
    ) {
        self.name = name
        self.kind = kind
        self.url = url
        self.state = state
        self.details = details
        self.emoji = emoji
        self.start = start
        self.end = end
        self.createdAt = createdAt
    }
}
