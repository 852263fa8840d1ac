import Chat
import Interface
import Synchronization

/// Edges that wait for the outcome of a command in the log.
///
/// At most ``countMax`` at a time; beyond it new commands are refused before they are appended (policy `backpressure`).
/// A waiter ends exactly once: with its outcome, at its deadline, or when its task is cancelled.
final class OutcomeWaiters: Sendable {
    static let countMaxDefault = 20_000
    /// The sweep rests at least this long, however close the deadlines lie; so late may a deadline be noticed.
    static let sweepMillisecondsMin: UInt64 = 50

    enum Ending: Sendable {
        case outcome(CommandOutcome.Result)
        /// The deadline passed or the task was cancelled: the command stays in the log.
        case unknown
    }

    private enum Waiter {
        /// Nobody suspends on it yet.
        case registered
        case answered(CommandOutcome.Result)
        case suspended(CheckedContinuation<Ending, Never>)
    }

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        /// Of every command whose outcome has not come, awaited or not.
        var tickets: [UInt64: AdmissionTicket] = [:]
        /// In the order of deadlines, which is the order of registration; of ids that are gone, too, for a while.
        var deadlines: [(request: UInt64, deadline: UInt64)] = []
        var head = 0
        var nextRequest: UInt64
        var isSweeping = false
    }

    private let state: Mutex<State>
    private let time: any TimeSource
    private let deadlineMilliseconds: UInt64
    private let countMax: Int

    init(time: any TimeSource, deadlineMilliseconds: UInt64, countMax: Int = OutcomeWaiters.countMaxDefault) {
        self.time = time
        self.deadlineMilliseconds = deadlineMilliseconds
        self.countMax = countMax
        // Random, so that a restarted node mistakes no answer to its predecessor for one to itself.
        state = Mutex(State(nextRequest: UInt64.random(in: 0...UInt64.max)))
    }

    /// Announces a command before it is appended, so that its outcome cannot come too early. `nil` when too many wait.
    /// - Parameter isAwaited: whether somebody will await the outcome.
    func register(_ ticket: AdmissionTicket, isAwaited: Bool = true) -> UInt64? {
        let deadline = time.monotonicMilliseconds + deadlineMilliseconds
        let (request, startsSweep) = state.withLock { state -> (UInt64?, Bool) in
            guard max(state.waiters.count, state.tickets.count) < countMax else { return (nil, false) }
            // Most of the queue has been answered: what is left is at most twice ``countMax``, so this pays for itself.
            if state.deadlines.count > 4 * countMax {
                state.deadlines = state.deadlines[state.head...].filter {
                    state.waiters[$0.request] != nil || state.tickets[$0.request] != nil
                }
                state.head = 0
            }
            let request = state.nextRequest
            state.nextRequest &+= 1
            if isAwaited { state.waiters[request] = .registered }
            state.tickets[request] = ticket
            state.deadlines.append((request, deadline))
            defer { state.isSweeping = true }
            return (request, !state.isSweeping)
        }
        if startsSweep {
            // Awaited by nobody: it ends by itself at the last deadline, and one at most runs however many wait.
            Task { await self.sweep() }
        }
        return request
    }

    /// Forgets a command that was not appended.
    func withdraw(_ request: UInt64) {
        state.withLock { state in
            state.waiters[request] = nil
            state.tickets[request] = nil
        }
    }

    /// Nobody will await this command; its outcome is heard of all the same.
    func disregard(_ request: UInt64) {
        state.withLock { _ = $0.waiters.removeValue(forKey: request) }
    }

    /// Suspends until the command's outcome is there. Each request is awaited at most once; an unknown one ends at
    /// once.
    func ending(of request: UInt64) async -> Ending {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state -> Ending? in
                    switch state.waiters[request] {
                    case .registered where !Task.isCancelled:
                        state.waiters[request] = .suspended(continuation)
                        return nil
                    case .answered(let result):
                        state.waiters[request] = nil
                        return .outcome(result)
                    case .registered:
                        state.waiters[request] = nil
                        return .unknown
                    case .suspended, nil:
                        return .unknown
                    }
                }
                if let early { continuation.resume(returning: early) }
            }
        } onCancel: {
            end(request, with: .unknown)
        }
    }

    /// Whether somebody waits for a command's outcome, or may yet.
    func isAwaited(_ request: UInt64) -> Bool { state.withLock { $0.waiters[request] != nil } }

    /// Hands an outcome to who waits for it; nobody may.
    func deliver(_ outcome: CommandOutcome) {
        let isEarly = state.withLock { state in
            guard case .registered = state.waiters[outcome.request] else { return false }
            state.waiters[outcome.request] = .answered(outcome.result)
            return true
        }
        if !isEarly { end(outcome.request, with: .outcome(outcome.result)) }
    }

    /// The ticket of a command that has come to its end; `nil` when its deadline is over.
    func takeTicket(of request: UInt64) -> AdmissionTicket? {
        state.withLock { $0.tickets.removeValue(forKey: request) }
    }

    /// Ends a suspended waiter; one that is registered or answered is left to its caller.
    private func end(_ request: UInt64, with ending: Ending) {
        let continuation = state.withLock { state -> CheckedContinuation<Ending, Never>? in
            guard case .suspended(let continuation) = state.waiters[request] else { return nil }
            state.waiters[request] = nil
            return continuation
        }
        continuation?.resume(returning: ending)
    }

    private func sweep() async {
        while let pause = expire() {
            // Cannot be cancelled: nobody holds this task.
            try? await time.sleep(milliseconds: pause)
        }
    }

    /// Ends what is due and returns the milliseconds until the next deadline; `nil`, and the sweep is over, when there
    /// is none.
    private func expire() -> UInt64? {
        let now = time.monotonicMilliseconds
        let (expired, pause) = state.withLock { state -> ([CheckedContinuation<Ending, Never>], UInt64?) in
            var expired: [CheckedContinuation<Ending, Never>] = []
            while state.head < state.deadlines.count, state.deadlines[state.head].deadline <= now {
                let request = state.deadlines[state.head].request
                state.tickets[request] = nil
                if case .suspended(let continuation) = state.waiters.removeValue(forKey: request) {
                    expired.append(continuation)
                }
                state.head += 1
            }
            if state.head > state.deadlines.count / 2 {
                state.deadlines.removeFirst(state.head)
                state.head = 0
            }
            guard state.head < state.deadlines.count else {
                state.isSweeping = false
                return (expired, nil)
            }
            return (expired, max(state.deadlines[state.head].deadline - now, Self.sweepMillisecondsMin))
        }
        for continuation in expired { continuation.resume(returning: .unknown) }
        return pause
    }
}
