import HTTPTypes
import Interface
import Services

extension HTTPField.Name {
    static let rateLimit = known("X-RateLimit-Limit")
    static let rateLimitRemaining = known("X-RateLimit-Remaining")
    static let rateLimitReset = known("X-RateLimit-Reset")
    static let rateLimitResetAfter = known("X-RateLimit-Reset-After")
    static let rateLimitBucket = known("X-RateLimit-Bucket")
    static let rateLimitScope = known("X-RateLimit-Scope")
    static let rateLimitGlobal = known("X-RateLimit-Global")

    private static func known(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
        return name
    }
}

extension HTTPFields {
    /// What a client has to know of its bucket.
    ///
    /// Clients take it at `Reset` that all of the limit is free again, so that is what is named: not when the next request may come, which
    /// only a refusal's `retry_after` tells. Whoever obeys the headers is never refused.
    mutating func describe(_ verdict: RateLimits.Verdict, of bucket: RouteBucket, now unixMilliseconds: UInt64) {
        let standing = verdict.standing
        describe(
            verdict.limit, remaining: standing.remaining, resetAfter: standing.resetAfterMilliseconds, of: bucket,
            now: unixMilliseconds)
    }

    /// What a client has to know of a bucket when it may not ask for anything: that there is nothing left until then. Without it hikari asks
    /// again at once, and goes on so, where it has not heard of the route's bucket before.
    mutating func describe(
        _ limit: RateLimit, closedFor milliseconds: UInt64, of bucket: RouteBucket, now unixMilliseconds: UInt64
    ) {
        describe(limit, remaining: 0, resetAfter: milliseconds, of: bucket, now: unixMilliseconds)
    }

    private mutating func describe(
        _ limit: RateLimit, remaining: Int, resetAfter after: UInt64, of bucket: RouteBucket,
        now unixMilliseconds: UInt64
    ) {
        self[.rateLimit] = String(limit.count)
        self[.rateLimitRemaining] = String(remaining)
        self[.rateLimitReset] = Self.seconds(unixMilliseconds + after)
        self[.rateLimitResetAfter] = Self.seconds(after)
        self[.rateLimitBucket] = bucket.name
    }

    /// Milliseconds as seconds with three digits behind the point.
    static func seconds(_ milliseconds: UInt64) -> String {
        let rest = String(milliseconds % 1_000)
        return "\(milliseconds / 1_000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
    }
}
