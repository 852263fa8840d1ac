import Interface

/// The streams of one shard of the bus, least recently published first. A value: no lock, no clock, no I/O.
///
/// The order is two lists through the slots of an array, so that touching, adding and forgetting a stream take the same small time.
struct StreamTable {
    private struct Slot {
        var topic: FanoutTopic
        var window: StreamWindow
        /// Whether only the position is left; such streams stand in a list of their own, in which nobody looks for events to drop.
        var isBare = false
        var older = StreamTable.none
        var newer = StreamTable.none
    }

    private struct Ends {
        var oldest = StreamTable.none
        var newest = StreamTable.none
    }

    private static let none = -1

    private let limits: FanoutLimits
    private var slots: [Slot] = []
    private var free: [Int] = []
    private var index: [FanoutTopic: Int] = [:]
    private var full = Ends()
    private var bare = Ends()
    private(set) var bytes = 0
    /// No stream that was forgotten had a higher position.
    private var floor: UInt64 = 0
    private var hasForgotten = false

    init(limits: FanoutLimits) {
        self.limits = limits
    }

    var count: Int { index.count }

    /// Appends to a stream, which is made if needed; `nil` when the stream already has the position.
    mutating func append(_ message: FanoutMessage, now: UInt64) -> FanoutEvent? {
        let slot = slot(for: message.topic)
        touch(slot)
        let before = slots[slot].window.bytes
        let event = slots[slot].window.append(message, now: now, limits: limits)
        // What passes is not replayed: of such a stream only the position is kept.
        if case .presence = message.topic { slots[slot].window.clear() }
        bytes += slots[slot].window.bytes - before
        shrink(now: now, keeping: slot)
        return event
    }

    mutating func window(of topic: FanoutTopic, after position: UInt64, limit: Int, now: UInt64) -> ReplayWindow {
        guard let slot = index[topic] else {
            // Never published here, or forgotten since; only a stream that never was has nothing to miss.
            return ReplayWindow(events: [], isComplete: position == 0 && !hasForgotten)
        }
        let before = slots[slot].window.bytes
        slots[slot].window.expire(now: now, limits: limits)
        bytes += slots[slot].window.bytes - before
        return slots[slot].window.window(after: position, limit: limit)
    }

    /// The newest position of a stream; `nil` for one that is not known.
    func head(of topic: FanoutTopic) -> UInt64? { index[topic].map { slots[$0].window.last } }

    private mutating func slot(for topic: FanoutTopic) -> Int {
        if let slot = index[topic] { return slot }
        if count >= limits.streamsMax { forgetOldest() }
        let window = StreamWindow(floor: floor, isOriginKnown: !hasForgotten)
        let new = Slot(topic: topic, window: window)
        let slot: Int
        if let reused = free.popLast() {
            slots[reused] = new
            slot = reused
        } else {
            slots.append(new)
            slot = slots.count - 1
        }
        index[topic] = slot
        link(slot)
        return slot
    }

    /// Holds the bound on all bytes, and clears up to two outdated windows for each event, so that idle streams do not keep theirs.
    private mutating func shrink(now: UInt64, keeping current: Int) {
        var outdated = 2
        while full.oldest != Self.none, full.oldest != current {
            let slot = full.oldest
            if bytes <= limits.bytesMax {
                guard outdated > 0, isOutdated(slots[slot].window, now: now) else { return }
                outdated -= 1
            }
            bytes -= slots[slot].window.bytes
            slots[slot].window.clear()
            unlink(slot)
            slots[slot].isBare = true
            link(slot)
        }
    }

    private func isOutdated(_ window: StreamWindow, now: UInt64) -> Bool {
        guard let youngest = window.youngest else { return false }
        return now > limits.ageMillisecondsMax && youngest < now - limits.ageMillisecondsMax
    }

    private mutating func forgetOldest() {
        let slot = bare.oldest != Self.none ? bare.oldest : full.oldest
        guard slot != Self.none else { return }
        unlink(slot)
        bytes -= slots[slot].window.bytes
        floor = max(floor, slots[slot].window.last)
        hasForgotten = true
        index[slots[slot].topic] = nil
        slots[slot].window = StreamWindow()
        free.append(slot)
    }

    private mutating func touch(_ slot: Int) {
        guard slot != full.newest else { return }
        unlink(slot)
        slots[slot].isBare = false
        link(slot)
    }

    private mutating func link(_ slot: Int) {
        var ends = slots[slot].isBare ? bare : full
        slots[slot].older = ends.newest
        slots[slot].newer = Self.none
        if ends.newest != Self.none { slots[ends.newest].newer = slot } else { ends.oldest = slot }
        ends.newest = slot
        if slots[slot].isBare { bare = ends } else { full = ends }
    }

    private mutating func unlink(_ slot: Int) {
        var ends = slots[slot].isBare ? bare : full
        let (older, newer) = (slots[slot].older, slots[slot].newer)
        if older != Self.none { slots[older].newer = newer } else { ends.oldest = newer }
        if newer != Self.none { slots[newer].older = older } else { ends.newest = older }
        if slots[slot].isBare { bare = ends } else { full = ends }
    }
}
