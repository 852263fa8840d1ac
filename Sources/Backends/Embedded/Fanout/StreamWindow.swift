import Interface

/// What is remembered of one stream. A value: no lock, no clock, no I/O.
///
/// Laws: positions rise; `base` is the position before the first event of the window; whoever stands at `base` or behind it misses nothing
/// that the window does not hold.
struct StreamWindow {
    private struct Entry {
        var event: FanoutEvent
        var publishedAt: UInt64
    }

    /// Only `entries[start...]` count: dropping from the front would move the rest each time.
    private var entries: [Entry] = []
    private var start = 0
    /// Of the events in the window.
    private(set) var bytes = 0
    /// The last position ever given; 0 before the first.
    private(set) var last: UInt64
    /// The position of the last event that was dropped; where nothing was dropped, what was last before the first.
    private var base: UInt64 = 0
    /// Whether events before `base` or before the first one can have existed that nobody remembers.
    private let isOriginKnown: Bool

    /// - Parameters:
    ///   - floor: positions that the bus gives start above it.
    ///   - isOriginKnown: false when a stream may have been forgotten before.
    init(floor: UInt64 = 0, isOriginKnown: Bool = true) {
        self.floor = floor
        self.isOriginKnown = isOriginKnown
        last = 0
    }

    private let floor: UInt64

    var count: Int { entries.count - start }

    /// When, in the caller's milliseconds, the youngest event was published; `nil` when the window is empty.
    var youngest: UInt64? { count > 0 ? entries.last?.publishedAt : nil }

    /// Adds an event and returns it; `nil` when its position is one that the stream already has or has passed.
    mutating func append(_ message: FanoutMessage, now: UInt64, limits: FanoutLimits) -> FanoutEvent? {
        let given = max(last, floor)
        let position: UInt64
        if let asked = message.position {
            guard asked > last else { return nil }
            position = asked
        } else {
            guard given < .max else { return nil }
            position = given + 1
        }
        let event = FanoutEvent(
            topic: message.topic, position: position, previous: last, epoch: message.epoch,
            acceptedAt: message.acceptedAt,
            payload: message.payload
        )
        last = position
        entries.append(Entry(event: event, publishedAt: now))
        bytes += Self.cost(of: event)
        expire(now: now, limits: limits)
        while count > limits.streamEventsMax || (bytes > limits.streamBytesMax && count > 0) { dropFirst() }
        return event
    }

    /// Drops what is too old.
    mutating func expire(now: UInt64, limits: FanoutLimits) {
        guard now > limits.ageMillisecondsMax else { return }
        let oldest = now - limits.ageMillisecondsMax
        while count > 0, entries[start].publishedAt < oldest { dropFirst() }
    }

    /// Drops every event but not the position.
    mutating func clear() {
        entries = []
        start = 0
        bytes = 0
        base = last
    }

    func window(after position: UInt64, limit: Int) -> ReplayWindow {
        // Nothing was given beyond `last`: whoever stands there saw another life of the stream.
        guard position <= last else { return ReplayWindow(events: [], isComplete: false) }
        var low = start
        var high = entries.count
        while low < high {
            let middle = low + (high - low) / 2
            if entries[middle].event.position <= position { low = middle + 1 } else { high = middle }
        }
        let events = entries[low..<min(entries.count, low + limit)].map(\.event)
        return ReplayWindow(events: events, isComplete: misses(nothingAfter: position))
    }

    /// Whether all that was ever published after a position is in the window.
    private func misses(nothingAfter position: UInt64) -> Bool {
        if base > 0 { return position >= base }
        // Nothing was dropped: the stream's first event, if there is one, is still here.
        guard count > 0 else { return position == 0 && isOriginKnown }
        return position == 0 ? isOriginKnown : position >= entries[start].event.position
    }

    private mutating func dropFirst() {
        let event = entries[start].event
        base = event.position
        bytes -= Self.cost(of: event)
        start += 1
        // Half of the array is dead: moving the rest costs one step for each that was dropped.
        if start > 16, start * 2 >= entries.count {
            entries.removeFirst(start)
            start = 0
        }
    }

    private static func cost(of event: FanoutEvent) -> Int { event.payload.count + FanoutLimits.eventOverheadBytes }
}
