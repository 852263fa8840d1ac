import Chat
import Synchronization

/// Lets one change at a time through for each guild or user of this node, in the order of arrival.
///
/// A change is committed to the directory and then published under its epoch, and the bus takes epochs in rising order only. Two changes of one
/// guild that overtook each other in between would lose the first one's event. Changes through other nodes are kept apart by epochs.
final class Lanes: Sendable {
    /// Changes that may wait for one guild; more are turned away.
    static let waitersMax = 1_000

    private typealias Waiter = CheckedContinuation<Void, Never>

    private let lanes = Mutex<[UInt64: [Waiter]]>([:])

    /// Runs alone among all that share the key.
    /// - Throws: what the body throws; `.unavailable` when ``waitersMax`` wait already.
    func alone<Value: Sendable>(
        _ key: UInt64, _ body: () async throws(ServiceError) -> Value
    ) async throws(ServiceError) -> Value {
        guard lanes.withLock({ ($0[key]?.count ?? 0) < Self.waitersMax }) else {
            throw ServiceError(
                .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds), detail: "too many changes wait"
            )
        }
        await enter(key)
        defer { leave(key) }
        return try await body()
    }

    private func enter(_ key: UInt64) async {
        await withCheckedContinuation { (waiter: Waiter) in
            let hasEntered = lanes.withLock { lanes in
                guard lanes[key] == nil else {
                    lanes[key]?.append(waiter)
                    return false
                }
                lanes[key] = []
                return true
            }
            if hasEntered { waiter.resume() }
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
        next?.resume()
    }
}
