import NIOCore
import Synchronization

/// Which of a node's listeners are up: it has started when all are.
final class Listeners: Sendable {
    private struct State {
        var awaited: Set<String>
        var restAddress: SocketAddress?
        var waiter: CheckedContinuation<Bool, Never>?
        /// Those who wait for the REST edge's address.
        var addressWaiters: [CheckedContinuation<Void, Never>] = []
        var isCancelled = false
    }

    private let state: Mutex<State>

    init(_ names: Set<String>) {
        state = Mutex(State(awaited: names))
    }

    var restAddress: SocketAddress? { state.withLock { $0.restAddress } }

    func isUp(_ name: String, _ address: SocketAddress?) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            state.awaited.remove(name)
            if name == "rest" { state.restAddress = address }
            guard state.awaited.isEmpty else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: true)
        if name == "rest" { releaseAddressWaiters() }
    }

    /// Returns when the REST edge has its address; at once on a node without one, and when the task is cancelled.
    func whenRESTIsUp() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    let isOver = !state.awaited.contains("rest") || Task.isCancelled
                    if !isOver { state.addressWaiters.append(continuation) }
                    return isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            releaseAddressWaiters()
        }
    }

    private func releaseAddressWaiters() {
        let waiters = state.withLock { state in
            defer { state.addressWaiters = [] }
            return state.addressWaiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// True once all are up; false when the task is cancelled before.
    func wait() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.awaited.isEmpty { return true }
                    if state.isCancelled { return false }
                    state.waiter = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.isCancelled = true
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: false)
        }
    }
}
