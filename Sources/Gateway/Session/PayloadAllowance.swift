/// Discord's limit on what a client sends, by a window that truly slides.
///
/// Law: of the payloads that are let through each is at least a window later than the one ``SessionLimits/payloadsPerWindow`` before it,
/// however they are aligned; whoever sent fewer in the last window is let through. What is refused does not count.
///
/// A connection that sends no more than two payloads in a window costs no memory beyond the struct's own. Heartbeats are counted apart and
/// in slices: their limit is far from what a client does, so that it may hold for up to a slice more than a window.
package struct PayloadAllowance: Hashable, Sendable {
    private static let limit = SessionLimits.payloadsPerWindow

    /// When payloads were let through, in the low bits of milliseconds: a ring with the oldest at `first`. It begins in `few`, where whoever
    /// identifies and subscribes needs no more, and goes on in `times`.
    private var few = SIMD2<UInt32>()
    private var times: [UInt32] = []
    private var first: UInt8 = 0
    private var used: UInt8 = 0
    private var beats = BeatCount()

    package init() {}

    /// False when the payload is one too many.
    /// - Parameter now: milliseconds of a clock that does not go back.
    package mutating func take(isHeartbeat: Bool, now: Int64) -> Bool {
        let moment = UInt32(truncatingIfNeeded: now)
        forget(moment)
        return isHeartbeat ? beats.take(now: now) : take(moment)
    }

    private mutating func take(_ moment: UInt32) -> Bool {
        guard Int(used) < Self.limit else { return false }
        if Int(used) == slots { grow() }
        let place = place(Int(used))
        if times.isEmpty { few[place] = moment } else { times[place] = moment }
        used += 1
        return true
    }

    private var slots: Int { times.isEmpty ? few.scalarCount : times.count }

    private func place(_ index: Int) -> Int {
        let place = Int(first) + index
        return place < slots ? place : place - slots
    }

    private func time(at index: Int) -> UInt32 {
        times.isEmpty ? few[place(index)] : times[place(index)]
    }

    /// Parts with what no window holds any more. Somebody who is not heard for a minute is closed: no time here is ever so old that its low
    /// bits could be mistaken.
    private mutating func forget(_ moment: UInt32) {
        while used > 0, Int64(moment &- time(at: 0)) >= SessionLimits.payloadWindowMilliseconds {
            first = UInt8(place(1))
            used -= 1
        }
        if used == 0 {
            times = []
            first = 0
        }
    }

    private mutating func grow() {
        let size = min(slots * 2, Self.limit)
        var grown: [UInt32] = []
        grown.reserveCapacity(size)
        for index in 0..<Int(used) { grown.append(time(at: index)) }
        grown.append(contentsOf: repeatElement(0, count: size - Int(used)))
        times = grown
        first = 0
    }
}

/// How many heartbeats came in the slice of now and in those that make a window before it: a byte each, the newest lowest.
private struct BeatCount: Hashable, Sendable {
    private static let slices = 6
    private static let kept: UInt64 = (1 << (8 * UInt64(slices + 1))) - 1

    private var counts: UInt64 = 0
    private var newest: Int64 = 0

    mutating func take(now: Int64) -> Bool {
        let slice = now / (SessionLimits.payloadWindowMilliseconds / Int64(Self.slices))
        if slice > newest {
            let passed = slice - newest
            counts = passed > Self.slices ? 0 : counts << UInt64(8 * passed) & Self.kept
            newest = slice
        }
        let total = (0...UInt64(Self.slices)).reduce(0) { $0 + Int(counts >> (8 * $1) & 0xFF) }
        guard total < SessionLimits.payloadsPerWindow else { return false }
        counts += 1
        return true
    }
}
