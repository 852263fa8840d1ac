/// Checks that all subscribers of a room get the same messages in the same order, each once.
///
/// Who receives the n-th message of a room first defines what the n-th message is; for all others it must be the same.
package struct OrderBook: Sendable {
    package enum Verdict: Hashable, Sendable {
        /// The first subscriber to get this message.
        case first
        case inOrder
        /// It came before.
        case duplicate
        /// Messages before this one did not come.
        case gap(UInt32)
        case disorder
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

    /// - Parameter position: how many messages of the room the subscriber has had; moved on.
    package mutating func arrived(_ sequence: UInt32, room: Int, position: inout UInt32) -> Verdict {
        let base = room * Self.window
        let head = heads[room]
        if position == head {
            if isKnown(sequence, base: base, before: position) { return .duplicate }
            sequences[base + slot(position)] = sequence
            heads[room] = head &+ 1
            position &+= 1
            return .first
        }
        guard head &- position <= UInt32(Self.window) else {
            position &+= 1
            return .inOrder
        }
        if sequences[base + slot(position)] == sequence {
            position &+= 1
            return .inOrder
        }
        if isKnown(sequence, base: base, before: position) { return .duplicate }
        var later = position &+ 1
        while later != head {
            if sequences[base + slot(later)] == sequence {
                defer { position = later &+ 1 }
                return .gap(later &- position)
            }
            later &+= 1
        }
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
