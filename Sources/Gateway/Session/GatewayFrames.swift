import Chat
import Services
import Wire

/// The frames that are the same for everybody.
struct GatewayFrames {
    let hello = ControlFrame(operation: 10, opensStream: true) { writer in
        writer.object { $0.field("heartbeat_interval", SessionLimits.heartbeatIntervalMilliseconds) }
    }
    let heartbeatAcknowledged = ControlFrame(operation: 11) { $0.null() }
    let invalidSession = ControlFrame(operation: 9) { $0.value(false) }
    let resumeLater = ControlFrame(operation: 9) { $0.value(true) }
    let reconnect = ControlFrame(operation: 7) { $0.null() }
    let resumed = DispatchFrame(event: "RESUMED") { writer in writer.object { _ in } }
    let presenceResync = DispatchFrame(event: "PRESENCE_RESYNC") { writer in writer.object { _ in } }
}

/// A payload that is no dispatch, as it goes to each kind of connection.
struct ControlFrame {
    /// By the compression's raw value.
    private let forms: [[UInt8]]

    init(operation: Int, opensStream: Bool = false, _ data: (inout JSONWriter) -> Void) {
        forms = TransportCompression.allCases.map {
            PayloadFrame.encode(operation: operation, compression: $0, opensStream: opensStream, data)
        }
    }

    subscript(compression: TransportCompression) -> [UInt8] { forms[Int(compression.rawValue)] }
}

/// The dispatches that are this cluster's own, beside Discord's:
///
/// | event | d |
/// |---|---|
/// | `CHANNEL_SUBSCRIBED` | `{channel_id, guild_id?}`: from here on the channel's events arrive |
/// | `CHANNEL_UNSUBSCRIBED` | `{channel_id}`: asked for, or the channel is gone for this user |
/// | `CHANNEL_RESYNC` | `{channel_id, guild_id?}`: events of the channel may be missing, fetch its history |
/// | `PRESENCE_BATCH` | `{guild_id, channel_id, presences, complete}`: who is there of those who see a channel; not complete in large guilds |
/// | `PRESENCE_RESYNC` | `{}`: presences, and after a restart of the node voice states, were not sent: what is known of them may be old |
/// | `COMMAND_ERROR` | `{op, nonce?, channel_id?, code, message, retry_after?}`: what was asked was not done |
enum OwnDispatch {
    /// - Parameter guild: `nil` for a direct channel, whose events arrive without being asked for.
    static func subscribed(_ channel: ChannelID, guild: GuildID?) -> DispatchFrame {
        DispatchFrame(event: "CHANNEL_SUBSCRIBED", for: .seeing(channel, of: guild)) { writer in
            writer.object {
                $0.field("channel_id", snowflake: channel.rawValue)
                if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
            }
        }
    }

    static func unsubscribed(_ channel: ChannelID) -> DispatchFrame {
        DispatchFrame(event: "CHANNEL_UNSUBSCRIBED") { writer in
            writer.object { $0.field("channel_id", snowflake: channel.rawValue) }
        }
    }

    static func resync(_ channel: ChannelID, guild: GuildID?) -> DispatchFrame {
        DispatchFrame(event: "CHANNEL_RESYNC", for: .seeing(channel, of: guild)) { writer in
            writer.object {
                $0.field("channel_id", snowflake: channel.rawValue)
                if let guild { $0.field("guild_id", snowflake: guild.rawValue) }
            }
        }
    }

    static func presenceBatch(
        _ presences: [Presence], of guild: GuildID, in channel: ChannelID, isComplete: Bool
    ) -> DispatchFrame {
        DispatchFrame(event: "PRESENCE_BATCH", for: .viewer(of: channel, in: guild)) { writer in
            writer.object {
                $0.field("guild_id", snowflake: guild.rawValue)
                $0.field("channel_id", snowflake: channel.rawValue)
                $0.array("presences") { array in
                    for presence in presences { array.presence(presence) }
                }
                $0.field("complete", isComplete)
            }
        }
    }

    static func commandError(
        _ operation: ClientOperation, channel: ChannelID? = nil, nonce: Nonce? = nil, _ error: CommandError
    ) -> DispatchFrame {
        DispatchFrame(event: "COMMAND_ERROR") { writer in
            writer.object {
                $0.field("op", operation.rawValue)
                $0.nonce(nonce)
                if let channel { $0.field("channel_id", snowflake: channel.rawValue) }
                $0.field("code", error.code)
                $0.field("message", error.message)
                if let wait = error.retryAfterMilliseconds { $0.field("retry_after", Double(wait) / 1_000) }
            }
        }
    }
}

/// Why a command of a session was not done, in Discord's API error codes. With `retry_after` it may be tried again after so many seconds.
///
/// | code | when |
/// |---|---|
/// | 10003 | no such channel, or none that the user may see |
/// | 10004 | no such guild, or none that the user is in |
/// | 50006 | neither content nor embeds |
/// | 50008, 50024 | the channel takes no messages |
/// | 50007 | one of two has blocked the other |
/// | 50013 | the user may see the channel but not send to it |
/// | 50035 | a field holds what it may not |
/// | 20016 | the channel has slow mode: `retry_after` |
/// | 20028 | the user has sent too many messages lately: `retry_after` |
/// | 30002 | too many subscriptions of one session |
/// | 130000 | a backend is down, or the message is accepted and its outcome not known yet: `retry_after` |
/// | 0 | the voice channel is full; an error of this node |
struct CommandError: Hashable, Sendable {
    var code: Int
    var message: String
    var retryAfterMilliseconds: UInt64?

    static let unknownChannel = CommandError(code: 10_003, message: "Unknown Channel")
    static let unknownGuild = CommandError(code: 10_004, message: "Unknown Guild")
    static let tooManySubscriptions = CommandError(code: 30_002, message: "Maximum number of subscriptions reached")
    static let tooManyRequests = CommandError(
        code: 130_000, message: "Too many requests are under way", retryAfterMilliseconds: 1_000)

    init(code: Int, message: String, retryAfterMilliseconds: UInt64? = nil) {
        self.code = code
        self.message = message
        self.retryAfterMilliseconds = retryAfterMilliseconds
    }

    init(_ error: ServiceError) {
        switch error.code {
        // What may not be seen looks like what does not exist (invariant I6).
        case .unknownChannel, .missingAccess: self = .unknownChannel
        case .unknownGuild: self = .unknownGuild
        case .emptyMessage: self.init(code: 50_006, message: "Cannot send an empty message")
        case .cannotMessageUser: self.init(code: 50_007, message: "Cannot send messages to this user")
        case .notInDirectMessages: self.init(code: 50_003, message: "Cannot execute action on a DM channel")
        case .nonTextChannel, .wrongChannelType:
            self.init(code: 50_008, message: "Cannot send messages in a non-text channel")
        case .missingPermissions: self.init(code: 50_013, message: "Missing Permissions")
        case .invalidForm(let fields):
            self.init(
                code: 50_035, message: fields.first.map { "Invalid Form Body: \($0.message)" } ?? "Invalid Form Body")
        case .queued(let wait):
            self.init(
                code: 130_000, message: "The message is queued and will be delivered", retryAfterMilliseconds: wait)
        case .rateLimited(let wait):
            self.init(code: 20_028, message: "You are being rate limited", retryAfterMilliseconds: wait)
        case .unavailable(let wait), .busy(let wait):
            self.init(code: 130_000, message: "Service temporarily unavailable", retryAfterMilliseconds: wait)
        case .slowMode(let wait):
            self.init(
                code: 20_016, message: "This action cannot be performed due to slowmode rate limit",
                retryAfterMilliseconds: wait)
        case .tooMany(.voiceMembers): self.init(code: 0, message: "The voice channel is full")
        case .unauthorized: self.init(code: 40_001, message: "Unauthorized")
        case .unknownUser, .unknownMessage, .unknownMember, .unknownRole, .unknownInvite, .unknownEmoji, .notTheAuthor,
            .systemMessage, .forPersons, .unknownWebhook,
            .bulkDeleteCount,
            .bulkDeleteTooOld, .invalidRecipient, .unknownBan, .banned, .nobodyBanned, .tooMany, .storageFull,
            .unknownVoiceState, .notInVoice, .internalFailure:
            self.init(code: 0, message: "Internal error")
        }
    }
}
