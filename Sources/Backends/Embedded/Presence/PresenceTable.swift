import Chat
import Interface

/// Who is there, of one process. A value: no lock, no clock, no I/O.
///
/// Laws. A user is kept while it has a session or something is owed. `scheduled` is the time of the one entry of the queue that counts for a
/// user, and no later than its next deadline: refreshing moves deadlines on without touching the queue, and an entry that comes up too
/// early is put back.
struct PresenceTable {
    private struct User {
        var sessions: [PresenceRecord.Session] = []
        var guilds: [GuildID] = []
        var presence: Presence
        var version: UInt64 = 0
        var changedAt: UInt64 = 0
        /// When whoever was handed the last change has to have settled it; `nil` when nothing is owed.
        var owedUntil: UInt64?
        var scheduled = UInt64.max

        var next: UInt64 {
            min(sessions.lazy.map(\.deadline).min() ?? .max, owedUntil ?? .max)
        }
    }

    private var users: [UserID: User] = [:]
    private var queue = DeadlineQueue()
    private let usersMax: Int

    /// - Parameter usersMax: users that are kept; beyond it new ones are not, and stay offline to others (overflow policy `refuse`).
    init(usersMax: Int) {
        self.usersMax = usersMax
    }

    var count: Int { users.count }

    // MARK: Changes

    mutating func put(_ puts: [PresencePut], now: UInt64) -> [PresenceNews] {
        puts.compactMap { put in
            let id = put.session.user
            guard users[id] != nil || users.count < usersMax else { return nil }
            var user = users[id] ?? User(presence: .offline(id))
            let known = user.sessions.firstIndex { $0.tag == put.session.tag }
            if let known { user.sessions.remove(at: known) }
            if user.sessions.count >= Limits.presenceSessionsMax { user.sessions.removeFirst() }
            user.sessions.append(
                PresenceRecord.Session(tag: put.session.tag, shown: put.shown, deadline: put.deadline))
            if let guilds = put.guilds { user.guilds = guilds.sorted() }
            return keep(&user, id, now: now)
        }
    }

    mutating func refresh(_ sessions: [UserSession], until deadline: UInt64) -> [UserSession] {
        sessions.filter { session in
            guard let index = users[session.user]?.sessions.firstIndex(where: { $0.tag == session.tag }) else {
                return true
            }
            users[session.user]?.sessions[index].deadline = deadline
            // A deadline that was brought forward has to come up in time.
            if let user = users[session.user], user.next < user.scheduled { schedule(session.user, at: user.next) }
            return false
        }
    }

    mutating func remove(_ sessions: [UserSession], now: UInt64) -> [PresenceNews] {
        sessions.compactMap { session in
            guard var user = users[session.user],
                let index = user.sessions.firstIndex(where: { $0.tag == session.tag })
            else { return nil }
            user.sessions.remove(at: index)
            return keep(&user, session.user, now: now)
        }
    }

    mutating func set(_ id: UserID, in guild: GuildID, isMember: Bool) -> Presence? {
        guard let user = users[id] else { return nil }
        let index = user.guilds.firstIndex { $0 >= guild } ?? user.guilds.count
        let isKnown = index < user.guilds.count && user.guilds[index] == guild
        if isMember && !isKnown { users[id]?.guilds.insert(guild, at: index) }
        if !isMember && isKnown { users[id]?.guilds.remove(at: index) }
        return isMember && user.presence.status != .offline ? user.presence : nil
    }

    // MARK: Sweeping

    mutating func expire(now: UInt64, limit: Int) -> PresenceExpiry {
        var expiry = PresenceExpiry()
        var claimed = 0
        while claimed < limit, let (at, id) = queue.first, at <= now {
            queue.removeFirst()
            guard var user = users[id], user.scheduled == at else { continue }
            users[id]?.scheduled = .max
            user.scheduled = .max
            guard user.next <= now else {
                schedule(id, at: user.next)
                continue
            }
            claimed += 1
            expiry.ended += user.sessions.filter { $0.deadline <= now }.map { UserSession(user: id, tag: $0.tag) }
            user.sessions.removeAll { $0.deadline <= now }
            let isOverdue = user.owedUntil.map { $0 <= now } ?? false
            if isOverdue { user.owedUntil = now + PresenceRules.leaseMilliseconds }
            let news = keep(&user, id, now: now)
            if let news {
                expiry.news.append(news)
            } else if isOverdue {
                expiry.news.append(Self.news(of: user))
            }
        }
        return expiry
    }

    mutating func settle(_ news: [PresenceNews], now: UInt64) -> [PresenceNews] {
        news.compactMap { news in
            let id = news.presence.user
            guard var user = users[id], user.owedUntil != nil else { return nil }
            guard user.version == news.version else {
                user.owedUntil = now + PresenceRules.leaseMilliseconds
                _ = keep(&user, id, now: now)
                return Self.news(of: user)
            }
            user.owedUntil = nil
            _ = keep(&user, id, now: now)
            return nil
        }
    }

    // MARK: Reading

    func presences(of ids: [UserID]) -> [Presence] {
        ids.compactMap { id in
            guard let presence = users[id]?.presence, presence.status != .offline else { return nil }
            return presence
        }
    }

    func records(of ids: [UserID]) -> [PresenceRecord] {
        ids.compactMap { id in
            users[id].map {
                PresenceRecord(
                    presence: $0.presence, sessions: $0.sessions, guilds: $0.guilds, version: $0.version,
                    changedAt: $0.changedAt)
            }
        }
    }

    // MARK: Keeping

    private static func news(of user: User) -> PresenceNews {
        PresenceNews(presence: user.presence, guilds: user.guilds, version: user.version)
    }

    /// Stores a user that was changed, and answers the change if others can see it.
    private mutating func keep(_ user: inout User, _ id: UserID, now: UInt64) -> PresenceNews? {
        let presence = Presence(of: id, sessions: user.sessions.map(\.shown))
        let isVisible = presence != user.presence
        if isVisible {
            user.presence = presence
            // Never one that an earlier life of the record had.
            user.version = max(user.version + 1, now)
            user.changedAt = now
            user.owedUntil = now + PresenceRules.leaseMilliseconds
        }
        guard !user.sessions.isEmpty || user.owedUntil != nil else {
            users[id] = nil
            return nil
        }
        users[id] = user
        if user.next < user.scheduled { schedule(id, at: user.next) }
        return isVisible ? Self.news(of: user) : nil
    }

    private mutating func schedule(_ id: UserID, at time: UInt64) {
        users[id]?.scheduled = time
        queue.insert(time, id)
    }
}

/// Deadlines of users, the earliest first: a binary heap.
private struct DeadlineQueue {
    private var entries: [(at: UInt64, user: UserID)] = []

    var first: (at: UInt64, user: UserID)? { entries.first }

    mutating func insert(_ time: UInt64, _ user: UserID) {
        entries.append((time, user))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].at < entries[parent].at else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeFirst() {
        guard let last = entries.popLast(), !entries.isEmpty else { return }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < entries.count && entries[child].at < entries[least].at { least = child }
            guard least != parent else { return }
            entries.swapAt(least, parent)
            parent = least
        }
    }
}
