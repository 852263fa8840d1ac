import Chat
import Services
import Wire

/// What a loop cannot do itself because it takes a wait. Jobs of one session are done one after the other, in their order.
struct SessionJob: Sendable {
    enum Task: Sendable {
        case identify(ConnectionID, IdentifyRequest)
        case loadGuild(GuildLoad)
        /// `since`: what had passed on the loop when this was asked.
        case subscribe(ChannelID, atLeast: UInt64, since: UInt64, Intents)
        case unsubscribe(ChannelID)
        case send(SendRequest, AdmissionTicket)
        case members(MembersCursor)
        case voice(VoiceRequest)
        /// Reads the user's roles again.
        case refresh(GuildID)
        /// Reads again what only the user's own stream tells.
        case digest
        /// Asks how the user has read since a version.
        case readStates(after: UInt64)
        /// Finds out whether a restored session may go on.
        case verify(Verification)
    }

    var session: SessionID
    var user: UserID
    /// What the session's connection takes.
    var compression: TransportCompression
    var task: Task
}

/// What to load of a guild, and for which kind of session.
struct GuildLoad: Sendable {
    var guild: GuildID
    /// The snapshot must have reached this epoch.
    var atLeast: UInt64
    /// Whether the user joined just now; otherwise the session is logging in.
    var isJoin: Bool
    /// What had passed on the loop when this was asked.
    var since: UInt64
    var intents: Intents
    var largeThreshold: Int
}
