import Chat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Interface
import NIOCore
import Operations
import Services

extension AdminRoutes {
    func addPresenceRoutes(_ router: Router<AdminContext>) {
        read(router, "v1/users/:user/presence") { _, context in
            let user = try await references.user(Self.parameter("user", context))
            return try await presence(of: user)
        }
        read(router, "v1/users/:user/presence/sessions") { _, context in
            let user = try await references.user(Self.parameter("user", context))
            let record = try await services.presence.records(of: [user.id]).first
            return AdminList(items: record.map(PresenceSessionResource.explaining) ?? [])
        }
        router.get("v1/presences/watch") { request, _ in
            try await Self.translating { try await watch(request) }
        }
    }

    private func presence(of user: User, event: String = "snapshot") async throws -> PresenceResource {
        let record = try await services.presence.records(of: [user.id]).first
        return PresenceResource(user, record, event: event, node: services.nodeName)
    }

    /// Whom a watch is about.
    private struct Watched: Sendable {
        var guilds: [GuildID]
        /// `nil` for everybody in the guilds.
        var users: Set<UserID>?
        /// `status`, `session`, `typing`.
        var events: Set<String> = ["status"]
        /// Unix milliseconds: the snapshot leaves out who has not changed since; 0 for nobody.
        var since: UInt64 = 0
    }

    private static let watchedEvents: Set<String> = ["status", "session", "typing"]

    /// Users that one watch may name.
    private static let watchedUsersMax = 100

    private func watched(_ request: Request) async throws -> Watched {
        let query = request.uri.queryParameters
        var watched = try await watched(query)
        let events = Set(query.getAll("event").map { String($0) })
        if !events.isEmpty { watched.events = events }
        guard watched.events.isSubset(of: Self.watchedEvents), watched.users != nil || events != ["session"] else {
            throw AdminError(
                code: "invalid", message: "events are status, typing, and of users session", hint: nil,
                retryable: false)
        }
        if let text = query.get("since_ms"), let milliseconds = UInt64(text) {
            let now = services.time.unixMilliseconds
            watched.since = now - min(now, milliseconds)
        }
        return watched
    }

    private func watched(_ query: FlatDictionary<Substring, Substring>) async throws -> Watched {
        if let name = query.get("guild") { return Watched(guilds: [try await references.guild(name).guild.id]) }
        let names = query.getAll("user")
        guard (1...Self.watchedUsersMax).contains(names.count) else {
            throw AdminError(
                code: "invalid", message: "a watch is about a guild, or 1 to \(Self.watchedUsersMax) users", hint: nil,
                retryable: false)
        }
        var watched = Watched(guilds: [], users: [])
        for name in names {
            let user = try await references.user(name)
            watched.users?.insert(user.id)
            watched.guilds += try await services.directory.guilds(of: user.id)
        }
        watched.guilds = Array(Set(watched.guilds))
        return watched
    }

    /// Streams presences, one document a line: those that are, a mark, and then those that change, until the reader goes away.
    private func watch(_ request: Request) async throws -> Response {
        let watched = try await watched(request)
        let tellsTyping = watched.events.contains("typing")
        return try await LineFeed { Happening($0, tellsTyping: tellsTyping) }.response(
            on: watched.guilds.map { .presence($0) }, of: services.bus, time: services.time
        ) { writer, events in
            // Of named users only, who are few: they may be seen in several of the guilds.
            var told: [UserID: PresenceResource] = [:]
            var next: UserID? = UserID(0)
            while let after = next {
                let page = try await snapshot(of: watched, after: after)
                for (resource, user, changedAt) in page.items {
                    if watched.users != nil {
                        told[user] = resource
                        told[user]?.event = "changed"
                    }
                    guard changedAt >= watched.since else { continue }
                    try await writer.write(ByteBuffer(string: try AdminJSON.line(resource)))
                }
                next = page.next
            }
            try await writer.write(ByteBuffer(string: try AdminJSON.line(PresenceResource.mark("end"))))
            for await event in events {
                let text = try await line(event, watched, &told)
                try await writer.write(ByteBuffer(string: text))
            }
        }
    }

    /// A page of those of whom something is kept; of named users everybody.
    private func snapshot(
        of watched: Watched, after: UserID
    ) async throws -> (items: [(PresenceResource, UserID, changedAt: UInt64)], next: UserID?) {
        var items: [(PresenceResource, UserID, changedAt: UInt64)] = []
        if let users = watched.users {
            for user in try await services.directory.users(Array(users)).sorted(by: { $0.id < $1.id }) {
                let record = try await services.presence.records(of: [user.id]).first
                let resource = PresenceResource(user, record, event: "snapshot", node: services.nodeName)
                items.append((resource, user.id, record?.changedAt ?? 0))
            }
            return (items, nil)
        }
        guard let guild = watched.guilds.first else { return ([], nil) }
        let page = try await services.directory.members(of: guild, after: after, limit: 1_000)
        let records = try await services.presence.records(of: page.map(\.user.id))
        let known = Dictionary(records.map { ($0.presence.user, $0) }, uniquingKeysWith: { first, _ in first })
        for member in page {
            guard let record = known[member.user.id] else { continue }
            let resource = PresenceResource(member.user, record, event: "snapshot", node: services.nodeName)
            items.append((resource, member.user.id, record.changedAt))
        }
        return (items, page.count == 1_000 ? page.last?.user.id : nil)
    }

    /// The line for an event; empty for one that changes nothing, such as the same change in another guild.
    private func line(
        _ event: LineFeed<Happening>.Event, _ watched: Watched, _ told: inout [UserID: PresenceResource]
    ) async throws -> String {
        let user: UserID
        switch event {
        case .tick: return try await sessionLines(watched, &told) + "\n"
        case .published(.typing(let notice)): return try await line(notice, watched)
        case .published(.changed(let changed)): user = changed
        }
        guard watched.events.contains("status"), watched.users?.contains(user) ?? true,
            let named = try await services.directory.users([user]).first
        else { return "" }
        let resource = try await presence(of: named, event: "changed")
        if watched.users != nil {
            guard told[user] != resource else { return "" }
            told[user] = resource
        }
        return try AdminJSON.line(resource)
    }

    private func line(_ notice: TypingNotice, _ watched: Watched) async throws -> String {
        guard watched.users?.contains(notice.user) ?? true,
            let named = try await services.directory.users([notice.user]).first
        else { return "" }
        var resource = try await presence(of: named, event: "typing")
        resource.channelID = notice.channel.description
        return try AdminJSON.line(resource)
    }

    /// Of named users, those whose sessions are others than were told. Nobody publishes that: it is looked for with every tick.
    private func sessionLines(
        _ watched: Watched, _ told: inout [UserID: PresenceResource]
    ) async throws -> String {
        guard watched.events.contains("session"), let users = watched.users else { return "" }
        var lines = ""
        for user in try await services.directory.users(Array(users)).sorted(by: { $0.id < $1.id }) {
            var resource = try await presence(of: user, event: "session")
            guard let known = told[user.id], known.sessions != resource.sessions || known.devices != resource.devices
            else { continue }
            lines += try AdminJSON.line(resource)
            resource.event = "changed"
            told[user.id] = resource
        }
        return lines
    }
}

/// What a watch of presences is told of.
private enum Happening: Sendable {
    case changed(UserID)
    case typing(TypingNotice)

    init?(_ event: FanoutEvent, tellsTyping: Bool) {
        switch try? PassingEvent(encoded: event.payload) {
        case .presence(let presence): self = .changed(presence.user)
        case .typing(let notice) where tellsTyping: self = .typing(notice)
        case .typing, .voice, .audited, .webhooksChanged, nil: return nil
        }
    }
}

extension PresenceStatus {
    /// The word for it on the command line: an operator sees who is invisible.
    fileprivate var word: String {
        switch self {
        case .offline: "offline"
        case .invisible: "invisible"
        case .doNotDisturb: "dnd"
        case .idle: "idle"
        case .online: "online"
        }
    }
}

extension ClientPlatform {
    var word: String {
        switch self {
        case .desktop: "desktop"
        case .mobile: "mobile"
        case .web: "web"
        }
    }
}

extension PresenceResource {
    fileprivate init(_ user: User, _ record: PresenceRecord?, event: String, node: String) {
        let sessions = record?.sessions ?? []
        let status = sessions.map(\.shown.status).max() ?? .offline
        let devices = Set(sessions.map(\.shown.platform.word))
        let deadline = sessions.map(\.deadline).max()
        self.init(
            event: event, userID: user.id.description, user: user.username, status: status.word,
            since: record.flatMap { $0.changedAt > 0 ? instantText($0.changedAt) : nil }, sessions: sessions.count,
            devices: devices.sorted(), gateways: sessions.isEmpty ? [] : [node],
            lastSeen: deadline.map { instantText($0 - min($0, PresenceRules.lifeMilliseconds)) },
            source: sessions.isEmpty ? "none" : "sessions")
    }

    /// A line that is about nobody.
    fileprivate static func mark(_ event: String) -> PresenceResource {
        PresenceResource(
            event: event, userID: "", user: "", status: "", since: nil, sessions: 0, devices: [], gateways: [],
            lastSeen: nil, source: "none")
    }
}

extension PresenceSessionResource {
    /// A user's sessions, the latest changed first, each with why it counts or does not.
    fileprivate static func explaining(_ record: PresenceRecord) -> [PresenceSessionResource] {
        let best = record.sessions.map(\.shown.status).max() ?? .offline
        let decider = record.sessions.last { $0.shown.status == best }?.tag
        return record.sessions.reversed().map { session in
            let status = session.shown.status
            let reason =
                if session.tag == decider {
                    status == .invisible ? "invisible: shown as offline" : "the most available, changed last"
                } else if status == best {
                    "as available, but changed earlier"
                } else {
                    "less available than \(best.word)"
                }
            return PresenceSessionResource(
                session: session.tag.text, status: status.word, device: session.shown.platform.word,
                activities: session.shown.activities.map(\.name), expiresAt: instantText(session.deadline),
                decides: session.tag == decider, reason: reason)
        }
    }
}
