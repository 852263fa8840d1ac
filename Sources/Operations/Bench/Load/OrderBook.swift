/// Checks that all subscribers of a room get the same messages in the same order, each once.
///
/// Who receives the n-th message of a room first defines what the n-th message is; for all others it must be the same.
package struct OrderBook: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// The first subscriber to get this message.
        case first
        case inOrder
        /// The subscriber has had it.
        case duplicate
        /// Messages before this one did not come.
        case gap(UInt32)
        /// It came after messages that follow it, or is none that anybody had.
        case disorder
    }

    /// How far a subscriber is.
    package struct Place: Hashable, Sendable {
        /// Messages of the room that it has had or missed.
        package var position: UInt32 = 0
        /// Messages that it missed so far.
        package var missed: UInt32 = 0

        package init() {}
    }

    /// Messages that the fastest subscriber may be ahead of the slowest. Beyond that nothing is checked.
    package static let window = 1_024
    /// How far back an earlier occurrence is looked for.
    private static let lookBack: UInt32 = 16

    private var sequences: [UInt32]
    private var heads: [UInt32]

    package init(rooms: Int) {
        sequences = [UInt32](repeating: 0, count: rooms * Self.window)
        heads = [UInt32](repeating: 0, count: rooms)
    }

    /// - Parameter place: how far the subscriber is; moved on.
    package mutating func arrived(_ sequence: UInt32, room: Int, place: inout Place) -> Verdict {
        let base = room * Self.window
        let head = heads[room]
        let position = place.position
        if position == head {
            if isKnown(sequence, base: base, before: position) { return seenBefore(&place) }
            sequences[base + slot(position)] = sequence
            heads[room] = head &+ 1
            place.position &+= 1
            return .first
        }
        guard head &- position <= UInt32(Self.window) else {
            place.position &+= 1
            return .inOrder
        }
        if sequences[base + slot(position)] == sequence {
            place.position &+= 1
            return .inOrder
        }
        if isKnown(sequence, base: base, before: position) { return seenBefore(&place) }
        var later = position &+ 1
        while later != head {
            if sequences[base + slot(later)] == sequence {
                place.position = later &+ 1
                place.missed &+= later &- position
                return .gap(later &- position)
            }
            later &+= 1
        }
        return .disorder
    }

    /// What somebody had earlier is late for a subscriber that missed something, and a duplicate for others.
    private func seenBefore(_ place: inout Place) -> Verdict {
        guard place.missed > 0 else { return .duplicate }
        place.missed &-= 1
        return .disorder
    }

    private func isKnown(_ sequence: UInt32, base: Int, before position: UInt32) -> Bool {
        for back in 1...Self.lookBack where back <= position {
            if sequences[base + slot(position &- back)] == sequence { return true }
        }
        return false
    }

    private func slot(_ position: UInt32) -> Int { Int(position % UInt32(Self.window)) }
}
