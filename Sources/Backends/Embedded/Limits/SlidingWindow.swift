import Interface

/// The times of what was allowed for one key: a ring, the oldest first, that grows up to the limit.
struct SlidingWindow: Sendable {
    /// Slots in a new ring; most keys never need more.
    private static let slotsAtFirst = 4

    private var slots: [UInt64] = []
    private var first = 0
    private var used = 0

    /// Slots there is memory for.
    var capacity: Int { slots.count }

    /// Asks for one more at a time that is not before the last one's.
    mutating func take(_ limit: RateLimit, now: UInt64) -> RateStanding {
        forget(limit, now)
        guard used < limit.count else { return standing(limit, now, isAllowed: false) }
        if used == slots.count { grow(limit) }
        slots[place(used)] = now
        used += 1
        return standing(limit, now, isAllowed: true)
    }

    /// How it stands, without one more.
    func look(_ limit: RateLimit, now: UInt64) -> RateStanding {
        var copy = self
        copy.forget(limit, now)
        return copy.standing(limit, now, isAllowed: copy.used < limit.count)
    }

    private func place(_ index: Int) -> Int {
        let place = first + index
        return place < slots.count ? place : place - slots.count
    }

    /// Parts with those that no window holds any more.
    private mutating func forget(_ limit: RateLimit, _ now: UInt64) {
        while used > 0, slots[first] + limit.windowMilliseconds <= now {
            first = place(1)
            used -= 1
        }
    }

    private mutating func grow(_ limit: RateLimit) {
        let size = min(max(slots.count * 2, Self.slotsAtFirst), max(limit.count, used + 1))
        var grown: [UInt64] = []
        grown.reserveCapacity(size)
        for index in 0..<used { grown.append(slots[place(index)]) }
        grown.append(contentsOf: repeatElement(0, count: size - used))
        slots = grown
        first = 0
    }

    private func standing(_ limit: RateLimit, _ now: UInt64, isAllowed: Bool) -> RateStanding {
        func wait(for index: Int) -> UInt64 { slots[place(index)] + limit.windowMilliseconds - now }
        return RateStanding(
            isAllowed: isAllowed, remaining: max(0, limit.count - used),
            retryAfterMilliseconds: used >= limit.count ? wait(for: used - limit.count) : 0,
            resetAfterMilliseconds: used > 0 ? wait(for: used - 1) : 0
        )
    }
}
