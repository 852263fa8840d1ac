import Interface
import Synchronization

/// Asks for the sessions to be written down before their time.
final class CaptureBell: Sendable {
    private let isRung = Atomic<Bool>(false)

    func ring() { isRung.store(true, ordering: .relaxed) }

    /// Whether it was rung since the last call.
    func answer() -> Bool { isRung.exchange(false, ordering: .relaxed) }
}

/// One capture of the node's sessions: every loop adds its part when it comes to the mail that asks for it.
package final class CaptureRound: Sendable {
    /// Whether nothing is sent to a session afterwards: each loop stops with its part.
    let isFinal: Bool
    /// Whether the records of all sessions are wanted, not only what has changed.
    let isWhole: Bool

    private struct State {
        var parts: [LoopCapture] = []
        var missing: Int
        var isAbandoned = false
        var waiting: CheckedContinuation<[LoopCapture]?, Never>?

        var isSettled: Bool { isAbandoned || missing == 0 }
        var result: [LoopCapture]? { isAbandoned ? nil : parts }
    }

    private let state: Mutex<State>

    init(loops: Int, isFinal: Bool, isWhole: Bool) {
        self.isFinal = isFinal
        self.isWhole = isWhole
        state = Mutex(State(missing: loops))
    }

    func add(_ part: LoopCapture) {
        settle { state in
            state.parts.append(part)
            state.missing -= 1
        }
    }

    /// Some part will not come, or not in time.
    func abandon() { settle { $0.isAbandoned = true } }

    /// All parts, in the order of the loops; `nil` when the round was abandoned. To be called once.
    func parts() async -> [LoopCapture]? {
        let parts = await withCheckedContinuation { continuation in
            let (isSettled, result) = state.withLock { state -> (Bool, [LoopCapture]?) in
                if !state.isSettled { state.waiting = continuation }
                return (state.isSettled, state.result)
            }
            if isSettled { continuation.resume(returning: result) }
        }
        return parts?.sorted { $0.loop < $1.loop }
    }

    private func settle(_ change: (inout State) -> Void) {
        let (waiting, result) = state.withLock {
            state -> (CheckedContinuation<[LoopCapture]?, Never>?, [LoopCapture]?) in
            change(&state)
            guard state.isSettled else { return (nil, nil) }
            defer { state.waiting = nil }
            return (state.waiting, state.result)
        }
        waiting?.resume(returning: result)
    }
}
