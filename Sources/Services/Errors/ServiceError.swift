package import Interface

/// A service call that did not do its work. Edges map ``code`` to their own vocabulary and never show ``detail``.
package struct ServiceError: Error, Hashable, Sendable {
    /// What kind of failure it was: callers switch on this and on nothing else. The numbers are Discord's (HTTP status,
    /// API error code).
    package enum Code: Hashable, Sendable {
        /// No valid credentials. 401, 0.
        case unauthorized
        /// 404, 10013.
        case unknownUser
        /// 404, 10004. Also what a guild looks like to somebody who is no member of it.
        case unknownGuild
        /// 404, 10003. Also what a channel looks like to somebody who is no member of its guild.
        case unknownChannel
        /// 404, 10008.
        case unknownMessage
        /// 404, 10007.
        case unknownMember
        /// 404, 10011.
        case unknownRole
        /// 404, 10006.
        case unknownInvite
        /// 404, 10026.
        case unknownBan
        /// The user is kept out of the guild. 403, 40007.
        case banned
        /// Not one of those named could be banned. 400, 500000.
        case nobodyBanned
        /// The member is in no voice channel that the asker may see. 404, 10065.
        case unknownVoiceState
        /// Who is to be moved or disconnected is in no voice channel. 400, 40032.
        case notInVoice
        /// What was given is no emoji. 404, 10014.
        case unknownEmoji
        /// There is no such webhook, or the token is not its. 404, 10015.
        case unknownWebhook
        /// The member may not see the channel. 403, 50001.
        case missingAccess
        /// A permission is missing, or the hierarchy forbids it. 403, 50013.
        case missingPermissions
        /// One of the two has blocked the other: which one is not said. 403, 50007.
        case cannotMessageUser
        /// Direct messages do not have what was asked for. 403, 50003.
        case notInDirectMessages
        /// Only its author may edit a message. 403, 50005.
        case notTheAuthor
        /// The channel's kind does not go with the call. 403, 50024.
        case wrongChannelType
        /// Nothing can be written in such a channel. 403, 50008.
        case nonTextChannel
        /// Nobody whom a direct message could reach: oneself, or nobody at all. 400, 50033.
        case invalidRecipient
        /// A message without content, embeds and files. 400, 50006.
        case emptyMessage
        /// One or more fields hold what they may not. 400, 50035 with the tree of errors.
        case invalidForm([FieldError])
        /// Not 2 to 100 ids. 400, 50016.
        case bulkDeleteCount
        /// A message is older than two weeks. 400, 50034.
        case bulkDeleteTooOld
        /// Pins and reactions are for what people wrote. 403, 50021.
        case systemMessage
        /// Only persons have this, and a bot asks. 403, 20001.
        case forPersons
        /// A limit on the number of something is reached. 400, 30013 channels, 30001 guilds, 30005 roles, 30016
        /// invites, 30004 parties of a group, 30015 blocked users, 30010 reactions, 30003 pins,
        /// 30007 webhooks, 0 members in a voice channel.
        case tooMany(Resource)
        /// The user's files, or everybody's, take all the room they may. 413, 40005.
        case storageFull
        /// The pool that hashes passwords is full. 429.
        case busy(retryAfterMilliseconds: UInt64)
        /// The channel has slow mode, and the member has sent to it lately. 429, 20016.
        case slowMode(retryAfterMilliseconds: UInt64)
        /// The user has done too many of these lately. 429.
        case rateLimited(retryAfterMilliseconds: UInt64)
        /// Accepted by the log, outcome not known yet. 504.
        case queued(retryAfterMilliseconds: UInt64)
        /// A backend is down. 502.
        case unavailable(retryAfterMilliseconds: UInt64)
        /// A backend holds what it should not, or this program is at fault. 500.
        case internalFailure
    }

    /// What there can be too many of.
    package enum Resource: Hashable, Sendable {
        case channels, guilds, roles, invites, parties, blocks, voiceMembers, reactions, pins, webhooks
    }

    package var code: Code
    /// For the log: no secrets, no message text.
    package var detail: String

    package init(_ code: Code, detail: String = "") {
        self.code = code
        self.detail = detail
    }

    /// What a backend's failure means to a caller who can do nothing about it. A `.conflict` that means something to
    /// the caller has to be handled before.
    package init(_ error: BackendError) {
        let detail = "\(error.operation) on \(error.target): \(error.code.rawValue): \(error.detail)"
        switch error.code {
        case .unavailable, .timedOut, .full, .locked, .readOnly:
            self.init(.unavailable(retryAfterMilliseconds: Self.retryAfterMilliseconds), detail: detail)
        case .conflict, .fenced, .rejected, .corrupt, .newerVersion:
            self.init(.internalFailure, detail: detail)
        }
    }

    /// What clients are told to wait when a backend is down: long enough to spare it, short enough for a restart.
    package static let retryAfterMilliseconds: UInt64 = 1_000
}

/// One leaf of Discord's tree of form errors.
package struct FieldError: Hashable, Sendable {
    /// From the root: `["content"]`, `["permission_overwrites", "0", "id"]`.
    package var path: [String]
    /// Discord's spelling: `BASE_TYPE_REQUIRED`, `BASE_TYPE_BAD_LENGTH`, `BASE_TYPE_CHOICES`, `NUMBER_TYPE_MAX`…
    package var code: String
    /// A sentence for the developer of the client.
    package var message: String

    package init(path: [String], code: String, message: String) {
        self.path = path
        self.code = code
        self.message = message
    }
}
