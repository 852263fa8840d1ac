import Interface
import Synchronization

/// Where a node stands in one channel's stream of events: sees to it that they are taken in order, each once, and that a gap is noticed
/// (invariant I4).
///
///     flowing ──gap, or event of a newer epoch──▶ held ──all that was held has been taken──▶ flowing
struct ChannelStream {
    enum Arrival: Equatable {
        /// Deliver it now.
        case take
        /// It has been put aside; nothing is to be done.
        case held
        /// It has been put aside, and somebody has to look after the stream.
        case stopped
        /// Seen before.
        case duplicate
    }

    /// Events that may be put aside. Beyond it the newest goes, and the gap is noticed when the others have been taken.
    static let heldMax = 1_024

    /// The position of the last event taken; `nil` before the first.
    private(set) var last: UInt64?
    private(set) var isHeld = false
    /// The first event to be taken, whatever comes before it on the stream; `nil` once it was.
    private(set) var announced: UInt64?
    private var held: [FanoutEvent] = []

    /// - Parameter isHeld: true for a stream whose beginning has to be fetched first.
    init(isHeld: Bool = false) {
        self.isHeld = isHeld
        if isHeld { last = 0 }
    }

    /// A stream of which nothing is wanted before this position. Held at first.
    init(announced position: UInt64) {
        isHeld = true
        announced = position
        last = position > 0 ? position - 1 : 0
    }

    mutating func arrived(_ event: FanoutEvent) -> Arrival {
        if isHeld {
            if held.count < Self.heldMax { held.append(event) }
            return .held
        }
        if let last {
            guard event.position > last else { return .duplicate }
            guard event.previous == last || event.position == announced else {
                hold(event)
                return .stopped
            }
        }
        return .take
    }

    mutating func took(_ event: FanoutEvent) {
        last = event.position
        announced = nil
    }

    /// What lies up to a position is lost, and whoever it concerned has been told so.
    mutating func skip(to position: UInt64) {
        last = max(last ?? 0, position)
        announced = nil
    }

    /// Puts an event aside that must not be delivered yet, and all that follow.
    mutating func hold(_ event: FanoutEvent) {
        isHeld = true
        held.append(event)
    }

    /// Takes what was put aside; the stream stays held.
    mutating func takeAside() -> [FanoutEvent] {
        defer { held = [] }
        return held
    }

    /// Takes what was put aside. When there is nothing the stream flows again, and the answer is `nil`.
    mutating func release() -> [FanoutEvent]? {
        guard !held.isEmpty else {
            isHeld = false
            return nil
        }
        defer { held = [] }
        return held
    }
}

/// How many parties on each loop need something.
struct LoopCounts {
    private var counts: [UInt32] = []

    var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    mutating func add(_ loop: Int) {
        while counts.count <= loop { counts.append(0) }
        counts[loop] += 1
    }

    mutating func remove(_ loop: Int) {
        guard counts.indices.contains(loop), counts[loop] > 0 else { return }
        counts[loop] -= 1
    }

    /// The loops, as bits.
    var mask: UInt64 {
        var mask: UInt64 = 0
        for (loop, count) in counts.enumerated() where count > 0 && loop < 64 { mask |= 1 << UInt64(loop) }
        return mask
    }
}

/// Lets one party at a time work on what a number names; the others wait in line.
final class KeyedGate: Sendable {
    private let waiting = Mutex<[UInt64: [CheckedContinuation<Void, Never>]]>([:])

    func with<Result>(_ key: UInt64, _ body: () async -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            let isFree = waiting.withLock { waiting in
                guard waiting[key] != nil else {
                    waiting[key] = []
                    return true
                }
                waiting[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        let result = await body()
        let next = waiting.withLock { waiting -> CheckedContinuation<Void, Never>? in
            guard var line = waiting[key], !line.isEmpty else {
                waiting[key] = nil
                return nil
            }
            let next = line.removeFirst()
            waiting[key] = line
            return next
        }
        next?.resume()
        return result
    }
}
