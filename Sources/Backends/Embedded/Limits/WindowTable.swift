import Interface

/// The windows of all keys of one action, in two generations: those of use lately, and those before them.
///
/// Nothing is scanned: when a whole window has passed, or half of the room is used, the recent ones become the earlier ones, and what was
/// still among these is dropped. After a whole window what is dropped has run out. When there was no room it may not have (overflow policy
/// `forgetOldest`): its users begin anew, and nobody is ever refused because others are many.
struct WindowTable: Sendable {
    /// What a key costs besides its ring, in words.
    private static let wordsPerKey = 12

    private let wordsMax: Int
    private var recent: [RateLimitKey: SlidingWindow] = [:]
    private var earlier: [RateLimitKey: SlidingWindow] = [:]
    /// Words that the recent ones take.
    private var words = 0
    private var turnedAt: UInt64 = 0
    /// The longest window that was asked for.
    private var span: UInt64 = 0

    /// - Parameter wordsMax: of 8 bytes, for both generations.
    init(wordsMax: Int) {
        self.wordsMax = wordsMax
    }

    var count: Int { recent.count + earlier.count }

    /// - Returns: how it stands, and what is dropped with it, to be freed where nobody waits for it.
    mutating func take(
        _ key: RateLimitKey, _ limit: RateLimit, now: UInt64
    ) -> (standing: RateStanding, dropped: [RateLimitKey: SlidingWindow]) {
        let dropped = turnIfDue(limit, now)
        if let index = recent.index(forKey: key) {
            return (take(at: index, limit, now), dropped)
        }
        recent[key] = earlier.removeValue(forKey: key) ?? SlidingWindow()
        guard let index = recent.index(forKey: key) else { preconditionFailure("the key was just put there") }
        words += Self.wordsPerKey + recent.values[index].capacity
        return (take(at: index, limit, now), dropped)
    }

    func look(at key: RateLimitKey, _ limit: RateLimit, now: UInt64) -> RateStanding {
        (recent[key] ?? earlier[key] ?? SlidingWindow()).look(limit, now: now)
    }

    private mutating func take(
        at index: Dictionary<RateLimitKey, SlidingWindow>.Index, _ limit: RateLimit, _ now: UInt64
    ) -> RateStanding {
        let before = recent.values[index].capacity
        let standing = recent.values[index].take(limit, now: now)
        words += recent.values[index].capacity - before
        return standing
    }

    private mutating func turnIfDue(_ limit: RateLimit, _ now: UInt64) -> [RateLimitKey: SlidingWindow] {
        span = max(span, limit.windowMilliseconds)
        guard now >= turnedAt + span || words >= wordsMax / 2 else { return [:] }
        let dropped = earlier
        earlier = recent
        recent = [:]
        words = 0
        turnedAt = now
        return dropped
    }
}
