import Chat
import Synchronization

/// Lets one change at a time through for each guild or user of this node, in the order of arrival.
///
/// A change is committed to the directory and then published under its epoch, and the bus takes epochs in rising order
/// only. Two changes of one guild that overtook each other in between would lose the first one's event. Changes through
/// other nodes are kept apart by epochs.
final class Lanes: Sendable {
    /// Changes that may wait for one guild; more are turned away.
    static let waitersMax = 1_000

    private typealias Waiter = CheckedContinuation<Bool, Never>

    /// Who waits for each key that somebody has; keys that nobody has are not there.
    private let lanes = Mutex<[UInt64: [Waiter]]>([:])

    /// Runs alone among all that share the key.
    /// - Throws: what the body throws; `.unavailable` when ``waitersMax`` wait already.
    func alone<Value: Sendable>(
        _ key: UInt64, _ body: () async throws(ServiceError) -> Value
    ) async throws(ServiceError) -> Value {
        guard await enter(key) else {
            throw ServiceError(
                .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds),
                detail: "too many changes wait"
            )
        }
        defer { leave(key) }
        return try await body()
    }

    /// False when too many wait.
    private func enter(_ key: UInt64) async -> Bool {
        await withCheckedContinuation { (waiter: Waiter) in
            let hasEntered: Bool? = lanes.withLock { lanes in
                guard let waiting = lanes[key] else {
                    lanes[key] = []
                    return true
                }
                guard waiting.count < Self.waitersMax else { return false }
                lanes[key]?.append(waiter)
                return nil
            }
            if let hasEntered { waiter.resume(returning: hasEntered) }
        }
    }

    private func leave(_ key: UInt64) {
        let next: Waiter? = lanes.withLock { lanes in
            guard let waiting = lanes[key], !waiting.isEmpty else {
                lanes[key] = nil
                return nil
            }
            return lanes[key]?.removeFirst()
        }
        next?.resume(returning: true)
    }
}
