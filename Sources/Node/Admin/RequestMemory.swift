import Synchronization

/// Remembers what was answered to mutating requests by their ids, so that a repeated one is answered again and not carried out again.
///
/// Bounded to ``requestsMax`` answers and ``lifeMilliseconds``; what was forgotten would be carried out again, as a new request.
final class RequestMemory: Sendable {
    static let requestsMax = 1_000
    static let lifeMilliseconds: UInt64 = 600_000

    enum Claim {
        /// Nobody asked this before: carry it out and call ``finish(_:_:)``.
        case new
        case answered(AdminAnswer)
        /// The same request is being carried out right now.
        case underWay
    }

    private struct Entry {
        var at: UInt64
        var answer: AdminAnswer?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func claim(_ id: String, now: UInt64) -> Claim {
        entries.withLock { entries in
            entries = entries.filter { now < $0.value.at + Self.lifeMilliseconds }
            if let known = entries[id] { return known.answer.map(Claim.answered) ?? .underWay }
            if entries.count >= Self.requestsMax, let oldest = entries.min(by: { $0.value.at < $1.value.at })?.key {
                entries[oldest] = nil
            }
            entries[id] = Entry(at: now, answer: nil)
            return .new
        }
    }

    /// `nil` forgets the request, which failed before it did anything.
    func finish(_ id: String, _ answer: AdminAnswer?) {
        entries.withLock { entries in
            if let answer { entries[id]?.answer = answer } else { entries[id] = nil }
        }
    }
}
