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
        guard let limit = table[action] else { return nil }
        let standing = await limiter.take(RateLimitKey(action, user, route: route, object: object), within: limit)
        if !standing.isAllowed { refusals[action.rawValue].increment() }
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
