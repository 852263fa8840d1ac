import FoundationEssentials
import HTTPTypes
import Hummingbird
import Interface
import NIOCore
import Operations
import Services

/// A document with its status: what a route answers, in a form that can be kept and answered again.
struct AdminAnswer: Sendable {
    var status: HTTPResponse.Status
    var body: ByteBuffer

    init(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws {
        self.status = status
        body = ByteBuffer(bytes: try AdminJSON.data(value))
    }

    init(_ error: AdminError) throws {
        try self.init(error, status: Self.status(of: error))
    }

    var response: Response {
        Response(status: status, headers: [.contentType: "application/json"], body: .init(byteBuffer: body))
    }

    /// One status for each code, so that either tells the other.
    private static func status(of error: AdminError) -> HTTPResponse.Status {
        switch error.code {
        case "invalid": .badRequest
        case "forbidden": .forbidden
        case "conflict": .conflict
        case "refused": .preconditionFailed
        case "unavailable": .serviceUnavailable
        case "queued": .gatewayTimeout
        case _ where error.code.hasPrefix("unknown_"): .notFound
        default: .internalServerError
        }
    }
}

extension AdminError {
    /// What a route threw, for an operator; `nil` for what is no answer but a broken connection or a cancelled task.
    init?(thrown error: any Error) {
        switch error {
        case let error as AdminError: self = error
        case let error as ServiceError: self.init(error)
        case let error as BackendError: self.init(ServiceError(error))
        default: return nil
        }
    }

    /// What a service said, for an operator.
    init(_ error: ServiceError) {
        let detail = error.detail
        switch error.code {
        case .unauthorized:
            self.init(code: "forbidden", message: "not logged in", hint: nil, retryable: false)
        case .unknownUser:
            self.init(
                code: "unknown_user", message: "no such user", hint: "see: discordctl user create --help",
                retryable: false)
        case .unknownGuild:
            self.init(
                code: "unknown_guild", message: "no such guild", hint: "see: discordctl guild list", retryable: false)
        case .unknownChannel:
            self.init(
                code: "unknown_channel", message: "no such channel", hint: "see: discordctl channel list GUILD",
                retryable: false)
        case .unknownMessage:
            self.init(code: "unknown_message", message: "no such message", hint: nil, retryable: false)
        case .unknownMember:
            self.init(code: "unknown_member", message: "not a member of the guild", hint: nil, retryable: false)
        case .unknownRole: self.init(code: "unknown_role", message: "no such role", hint: nil, retryable: false)
        case .unknownInvite: self.init(code: "unknown_invite", message: "no such invite", hint: nil, retryable: false)
        case .unknownVoiceState, .notInVoice:
            self.init(code: "unknown_voice_state", message: "in no voice channel", hint: nil, retryable: false)
        case .unknownEmoji: self.init(code: "invalid", message: "not an emoji", hint: nil, retryable: false)
        case .unknownWebhook:
            self.init(code: "unknown_webhook", message: "no such webhook", hint: nil, retryable: false)
        case .forPersons:
            self.init(code: "invalid", message: "bots have no such thing", hint: nil, retryable: false)
        case .systemMessage:
            self.init(
                code: "invalid", message: "that cannot be done to a system message", hint: nil, retryable: false)
        case .missingAccess, .missingPermissions, .notTheAuthor:
            self.init(
                code: "forbidden", message: "that user lacks the permission",
                hint: "act as another user, or change the roles",
                retryable: false
            )
        case .unknownBan: self.init(code: "unknown_ban", message: "not banned", hint: nil, retryable: false)
        case .banned:
            self.init(code: "forbidden", message: "that user is banned from the guild", hint: nil, retryable: false)
        case .nobodyBanned:
            self.init(code: "refused", message: "nobody could be banned", hint: nil, retryable: false)
        case .cannotMessageUser:
            self.init(
                code: "forbidden", message: "one of the two has blocked the other", hint: nil, retryable: false)
        case .invalidRecipient:
            self.init(
                code: "invalid", message: "nobody whom a direct message could reach", hint: nil, retryable: false)
        case .notInDirectMessages:
            self.init(code: "invalid", message: "direct messages do not have that", hint: nil, retryable: false)
        case .wrongChannelType, .nonTextChannel:
            self.init(code: "invalid", message: "the channel does not take messages", hint: nil, retryable: false)
        case .emptyMessage: self.init(code: "invalid", message: "the message is empty", hint: nil, retryable: false)
        case .invalidForm(let fields):
            let text = fields.map { $0.path.joined(separator: ".") + ": " + $0.message }.joined(separator: "; ")
            let isTaken = fields.contains { $0.code.contains("ALREADY") }
            self.init(code: isTaken ? "conflict" : "invalid", message: text, hint: nil, retryable: false)
        case .bulkDeleteCount, .bulkDeleteTooOld:
            self.init(code: "invalid", message: detail, hint: nil, retryable: false)
        case .storageFull:
            self.init(code: "refused", message: "there is no room left for files", hint: nil, retryable: false)
        case .tooMany: self.init(code: "refused", message: "a limit is reached: \(detail)", hint: nil, retryable: false)
        case .busy(let wait):
            self.init(
                code: "unavailable", message: "the node is busy", hint: "try again in \(wait) ms", retryable: true)
        case .slowMode(let wait):
            self.init(
                code: "unavailable", message: "the channel has slow mode", hint: "try again in \(wait) ms",
                retryable: true)
        case .rateLimited(let wait):
            self.init(
                code: "unavailable", message: "too many at once", hint: "try again in \(wait) ms", retryable: true)
        case .queued:
            self.init(
                code: "queued", message: "accepted and kept, but not stored yet",
                hint: "repeat with the same --nonce: no second message is made", retryable: true
            )
        case .unavailable(let wait):
            self.init(
                code: "unavailable", message: "a backend is down: \(detail)",
                hint: "try again in \(wait) ms; see: discordctl node status",
                retryable: true
            )
        case .internalFailure:
            self.init(
                code: "internal", message: "the node failed: \(detail)", hint: "see the node's log", retryable: false)
        }
    }
}
