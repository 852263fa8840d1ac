package import Chat
package import Services
import Synchronization
package import Wire

/// What reaches a loop's handler from other threads.
package enum SessionMail: Sendable {
    /// Something happened in a channel.
    case channel(ChannelDispatch)
    /// Events of a channel may have been lost for good: its sessions fetch history.
    case resync(ChannelID, GuildID)
    /// Something happened in a direct channel.
    case direct(DirectDispatch)
    /// Something happened in a guild.
    case guild(GuildNews)
    /// Something passed in a guild.
    case passing(PassingDispatch)
    /// What passed in a guild may not have been posted.
    case passingMissed(GuildID)
    /// Sessions of which the service knows nothing any more.
    case unknownPresences([UserSession])
    /// Something concerns one user.
    case user(UserID, UserEvent)
    /// What concerned one user may not have been posted.
    case userMissed(UserID)
    /// The answer to a job of one session.
    case answer(SessionID, SessionAnswer)
    /// A connection that resumes a session of this loop.
    case moved(MovedConnection)
    /// Whether a session of an earlier life of the node may go on.
    case verified(Verification, VerificationOutcome)
    /// What is known of the loop's sessions is to be written down.
    case capture(CaptureRound)
    /// Sessions of an earlier life of the node. Comes before any connection.
    case restore(LoopRestoration)
    /// All that those sessions may have been sent then has been posted.
    case restored
    /// An operator wants to see sessions.
    case survey(SessionSurvey)
    /// The node drains: no more connections, RECONNECT to everybody.
    case drain
}

/// An event of a channel, encoded once for the whole node.
package final class ChannelDispatch: Sendable {
    let channel: ChannelID
    let guild: GuildID
    let telling: ChannelTelling
    /// Unix milliseconds of acceptance; 0 when its latency is not measured.
    let acceptedAt: UInt64
    /// The event as the bus brought it.
    private let event: [UInt8]
    private let made = Mutex<Redaction?>(nil)

    init(channel: ChannelID, guild: GuildID, telling: ChannelTelling, acceptedAt: UInt64, event: [UInt8]) {
        self.channel = channel
        self.guild = guild
        self.telling = telling
        self.acceptedAt = acceptedAt
        self.event = event
    }

    /// What is told instead to bots from whom content is kept back: made for the first loop that has one, and then there for all.
    /// `nil` when the event is no message.
    var redaction: Redaction? {
        made.withLock { made in
            if made == nil { made = Redaction(of: event) }
            return made
        }
    }
}

/// An event of a direct channel, encoded once for the whole node.
package final class DirectDispatch: Sendable {
    let channel: ChannelID
    /// Whose sessions get it.
    let parties: [UserID]
    let frame: DispatchFrame
    /// What a session must have asked for.
    let intents: Intents
    /// Unix milliseconds of acceptance; 0 when its latency is not measured.
    let acceptedAt: UInt64

    init(channel: ChannelID, parties: [UserID], frame: DispatchFrame, intents: Intents, acceptedAt: UInt64) {
        self.channel = channel
        self.parties = parties
        self.frame = frame
        self.intents = intents
        self.acceptedAt = acceptedAt
    }

    /// Events may have been lost for good: the parties fetch history.
    convenience init(resyncOf channel: ChannelID, for parties: [UserID]) {
        self.init(
            channel: channel, parties: parties, frame: OwnDispatch.resync(channel, guild: nil), intents: [],
            acceptedAt: 0)
    }
}

/// One dispatch about a channel, and to whom it goes.
struct ChannelTelling: Sendable {
    /// What a session must have asked for.
    var intent: Intents
    var frame: DispatchFrame
    /// What is told instead to those who may not read the channel back: without what a reply quotes. `nil` when there is
    /// nothing to leave out.
    var withoutQuotation: DispatchFrame?
    /// Whether it shows what a message says.
    var showsContent: Bool

    init(
        _ intent: Intents, _ frame: DispatchFrame, withoutQuotation: DispatchFrame? = nil, showsContent: Bool = false
    ) {
        self.intent = intent
        self.frame = frame
        self.withoutQuotation = withoutQuotation
        self.showsContent = showsContent
    }
}

/// A guild's newer state. Which dispatches follow from it is decided by each loop, by comparing with the snapshot it had.
package final class GuildNews: Sendable {
    let guild: GuildID
    /// `nil` when the guild is gone.
    let snapshot: GuildSnapshot?
    /// What happened to a member; everything else shows in the snapshot.
    let change: MemberChange?
    /// What is told to those who moderate the guild.
    let notice: ModerationNotice?
    /// The epoch of `change` and `notice`.
    let position: UInt64
    /// Whether changes of members may have been missed, so that each session's roles have to be read again.
    let isIncomplete: Bool

    init(
        guild: GuildID, snapshot: GuildSnapshot?, change: MemberChange? = nil, notice: ModerationNotice? = nil,
        position: UInt64 = 0, isIncomplete: Bool = false
    ) {
        self.guild = guild
        self.snapshot = snapshot
        self.change = change
        self.notice = notice
        self.position = position
        self.isIncomplete = isIncomplete
    }
}

/// What happened to a member, with the dispatch that tells of it.
struct MemberChange: Sendable {
    enum Kind: Sendable {
        case added
        case updated([RoleID], timedOutUntil: UInt64?)
        case removed
    }

    var user: UserID
    var kind: Kind
    var frame: DispatchFrame
}

/// A dispatch for those who asked for moderation and hold one of some permissions in the guild as a whole.
struct ModerationNotice: Sendable {
    /// One of these is enough.
    var needed: Permissions
    var frame: DispatchFrame
}

/// What a worker found out for a session. Whoever takes one that names an interest owns that interest from then on.
package enum SessionAnswer: Sendable {
    /// The token is right. Owns one interest in the user.
    case ready(SessionSeed)
    case refused(GatewayClose)
    /// Owns one interest in the guild.
    case guild(GuildPart)
    /// The user is not in that guild, or it is gone.
    case noGuild(GuildID)
    /// The directory did not answer: ask again later.
    case guildFailed(GuildID)
    /// Owns one interest in the channel.
    case subscribed(ChannelPart)
    case unsubscribed(ChannelID)
    /// A dispatch for this session alone.
    case dispatch(DispatchFrame)
    /// Of what only the user's own stream tells, as it is now; `nil` when the directory did not answer.
    case digest(UInt32?)
    /// Read states that changed before the session was there.
    case readChanges([ReadChange])
    /// Read states in the place of dispatches that were not sent again; `nil` when nobody can tell.
    case readStates([ReadChange]?)
    /// A part of the answer to op 8, and what is to be asked for the next part.
    case members(SessionFrame, rest: MembersCursor?)
    /// The session's user as a member again, after changes may have been missed; `nil` for no member.
    case membership(GuildID, Member?, snapshot: GuildSnapshot?)
}

/// A session whose token was right.
package final class SessionSeed: Sendable {
    let connection: ConnectionID
    let authentication: (user: User, token: TokenHash)
    let request: IdentifyRequest
    /// Ascending, of the session's shard only.
    let guilds: [GuildID]
    /// All that the user is in, whatever the shard.
    let memberships: [GuildID]
    /// Of what only the user's own stream tells.
    let digest: UInt32
    /// The version of the read states that READY names.
    let readVersion: UInt32
    let ready: SessionFrame

    init(
        connection: ConnectionID, authentication: (user: User, token: TokenHash), request: IdentifyRequest,
        guilds: [GuildID], memberships: [GuildID], digest: UInt32, readVersion: UInt32, ready: SessionFrame
    ) {
        self.digest = digest
        self.readVersion = readVersion
        self.connection = connection
        self.authentication = authentication
        self.request = request
        self.guilds = guilds
        self.memberships = memberships
        self.ready = ready
    }
}

/// A guild made ready for one session.
package final class GuildPart: Sendable {
    let snapshot: GuildSnapshot
    let member: Member
    let isJoin: Bool
    /// Whether the part owns an interest in what passes in the guild, too.
    let looks: Bool
    /// What had passed on the loop before it was made.
    let since: UInt64
    /// `nil` for a session that did not ask for guild events.
    let frame: SessionFrame?

    init(
        snapshot: GuildSnapshot, member: Member, isJoin: Bool, looks: Bool, since: UInt64, frame: SessionFrame?
    ) {
        self.looks = looks
        self.since = since
        self.snapshot = snapshot
        self.member = member
        self.isJoin = isJoin
        self.frame = frame
    }
}

/// A channel that a session may subscribe to.
package final class ChannelPart: Sendable {
    let channel: ChannelID
    let snapshot: GuildSnapshot
    let roles: [RoleID]
    /// Whether the part owns an interest in what passes in the guild, too.
    let looks: Bool
    /// What had passed on the loop before it was made.
    let since: UInt64
    /// The members whose presences are followed, if the guild is large.
    let window: Set<UserID>
    /// PRESENCE_BATCH; `nil` for a session that did not ask for presences.
    let batch: SessionFrame?

    init(
        channel: ChannelID, snapshot: GuildSnapshot, roles: [RoleID], looks: Bool, since: UInt64, window: Set<UserID>,
        batch: SessionFrame?
    ) {
        self.looks = looks
        self.since = since
        self.window = window
        self.batch = batch
        self.channel = channel
        self.snapshot = snapshot
        self.roles = roles
    }
}

/// A connection on its way to the loop that has the session it resumes.
package final class MovedConnection: Sendable {
    let socket: DetachedSocket
    let attempt: ResumeAttempt
    let allowance: PayloadAllowance
    let compression: TransportCompression
    /// Who is behind a trusted proxy.
    let origin: ClientAddress?

    init(
        socket: DetachedSocket, attempt: ResumeAttempt, allowance: PayloadAllowance, compression: TransportCompression,
        origin: ClientAddress?
    ) {
        self.socket = socket
        self.attempt = attempt
        self.allowance = allowance
        self.compression = compression
        self.origin = origin
    }
}

/// Where an answer to op 8 stands.
package struct MembersCursor: Sendable {
    var request: MembersRequest
    /// Whether the session asked for presences and has the intent for them.
    var showsPresences: Bool
    var after = UserID(0)
    var chunk = 0
    /// 0 until it is known.
    var chunks = 0
}
