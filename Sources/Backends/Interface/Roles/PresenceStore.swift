package import Chat

/// A session to be kept, with what it shows.
package struct PresencePut: Hashable, Sendable {
    package var session: UserSession
    package var shown: SessionPresence
    /// The guilds the user is in, at most ``Limits/guildsPerUserMax``; `nil` leaves the known ones.
    package var guilds: [GuildID]?
    /// Unix milliseconds up to which the session counts without being refreshed.
    package var deadline: UInt64

    package init(session: UserSession, shown: SessionPresence, guilds: [GuildID]?, deadline: UInt64) {
        self.session = session
        self.shown = shown
        self.guilds = guilds
        self.deadline = deadline
    }
}

/// What others are to be told of a user: whoever gets it publishes it, and settles it then.
package struct PresenceNews: Hashable, Sendable {
    package var presence: Presence
    /// Ascending.
    package var guilds: [GuildID]
    /// Rises with each visible change of the user.
    package var version: UInt64

    package init(presence: Presence, guilds: [GuildID], version: UInt64) {
        self.presence = presence
        self.guilds = guilds
        self.version = version
    }
}

/// What a sweep has claimed.
package struct PresenceExpiry: Hashable, Sendable {
    /// Sessions that are over.
    package var ended: [UserSession]
    package var news: [PresenceNews]

    package init(ended: [UserSession] = [], news: [PresenceNews] = []) {
        self.ended = ended
        self.news = news
    }
}

/// Everything that is kept of a user, for those who ask why.
package struct PresenceRecord: Hashable, Sendable {
    package struct Session: Hashable, Sendable {
        package var tag: SessionTag
        package var shown: SessionPresence
        /// Unix milliseconds.
        package var deadline: UInt64

        package init(tag: SessionTag, shown: SessionPresence, deadline: UInt64) {
            self.tag = tag
            self.shown = shown
            self.deadline = deadline
        }
    }

    package var presence: Presence
    /// In the order in which they changed, the latest last.
    package var sessions: [Session]
    /// Ascending.
    package var guilds: [GuildID]
    package var version: UInt64
    /// Unix milliseconds of the last visible change.
    package var changedAt: UInt64

    package init(presence: Presence, sessions: [Session], guilds: [GuildID], version: UInt64, changedAt: UInt64) {
        self.presence = presence
        self.sessions = sessions
        self.guilds = guilds
        self.version = version
        self.changedAt = changedAt
    }
}

/// Who is there: the sessions of each user with what they show, and when they are over.
///
/// The keys are the design's: `presence:{user}` and `user:{user}:sessions` live as long as the longest of their sessions;
/// `user:{user}:status` holds what each session shows, `user:{user}:guilds` where the user is seen; a set of deadlines is swept.
///
/// Each call is one atomic step for each user. A visible change is *owed* to the user's guilds: the step that makes it hands it to its
/// caller alone, who publishes and settles. What is not settled within ``PresenceRules/leaseMilliseconds`` is handed to a later sweep, so
/// that whoever dies between the two loses nothing (each change is published once, and again only after such a death).
/// All times are Unix milliseconds. Nothing here is durable: losing it costs one round of refreshing.
package protocol PresenceStore: Sendable {
    /// Adds sessions or replaces what they show. Answers the visible changes. A user's sessions beyond
    /// ``Limits/presenceSessionsMax`` push out the one that changed longest ago.
    func put(_ puts: [PresencePut], now: UInt64) async throws(BackendError) -> [PresenceNews]
    /// Moves the deadlines of sessions on, in one round trip for all. Answers those that are not known: they have to be put again.
    func refresh(_ sessions: [UserSession], until deadline: UInt64) async throws(BackendError) -> [UserSession]
    /// Ends sessions. Answers the visible changes. Unknown ones are passed over.
    func remove(_ sessions: [UserSession], now: UInt64) async throws(BackendError) -> [PresenceNews]
    /// The user is now seen in a guild, or no longer. Answers the user as it is, for a guild it has come to; `nil` for one that is offline.
    func set(_ user: UserID, in guild: GuildID, isMember: Bool) async throws(BackendError) -> Presence?
    /// Ends the sessions of at most `limit` (1 to 10,000) users whose deadline is not after `now`, and takes over what was not settled in
    /// time. However many sweep at once, each session and each debt is in one answer.
    func expire(now: UInt64, limit: Int) async throws(BackendError) -> PresenceExpiry
    /// What was published is owed no longer. Answers, as they are now, those that have changed since: they are to be published again and
    /// settled.
    func settle(_ news: [PresenceNews], now: UInt64) async throws(BackendError) -> [PresenceNews]
    /// Those of these users (at most 1,000) who are not offline to others, in no order.
    func presences(of users: [UserID]) async throws(BackendError) -> [Presence]
    /// What is kept of these users (at most 1,000), in no order; users of whom nothing is are left out.
    func records(of users: [UserID]) async throws(BackendError) -> [PresenceRecord]
}

/// Times that every implementation of ``PresenceStore`` and every caller keep.
package enum PresenceRules {
    /// How long a session counts after it was refreshed (design: 60 s), and what a slow sweep may add.
    package static let lifeMilliseconds: UInt64 = 60_000
    /// How long whoever was handed a change may take to settle it.
    package static let leaseMilliseconds: UInt64 = 10_000
}
