package import Chat
package import Interface
import Metrics

/// Which limits a node keeps; actions without an entry are not limited.
package struct RateLimitTable: Hashable, Sendable {
    private var limits: [RateLimit?]

    /// No limits at all.
    package static let off = RateLimitTable()

    /// The design's, and Discord's where that is silent.
    package static let standard: RateLimitTable = {
        var table = RateLimitTable()
        table[.message] = RateLimit(5, perMilliseconds: 5_000)
        table[.reaction] = RateLimit(10, perMilliseconds: 1_000)
        table[.channelCreate] = RateLimit(10, perMilliseconds: 60_000)
        table[.dmCreate] = RateLimit(10, perMilliseconds: 60_000)
        table[.typing] = RateLimit(5, perMilliseconds: 5_000)
        table[.global] = RateLimit(50, perMilliseconds: 1_000)
        table[.route] = RateLimit(10, perMilliseconds: 1_000)
        table[.identify] = RateLimit(1_000, perMilliseconds: 86_400_000)
        table[.address] = RateLimit(50, perMilliseconds: 1_000)
        table[.file] = RateLimit(250, perMilliseconds: 1_000)
        table[.login] = RateLimit(20, perMilliseconds: 60_000)
        table[.loginAccount] = RateLimit(30, perMilliseconds: 600_000)
        table[.register] = RateLimit(10, perMilliseconds: 3_600_000)
        table[.webhook] = RateLimit(5, perMilliseconds: 2_000)
        return table
    }()

    private init() {
        limits = LimitedAction.allCases.map { _ in nil }
    }

    package subscript(_ action: LimitedAction) -> RateLimit? {
        get { limits[action.rawValue] }
        set { limits[action.rawValue] = newValue }
    }
}

/// Where the edges ask whether a user may do one more of something, after they know who it is and before anything dear.
package struct RateLimits: Sendable {
    /// A limit and how the user stands to it.
    package struct Verdict: Hashable, Sendable {
        package var limit: RateLimit
        package var standing: RateStanding
    }

    /// For answers that name a moment.
    package let time: any TimeSource
    private let table: RateLimitTable
    private let limiter: any RateLimiter
    /// By the action's number.
    private let refusals: [Counter]

    package init(_ table: RateLimitTable, limiter: any RateLimiter, time: any TimeSource) {
        self.table = table
        self.limiter = limiter
        self.time = time
        refusals = LimitedAction.allCases.map {
            Counter(label: "discord_rate_limited_total", dimensions: [("action", $0.name)])
        }
    }

    /// Counts one more, if it is allowed. `nil` for what is not limited.
    /// - Parameters:
    ///   - route: of ``LimitedAction/route``, a number that is the same on every node.
    ///   - object: of ``LimitedAction/route``, the channel or guild.
    package func take(
        _ action: LimitedAction, by user: UserID, route: UInt64 = 0, object: UInt64 = 0
    ) async -> Verdict? {
        await take(RateLimitKey(action, user, route: route, object: object))
    }

    /// Counts one more of what an address does, if it is allowed. `nil` for what is not limited.
    package func take(_ action: LimitedAction, from address: ClientAddress) async -> Verdict? {
        await take(RateLimitKey(action, subject: address.network))
    }

    /// Counts one more use of a webhook, if it is allowed. `nil` where that is not limited.
    /// - Parameter key: a number that is made of the token: who does not have it uses up nothing of the others'.
    package func takeWebhook(_ webhook: WebhookID, key: UInt64) async -> Verdict? {
        await take(RateLimitKey(.webhook, subject: webhook.rawValue, object: key))
    }

    /// How long somebody has to wait before a password is tried for an account, in milliseconds; `nil` when it may be tried now, which
    /// counts.
    ///
    /// When an account was tried too often, from wherever, each address still has one try in that time: a stranger can neither guess on
    /// nor keep its owner out.
    package func wait(toLogInAs login: String, from address: ClientAddress) async -> UInt64? {
        let account = SHA256.digest(Array(login.lowercased().utf8)).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let shared = await take(RateLimitKey(.loginAccount, subject: account)), !shared.standing.isAllowed else {
            return nil
        }
        let single = RateLimit(1, perMilliseconds: shared.limit.windowMilliseconds)
        let own = await limiter.take(
            RateLimitKey(.loginAccount, subject: account, object: address.network), within: single)
        return own.isAllowed ? nil : min(own.retryAfterMilliseconds, shared.standing.retryAfterMilliseconds)
    }

    private func take(_ key: RateLimitKey) async -> Verdict? {
        guard let limit = table[key.action] else { return nil }
        let standing = await limiter.take(key, within: limit)
        if !standing.isAllowed { refusals[key.action.rawValue].increment() }
        return Verdict(limit: limit, standing: standing)
    }

    /// How a user stands, without counting. `nil` for what is not limited.
    package func look(at action: LimitedAction, of user: UserID) async -> Verdict? {
        guard let limit = table[action] else { return nil }
        return Verdict(limit: limit, standing: await limiter.look(at: RateLimitKey(action, user), within: limit))
    }

    /// Counts one more, or refuses it.
    /// - Throws: `.rateLimited`.
    package func charge(_ action: LimitedAction, by user: UserID) async throws(ServiceError) {
        guard let verdict = await take(action, by: user), !verdict.standing.isAllowed else { return }
        throw ServiceError(
            .rateLimited(retryAfterMilliseconds: verdict.standing.retryAfterMilliseconds),
            detail: "too many of \(action.name)"
        )
    }
}
