import Interface
import Synchronization

/// A clock that a test holds in its hands: it stands still until it is moved.
package final class ManualTime: TimeSource {
    private struct Sleeper: Sendable {
        var deadline: UInt64
        var number: UInt64
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher: Sendable {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State: Sendable {
        var unix: UInt64
        var monotonic: UInt64
        var sleepers: [Sleeper] = []
        var cancelled: Set<UInt64> = []
        var watchers: [Watcher] = []
        var numbers: UInt64 = 0
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - unixMilliseconds: the wall clock's first reading; by default in November 2023.
    ///   - monotonicMilliseconds: the other clock's.
    package init(unixMilliseconds: UInt64 = 1_700_000_000_000, monotonicMilliseconds: UInt64 = 1_000_000) {
        state = Mutex(State(unix: unixMilliseconds, monotonic: monotonicMilliseconds))
    }

    package var unixMilliseconds: UInt64 { state.withLock { $0.unix } }

    package var monotonicMilliseconds: UInt64 { state.withLock { $0.monotonic } }

    /// How many tasks sleep now.
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Moves both clocks on and wakes whose time has come, in the order of their deadlines, then of their falling asleep.
    package func advance(by milliseconds: UInt64) {
        let woken = state.withLock { state in
            state.unix += milliseconds
            state.monotonic += milliseconds
            let now = state.monotonic
            let woken = state.sleepers.filter { $0.deadline <= now }
            state.sleepers.removeAll { $0.deadline <= now }
            return woken.sorted { ($0.deadline, $0.number) < ($1.deadline, $1.number) }
        }
        for sleeper in woken { sleeper.continuation.resume() }
    }

    /// Lets the wall clock jump, as an operator or a time daemon may; the monotonic clock stays.
    package func jump(toUnixMilliseconds unix: UInt64) {
        state.withLock { $0.unix = unix }
    }

    /// Returns once at least `count` tasks sleep: then the clock can be moved without racing them.
    package func whenSleeping(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isSo = state.withLock { state in
                guard state.sleepers.count < count else { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isSo { continuation.resume() }
        }
    }

    package func sleep(milliseconds: UInt64) async throws {
        guard milliseconds > 0 else { return try Task.checkCancellation() }
        let number = state.withLock { state in
            state.numbers += 1
            return state.numbers
        }
        defer { state.withLock { _ = $0.cancelled.remove(number) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let watchers: [Watcher]? = state.withLock { state in
                    guard state.cancelled.remove(number) == nil else { return nil }
                    let deadline = state.monotonic + milliseconds
                    state.sleepers.append(Sleeper(deadline: deadline, number: number, continuation: continuation))
                    let count = state.sleepers.count
                    let satisfied = state.watchers.filter { $0.count <= count }
                    state.watchers.removeAll { $0.count <= count }
                    return satisfied
                }
                guard let watchers else { return continuation.resume(throwing: CancellationError()) }
                for watcher in watchers { watcher.continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
