package import Chat

/// What a user, or somebody of whom only the address is known, may do only so often.
package enum LimitedAction: Int, Hashable, Sendable, CaseIterable {
    case message, reaction, channelCreate, dmCreate, typing
    /// Any request over REST.
    case global
    /// Requests over one route of REST, for one object.
    case route
    /// Logins at the gateway.
    case identify
    /// Requests over REST without a token, of one address.
    case address
    /// Files that one address fetches.
    case file
    /// Passwords that one address tries.
    case login
    /// Passwords that are tried for one account, from everywhere.
    case loginAccount
    /// Accounts that one address registers.
    case register
    /// Requests with a webhook's token.
    case webhook

    /// Its name in keys, metrics and settings.
    package var name: String {
        switch self {
        case .message: "message"
        case .reaction: "reaction"
        case .channelCreate: "channel_create"
        case .dmCreate: "dm_create"
        case .typing: "typing"
        case .global: "global"
        case .route: "route"
        case .identify: "identify"
        case .address: "address"
        case .file: "file"
        case .login: "login"
        case .loginAccount: "login_account"
        case .register: "register"
        case .webhook: "webhook"
        }
    }
}

/// So many in any window of so much time.
package struct RateLimit: Hashable, Sendable {
    /// What an implementation has to keep for one key.
    package static let counts = 1...10_000
    package static let windowsMilliseconds: ClosedRange<UInt64> = 1...86_400_000

    /// Within ``counts``.
    package let count: Int
    /// Within ``windowsMilliseconds``.
    package let windowMilliseconds: UInt64

    /// What lies outside of the bounds is brought within.
    package init(_ count: Int, perMilliseconds window: UInt64) {
        self.count = min(max(count, Self.counts.lowerBound), Self.counts.upperBound)
        windowMilliseconds = min(
            max(window, Self.windowsMilliseconds.lowerBound), Self.windowsMilliseconds.upperBound)
    }
}

/// What is counted together. Made of an action and of numbers only, never of what a client wrote.
package struct RateLimitKey: Hashable, Sendable {
    package var action: LimitedAction
    /// Who does it, or with what: a user, an address, an account that somebody wants to be, a webhook.
    package var subject: UInt64
    /// Of ``LimitedAction/route``: which one.
    package var route: UInt64
    /// What it is done to or from, 0 for whatever it is: of ``LimitedAction/route`` the channel or guild in its path.
    package var object: UInt64

    package init(_ action: LimitedAction, _ user: UserID, route: UInt64 = 0, object: UInt64 = 0) {
        self.init(action, subject: user.rawValue, route: route, object: object)
    }

    package init(_ action: LimitedAction, subject: UInt64, route: UInt64 = 0, object: UInt64 = 0) {
        self.action = action
        self.subject = subject
        self.route = route
        self.object = object
    }

    /// The key in a store that has names: `ratelimit:{action}:{user}`, and behind it what else there is.
    package var text: String {
        let base = "ratelimit:\(action.name):\(subject)"
        return route == 0 && object == 0 ? base : "\(base):\(String(route, radix: 16)):\(object)"
    }
}

/// How a key stands.
package struct RateStanding: Hashable, Sendable {
    /// Whether this one may be done. Of a look: whether one more could.
    package var isAllowed: Bool
    /// How many more may be done at once.
    package var remaining: Int
    /// Milliseconds until one more may be done; 0 while some remain.
    package var retryAfterMilliseconds: UInt64
    /// Milliseconds until the whole limit is free again, if nothing is done meanwhile; 0 when it is.
    package var resetAfterMilliseconds: UInt64

    package init(isAllowed: Bool, remaining: Int, retryAfterMilliseconds: UInt64, resetAfterMilliseconds: UInt64) {
        self.isAllowed = isAllowed
        self.remaining = remaining
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.resetAfterMilliseconds = resetAfterMilliseconds
    }
}

/// Counts what users do, over all nodes together, by a window that truly slides.
///
/// Law: of those that were allowed for a key, each is at least `limit.windowMilliseconds` later than the one `limit.count` before it, however
/// the calls were aligned and however many came at once: looking and counting are one step. What is refused does not count. Whoever waits for
/// `retryAfterMilliseconds` is allowed, if nobody else takes the place.
///
/// The clock is the implementation's own, one for all callers. It never fails: an implementation whose store is away decides by what it has
/// itself, so that there is neither no limit nor no way through. Nothing here is durable; losing it costs at most one window.
package protocol RateLimiter: Sendable {
    /// Asks for one more, and counts it when it is allowed. A limit that was changed holds from the next call on.
    func take(_ key: RateLimitKey, within limit: RateLimit) async -> RateStanding
    /// The same without counting.
    func look(at key: RateLimitKey, within limit: RateLimit) async -> RateStanding
}
