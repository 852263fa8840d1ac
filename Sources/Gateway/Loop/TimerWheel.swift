internal import Glibc

/// One deadline for each of a fixed number of slots, in a hashed wheel: setting, moving and cancelling are O(1) and
/// allocate nothing; an entry further away than one revolution is looked at once per revolution.
///
///     heads[b] ⇄ entry ⇄ entry        b = due mod bucketCount, in ticks of 32 ms
///     heads[bucketCount] ⇄ …          what `advance` found due and `popExpired` has not yet handed out
///
/// Laws: a slot is in at most one list; no deadline is reported before its time; every one is reported by the first
/// `advance` at or after its tick. Links are stored so that zeroed memory means "in no list": memory for slots never
/// used is never touched.
package struct TimerWheel: ~Copyable {
    private struct Entry {
        /// 0: end of list. Otherwise slot + 1.
        var next: Int32
        /// 0: in no list. Positive: slot + 1 of the one before. Negative: head of bucket −(value + 1).
        var previous: Int32
        /// Absolute tick.
        var due: Int64
    }

    /// How late a deadline may be reported, at most.
    package static let tickMilliseconds: Int64 = 32
    /// Memory of one slot.
    static var entryBytes: Int { MemoryLayout<Entry>.stride }
    private static let bucketCount = 2048
    private static let wordCount = bucketCount / 64

    private let capacity: Int
    private let entries: UnsafeMutablePointer<Entry>
    private let heads: UnsafeMutablePointer<Int32>
    /// A bit for each bucket that is not empty.
    private let occupied: UnsafeMutablePointer<UInt64>
    /// Every tick up to this one has been looked at.
    private var current: Int64

    /// Allocates for slots 0..<capacity; `now` in milliseconds.
    package init(capacity: Int, now: Int64) {
        self.capacity = capacity
        entries = TimerWheel.zeroed(capacity, of: Entry.self)
        heads = TimerWheel.zeroed(TimerWheel.bucketCount + 1, of: Int32.self)
        occupied = TimerWheel.zeroed(TimerWheel.wordCount, of: UInt64.self)
        current = now / TimerWheel.tickMilliseconds
    }

    deinit {
        free(entries)
        free(heads)
        free(occupied)
    }

    private static func zeroed<T>(_ count: Int, of type: T.Type) -> UnsafeMutablePointer<T> {
        guard let memory = calloc(count, MemoryLayout<T>.stride) else { fatalError("out of memory: timer wheel") }
        return memory.bindMemory(to: type, capacity: count)
    }

    /// Replaces the slot's deadline; `deadline` in milliseconds, one in the past is due at the next `advance`.
    package mutating func set(_ slot: Int, deadline: Int64) {
        precondition(slot >= 0 && slot < capacity)
        cancel(slot)
        let tick = (deadline + TimerWheel.tickMilliseconds - 1) / TimerWheel.tickMilliseconds
        let due = max(tick, current + 1)
        entries[slot].due = due
        link(slot, bucket: Int(due & Int64(TimerWheel.bucketCount - 1)))
    }

    /// Forgets the slot's deadline, if it has one.
    package mutating func cancel(_ slot: Int) {
        precondition(slot >= 0 && slot < capacity)
        let entry = entries[slot]
        guard entry.previous != 0 else { return }
        if entry.next != 0 { entries[Int(entry.next) - 1].previous = entry.previous }
        if entry.previous > 0 {
            entries[Int(entry.previous) - 1].next = entry.next
        } else {
            let bucket = Int(-entry.previous) - 1
            heads[bucket] = entry.next
            if entry.next == 0 && bucket < TimerWheel.bucketCount {
                occupied[bucket >> 6] &= ~(1 << UInt64(bucket & 63))
            }
        }
        entries[slot].previous = 0
        entries[slot].next = 0
    }

    /// Whether the slot has a deadline that has not been handed out.
    package func isSet(_ slot: Int) -> Bool { entries[slot].previous != 0 }

    /// Gathers what is due at `now` for `popExpired`.
    package mutating func advance(to now: Int64) {
        let target = now / TimerWheel.tickMilliseconds
        guard target > current else { return }
        // After a jump of a whole revolution each bucket still needs one look only.
        let steps = min(target - current, Int64(TimerWheel.bucketCount))
        for tick in (target - steps + 1)...target {
            let bucket = Int(tick & Int64(TimerWheel.bucketCount - 1))
            var link = heads[bucket]
            while link != 0 {
                let slot = Int(link) - 1
                link = entries[slot].next
                if entries[slot].due <= target {
                    cancel(slot)
                    self.link(slot, bucket: TimerWheel.bucketCount)
                }
            }
        }
        current = target
    }

    /// Takes one slot that is due, in no particular order. Slots may be set and cancelled between two calls.
    package mutating func popExpired() -> Int? {
        let link = heads[TimerWheel.bucketCount]
        guard link != 0 else { return nil }
        cancel(Int(link) - 1)
        return Int(link) - 1
    }

    /// A time at or before the earliest deadline, as near to it as can be told without looking at the entries: at most
    /// one revolution away. Nil when nothing is set.
    package func nextWake() -> Int64? {
        if heads[TimerWheel.bucketCount] != 0 { return current * TimerWheel.tickMilliseconds }
        let start = Int((current + 1) & Int64(TimerWheel.bucketCount - 1))
        for step in 0...TimerWheel.wordCount {
            let index = (start >> 6 + step) & (TimerWheel.wordCount - 1)
            var word = occupied[index]
            // The first word is looked at twice: for the buckets from `start` on, and at the end for those before it.
            if step == 0 { word &= ~0 << UInt64(start & 63) }
            if word == 0 { continue }
            let bucket = index << 6 + word.trailingZeroBitCount
            let distance = (bucket - start) & (TimerWheel.bucketCount - 1)
            return (current + 1 + Int64(distance)) * TimerWheel.tickMilliseconds
        }
        return nil
    }

    private mutating func link(_ slot: Int, bucket: Int) {
        let first = heads[bucket]
        entries[slot].next = first
        entries[slot].previous = -Int32(bucket) - 1
        if first != 0 { entries[Int(first) - 1].previous = Int32(slot) + 1 }
        heads[bucket] = Int32(slot) + 1
        if bucket < TimerWheel.bucketCount { occupied[bucket >> 6] |= 1 << UInt64(bucket & 63) }
    }
}
