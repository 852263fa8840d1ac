import Synchronization

/// Makes one read of equal reads that are wanted at the same time.
///
/// Law: a caller gets what a read returned that *started* after the call, so that everybody sees what was written
/// before they asked. Whoever comes while a read is under way shares the next one with all others who came meanwhile:
/// at most two reads a key are ever wanted.
final class Coalescer<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private typealias Result = Swift.Result<Value, ServiceError>

    private enum Turn: Sendable {
        /// Read for those who came in the same time, oneself among them.
        case lead
        case share(Result)
    }

    private typealias Waiter = CheckedContinuation<Turn, Never>

    /// By key: a read is under way, and these wait for the next. Their number is bounded by the callers' own bound on
    /// requests.
    private let flights = Mutex<[Key: [Waiter]]>([:])

    /// Callers that wait for a read which has not started.
    var waitingCount: Int { flights.withLock { $0.values.reduce(0) { $0 + $1.count } } }

    func value(
        for key: Key, _ read: () async throws(ServiceError) -> Value
    ) async throws(ServiceError) -> Value {
        let turn: Turn = await withCheckedContinuation { continuation in
            let isFirst = flights.withLock { flights in
                guard flights[key] != nil else {
                    flights[key] = []
                    return true
                }
                flights[key, default: []].append(continuation)
                return false
            }
            if isFirst { continuation.resume(returning: .lead) }
        }
        switch turn {
        case .share(let result): return try result.get()
        case .lead: return try await lead(key, read)
        }
    }

    private func lead(_ key: Key, _ read: () async throws(ServiceError) -> Value) async throws(ServiceError) -> Value {
        // Those who share this read: all who waited when it started.
        let sharers = flights.withLock { flights in
            defer { flights[key] = [] }
            return flights[key] ?? []
        }
        let result: Result
        do throws(ServiceError) {
            result = .success(try await read())
        } catch {
            result = .failure(error)
        }
        // A cancelled leader's failure says nothing to the others: they read again.
        let isOwnFault = Task.isCancelled && !result.isSuccess
        let next = flights.withLock { flights -> Waiter? in
            var waiting = flights[key] ?? []
            if isOwnFault { waiting.insert(contentsOf: sharers, at: 0) }
            guard !waiting.isEmpty else {
                flights[key] = nil
                return nil
            }
            let next = waiting.removeFirst()
            flights[key] = waiting
            return next
        }
        if !isOwnFault {
            for sharer in sharers { sharer.resume(returning: .share(result)) }
        }
        next?.resume(returning: .lead)
        return try result.get()
    }
}

extension Result {
    fileprivate var isSuccess: Bool {
        guard case .success = self else { return false }
        return true
    }
}
