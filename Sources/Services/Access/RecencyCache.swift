/// A map that holds at most so many entries and parts with the one that was not used for the longest time. Every call
/// takes constant time.
///
/// The entries form a ring of indices into one array, in order of use: no object per entry, nothing to count.
struct RecencyCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        /// `nil` in a free slot.
        var content: (key: Key, value: Value)?
        var older: Int
        var newer: Int
    }

    /// At least 1.
    let capacity: Int
    private var slots: [Slot] = []
    private var places: [Key: Int] = [:]
    private var free: [Int] = []
    /// The ends of the order of use; -1 when there are no entries.
    private var oldest = -1
    private var newest = -1

    init(capacity: Int) {
        self.capacity = max(1, capacity)
    }

    var count: Int { places.count }
    var isOverfull: Bool { places.count > capacity }

    /// The value, which counts as a use.
    mutating func use(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        unlink(place)
        link(place)
        return slots[place].content?.value
    }

    /// The value, without a use.
    func peek(_ key: Key) -> Value? {
        places[key].flatMap { slots[$0].content?.value }
    }

    /// Puts a value in its place, which counts as a use. May leave the cache overfull: see ``removeOldest(unless:)``.
    mutating func put(_ value: Value, for key: Key) {
        if let place = places[key] {
            slots[place].content = (key, value)
            unlink(place)
            link(place)
            return
        }
        let slot = Slot(content: (key, value), older: -1, newer: -1)
        let place: Int
        if let reused = free.popLast() {
            slots[reused] = slot
            place = reused
        } else {
            place = slots.count
            slots.append(slot)
        }
        places[key] = place
        link(place)
    }

    /// Puts a value in its place and parts with the oldest entry if there are too many now; returns that one.
    @discardableResult
    mutating func insert(_ value: Value, for key: Key) -> (key: Key, value: Value)? {
        put(value, for: key)
        return isOverfull ? removeOldest { _ in false } : nil
    }

    /// Changes a value where it lies, without a use. False when there is none.
    @discardableResult
    mutating func change(_ key: Key, _ body: (inout Value) -> Void) -> Bool {
        guard let place = places[key], var content = slots[place].content else { return false }
        slots[place].content = nil
        body(&content.value)
        slots[place].content = content
        return true
    }

    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let place = places.removeValue(forKey: key) else { return nil }
        unlink(place)
        defer {
            slots[place].content = nil
            free.append(place)
        }
        return slots[place].content?.value
    }

    /// Removes the entry that was not used for the longest time, passing over those that are pinned. `nil` when all
    /// are.
    mutating func removeOldest(unless isPinned: (Value) -> Bool) -> (key: Key, value: Value)? {
        var place = oldest
        while place >= 0, let content = slots[place].content {
            guard isPinned(content.value) else {
                remove(content.key)
                return content
            }
            place = slots[place].newer
        }
        return nil
    }

    private mutating func link(_ place: Int) {
        slots[place].older = newest
        slots[place].newer = -1
        if newest >= 0 { slots[newest].newer = place } else { oldest = place }
        newest = place
    }

    private mutating func unlink(_ place: Int) {
        let (older, newer) = (slots[place].older, slots[place].newer)
        if older >= 0 { slots[older].newer = newer } else { oldest = newer }
        if newer >= 0 { slots[newer].older = older } else { newest = older }
    }
}
