import Chat
import HTTPTypes
package import Services

/// The one place where failures become HTTP: a row for every ``Services/ServiceError/Code``, and the edge's own.
///
/// Client libraries retry 429 after `retry_after`, and 500, 502 and 504 a few times; 503 is not used because discord.py
/// gives up on it. Every other row is final: the same request will fail the same way.
extension APIError {
    /// The answer for a failed service call.
    package init(_ error: ServiceError) {
        self = APIError(error.code)
        detail = error.detail
    }

    private init(_ code: ServiceError.Code) {
        switch code {
        // Who is asking.
        case .unauthorized: self = .unauthorized
        case .missingAccess: self.init(.forbidden, code: 50001, "Missing access: you cannot view this channel.")
        case .missingPermissions: self.init(.forbidden, code: 50013, "Missing permissions for this action.")
        case .cannotMessageUser: self.init(.forbidden, code: 50007, "Cannot send messages to this user")
        case .notInDirectMessages:
            self.init(.forbidden, code: 50003, "Cannot execute action on a DM channel")
        case .banned: self.init(.forbidden, code: 40007, "The user is banned from this guild.")
        case .notTheAuthor: self.init(.forbidden, code: 50005, "A message can be edited by its author only.")

        // What there is not, or what the asker may not know of.
        case .unknownChannel: self.init(.notFound, code: 10003, "Unknown channel")
        case .unknownGuild: self.init(.notFound, code: 10004, "Unknown guild")
        case .unknownInvite: self.init(.notFound, code: 10006, "Unknown invite")
        case .unknownMember: self.init(.notFound, code: 10007, "Unknown member")
        case .unknownMessage: self.init(.notFound, code: 10008, "Unknown message")
        case .unknownRole: self.init(.notFound, code: 10011, "Unknown role")
        case .unknownEmoji: self.init(.notFound, code: 10014, "Unknown emoji")
        case .unknownUser: self.init(.notFound, code: 10013, "Unknown user")
        case .unknownBan: self.init(.notFound, code: 10026, "Unknown ban")
        case .unknownWebhook: self.init(.notFound, code: 10015, "Unknown webhook")
        case .unknownVoiceState: self.init(.notFound, code: 10065, "Unknown voice state")

        // What was asked.
        case .wrongChannelType: self.init(.forbidden, code: 50024, "This kind of channel cannot do that.")
        case .nonTextChannel:
            self.init(.forbidden, code: 50008, "Cannot send messages in a non-text channel")
        case .invalidRecipient: self.init(.badRequest, code: 50033, "Invalid recipient(s)")
        case .emptyMessage: self.init(.badRequest, code: 50006, "A message needs content, an embed or a file.")
        case .storageFull: self.init(.contentTooLarge, code: 40005, "There is no room left for your files.")
        case .nobodyBanned: self.init(.badRequest, code: 500_000, "Failed to ban users")
        case .notInVoice: self.init(.badRequest, code: 40032, "Target user is not connected to voice.")
        case .bulkDeleteCount: self.init(.badRequest, code: 50016, "Bulk deletion takes 2 to 100 messages.")
        case .bulkDeleteTooOld:
            self.init(.badRequest, code: 50034, "Bulk deletion takes messages of the last two weeks only.")
        case .forPersons: self.init(.forbidden, code: 20001, "Bots cannot use this endpoint.")
        case .systemMessage: self.init(.forbidden, code: 50021, "This cannot be done to a system message.")
        case .invalidForm(let fields): self = .invalidForm(fields)
        case .tooMany(.guilds): self.init(.badRequest, code: 30001, "You have reached the maximum number of guilds.")
        case .tooMany(.roles): self.init(.badRequest, code: 30005, "The guild has reached the maximum number of roles.")
        case .tooMany(.channels):
            self.init(.badRequest, code: 30013, "The guild has reached the maximum number of channels.")
        case .tooMany(.invites):
            self.init(.badRequest, code: 30016, "The guild has reached the maximum number of invites.")
        case .tooMany(.voiceMembers): self.init(.badRequest, code: 0, "The voice channel is full.")

        case .tooMany(.parties):
            self.init(.badRequest, code: 30004, "A group has at most \(Limits.groupPartiesMax) recipients.")
        case .tooMany(.blocks): self.init(.badRequest, code: 30015, "You have blocked the maximum number of users.")
        case .tooMany(.reactions):
            self.init(.badRequest, code: 30010, "The message has the maximum number of reactions (20).")
        case .tooMany(.pins):
            self.init(.badRequest, code: 30003, "The channel has the maximum number of pins (50).")
        case .tooMany(.webhooks):
            self.init(.badRequest, code: 30007, "The channel has the maximum number of webhooks (15).")

        // What is not the asker's fault: wait, and send it again.
        case .busy(let milliseconds):
            self.init(
                .tooManyRequests, code: 0, "The server is busy; try again after the time in retry_after.",
                retryAfterMilliseconds: milliseconds
            )
        case .slowMode(let milliseconds):
            self.init(
                .tooManyRequests, code: 20016, "This action cannot be performed due to slowmode rate limit",
                retryAfterMilliseconds: milliseconds
            )
        case .rateLimited(let milliseconds): self = .rateLimited(.shared, retryAfterMilliseconds: milliseconds)
        case .unavailable(let milliseconds):
            self.init(
                .badGateway, code: 0,
                "The server cannot do this at the moment; try again after the time in retry_after.",
                retryAfterMilliseconds: milliseconds
            )
        case .queued(let milliseconds):
            self.init(
                .gatewayTimeout, code: 0,
                "The message is queued and will be delivered; its outcome is not known yet. Sending it again with the same nonce and "
                    + "enforce_nonce after the time in retry_after yields this message and no second one.",
                retryAfterMilliseconds: milliseconds
            )
        case .internalFailure: self = .internalFailure
        }
    }

    // The edge's own rows.

    /// The token is missing, malformed, unknown or revoked.
    package static let unauthorized = APIError(.unauthorized, code: 0, "401: Unauthorized")
    /// No such route.
    package static let unknownRoute = APIError(.notFound, code: 0, "404: Not Found")
    /// The route exists, but not for this method.
    package static let wrongMethod = APIError(.methodNotAllowed, code: 0, "405: Method Not Allowed")
    /// A version in the path other than 10.
    package static let wrongVersion = APIError(
        .badRequest, code: 50041, "Invalid API version: this server speaks version 10.")
    /// The body is not JSON, or nests or repeats beyond the limits.
    package static let malformedJSON = APIError(.badRequest, code: 50109, "The request body contains invalid JSON.")
    /// The body did not arrive whole, or is no multipart form although it says so.
    package static let malformedBody = APIError(.badRequest, code: 0, "400: Bad Request")
    /// The body is larger than ``APIConfiguration/bodyBytesMax``.
    package static let tooLarge = APIError(.contentTooLarge, code: 40005, "Request entity too large")
    /// The body is compressed, or of a type that no route takes.
    package static let unsupportedMedia = APIError(.unsupportedMediaType, code: 0, "415: Unsupported Media Type")
    /// Something failed that should not; the log has the details under the request's id.
    package static let internalFailure = APIError(.internalServerError, code: 0, "500: Internal Server Error")

    /// Too many requests. The client may come back after so many milliseconds.
    package static func rateLimited(_ scope: LimitScope, retryAfterMilliseconds: UInt64) -> APIError {
        var error = APIError(
            .tooManyRequests, code: 0, "You are being rate limited.", retryAfterMilliseconds: retryAfterMilliseconds)
        error.scope = scope
        return error
    }

    /// One or more fields hold what they may not.
    package static func invalidForm(_ fields: [FieldError]) -> APIError {
        APIError(.badRequest, code: 50035, "Invalid form body", fields: fields)
    }
}
