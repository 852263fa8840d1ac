import Chat

/// Which message each nonce of the last minutes stands for, as far as one owner of a partition has seen them.
///
/// Bounded in time by ``Chat/Limits/nonceWindowMilliseconds`` of log time and in count by ``countMax``; at the count
/// the oldest go, and the table says from when on it is complete, so that the store is asked for the rest.
struct NonceTable: Sendable {
    static let countMax = 50_000

    private var ids: [NonceKey: MessageID] = [:]
    /// In the order of ids. Slots before ``head`` are used up.
    private var order: [(key: NonceKey, id: MessageID)] = []
    private var head = 0
    /// Unix milliseconds from which on no nonce is missing; `nil` before the first batch.
    private var completeSince: UInt64?
    private let countMax: Int

    init(countMax: Int = NonceTable.countMax) {
        self.countMax = countMax
    }

    subscript(key: NonceKey) -> MessageID? { ids[key] }

    /// Whether a nonce that the table lacks can have no message within the window before an id of this time.
    func isComplete(at unixMilliseconds: UInt64) -> Bool {
        guard let completeSince else { return false }
        return unixMilliseconds > completeSince && unixMilliseconds - completeSince > Limits.nonceWindowMilliseconds
    }

    /// Takes in what a batch brought; `first` and `last` are the times of its first and last ids, in Unix milliseconds.
    mutating func add(_ new: [(key: NonceKey, id: MessageID)], first: UInt64, last: UInt64) {
        if completeSince == nil { completeSince = first }
        for (key, id) in new {
            ids[key] = id
            order.append((key, id))
        }
        while head < order.count {
            let oldest = order[head]
            let isExpired = oldest.id.unixMilliseconds + Limits.nonceWindowMilliseconds < last
            let isBeyondBound = ids.count > countMax
            guard isExpired || isBeyondBound else { break }
            if !isExpired { completeSince = max(completeSince ?? 0, oldest.id.unixMilliseconds) }
            // A key that came again after its window has a younger entry further on.
            if ids[oldest.key] == oldest.id { ids[oldest.key] = nil }
            head += 1
        }
        if head > 1_024, head > order.count / 2 {
            order.removeFirst(head)
            head = 0
        }
    }
}
