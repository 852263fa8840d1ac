import Chat
import Interface

/// How users are told of messages that they have not seen.
package struct PushSettings: Hashable, Sendable {
    /// How long is waited for a session to acknowledge a message. Clients acknowledge with their heartbeats, every 30 s.
    package var delayMilliseconds: UInt64
    /// How long a push service is tried, and keeps what it cannot deliver.
    package var lifeSeconds: UInt64
    /// Whom push services may write to: `mailto:` or `https:` (RFC 8292, 2.1).
    package var contact: String

    package init(
        delayMilliseconds: UInt64 = 35_000, lifeSeconds: UInt64 = 14_400,
        contact: String = "mailto:postmaster@localhost"
    ) {
        self.delayMilliseconds = delayMilliseconds
        self.lifeSeconds = lifeSeconds
        self.contact = contact
    }
}

/// What becomes of a notification after an attempt to deliver it.
enum PushOutcome: Hashable, Sendable {
    case delivered
    /// The subscription is over: it is forgotten.
    case gone
    /// The push service will never take this one.
    case refused
    /// It is too late to try again.
    case expired
    case again(afterMilliseconds: UInt64)

    private static let firstMilliseconds: UInt64 = 5_000
    private static let longestMilliseconds: UInt64 = 900_000

    /// - Parameters:
    ///   - answer: `nil` when there was none.
    ///   - attempt: from 1.
    ///   - left: milliseconds until it need not be delivered any more.
    init(of answer: PushAnswer?, attempt: Int, left: UInt64) {
        let wait: UInt64
        switch answer?.status {
        case .some(200..<300):
            self = .delivered
            return
        case .some(404), .some(410):
            self = .gone
            return
        case .some(429), .some(500...), nil:
            let usual = Self.firstMilliseconds << UInt64(min(max(attempt, 1) - 1, 8))
            let asked = answer?.retryAfterSeconds.map { min($0, 86_400) * 1_000 } ?? 0
            wait = max(min(usual, Self.longestMilliseconds), asked)
        // 400, 401, 403, 413 and redirects: the same request would be refused again.
        default:
            self = .refused
            return
        }
        self = wait < left ? .again(afterMilliseconds: wait) : .expired
    }

    var label: String {
        switch self {
        case .delivered: "delivered"
        case .gone: "gone"
        case .refused: "refused"
        case .expired: "expired"
        case .again: "again"
        }
    }
}

/// Whether a user has to be told.
enum PushQuiet {
    /// What is stored is on its way to sessions for so long at most.
    static let deliveryMilliseconds: UInt64 = 1_000

    /// Who is there and shows it sees messages come; who does not want to be disturbed is not.
    static func isQuiet(_ record: PresenceRecord?) -> Bool {
        record?.sessions.contains { $0.shown.status == .online || $0.shown.status == .doNotDisturb } ?? false
    }

    /// Whether a session has everything up to a message.
    static func hasSeen(messageAt time: UInt64, deliveredThrough: UInt64?) -> Bool {
        guard let deliveredThrough else { return false }
        return deliveredThrough >= time + deliveryMilliseconds
    }
}
