import Chat
import Interface
package import Services

/// A session that was taken up from its record and has not been resumed yet.
///
/// What its client may have seen is the dispatches up to `sequence`, whose numbers the record has, and, where the node ended without a last
/// capture, some more. Of the events that the record does not account for the session has got those that had been stored by then (up to
/// `tail`), and everything since.
struct RestoredSession {
    /// Hash of the name by which the client resumes it.
    var secret: TokenHash
    /// The number of the last dispatch that the record knows of.
    var sequence: UInt32
    /// The number of the last dispatch that the client may have been sent before the node ended.
    var tail: UInt32
    /// Whether the node may have sent more than the record knows of.
    var isDoubtful: Bool
    /// Whether it is known that nothing has changed for its user meanwhile that no dispatch tells.
    var isVerified = false
    /// What has changed of its user's read states meanwhile.
    var readChanges: [ReadChange] = []
}

/// Sessions of one loop, and what they need to live again. Owns an interest in each user, guild, channel and look that its sessions need.
package final class LoopRestoration: Sendable {
    struct Member: Hashable {
        var user: UserID
        var guild: GuildID
    }

    let isDoubtful: Bool
    /// In the order in which they lost their connections.
    let sessions: [(record: SessionRecord, mark: SessionMark)]
    let snapshots: [GuildID: GuildSnapshot]
    let members: [Member: Chat.Member]
    let windows: [ChannelID: Set<UserID>]
    /// The guild of each channel somebody subscribed to.
    let guilds: [ChannelID: GuildID]
    let frames: [SavedFrame]

    init(
        isDoubtful: Bool, sessions: [(record: SessionRecord, mark: SessionMark)], snapshots: [GuildID: GuildSnapshot],
        members: [Member: Chat.Member], windows: [ChannelID: Set<UserID>], guilds: [ChannelID: GuildID],
        frames: [SavedFrame]
    ) {
        self.isDoubtful = isDoubtful
        self.sessions = sessions
        self.snapshots = snapshots
        self.members = members
        self.windows = windows
        self.guilds = guilds
        self.frames = frames
    }
}

/// RESUME, as it was asked for.
package struct ResumeAttempt: Sendable {
    var session: SessionID
    /// Never logged.
    var token: String
    var hash: TokenHash
    var sequence: UInt64
}

/// What has to hold if a restored session is to go on.
package struct Verification: Sendable {
    var attempt: ResumeAttempt
    var connection: ConnectionID
    /// The guilds it knows it is in; `nil` for a session that is not told of guilds.
    var guilds: Set<GuildID>?
    var shard: Shard
    var digest: UInt32
    var readVersion: UInt32
}

package enum VerificationOutcome: Sendable {
    /// Nothing has changed but these read states.
    case holds([ReadChange])
    /// Something has changed for the user, of which the session cannot be told.
    case changed
    /// The token is nobody's any more.
    case refused
    /// The directory did not answer.
    case unavailable
}
