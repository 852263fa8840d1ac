import Chat
import Interface
import Synchronization

/// SplitMix64: the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = FixedHash.mix(seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return FixedHash.mix(state)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Decides, from one seed, which backend calls fail and how.
///
/// A crash of the process is played by `.fenced`: the chat service stops at once and does nothing more, and whatever
/// the call had done stays done.
final class Faults: Sendable {
    enum Fault: CaseIterable, Sendable {
        case crashBefore, crashAfter, unavailable, timedOutAfter
    }

    private struct State {
        var generator: SeededGenerator
        var percent: Int
        var left: Int
        var crashes = 0
        var outages = 0
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - percent: how many calls in a hundred fail.
    ///   - budget: after so many faults everything works.
    init(seed: UInt64 = 0, percent: Int = 0, budget: Int = 0) {
        state = Mutex(State(generator: SeededGenerator(seed: seed), percent: percent, left: budget))
    }

    var crashes: Int { state.withLock(\.crashes) }
    var outages: Int { state.withLock(\.outages) }

    func set(percent: Int, budget: Int) {
        state.withLock {
            $0.percent = percent
            $0.left = budget
        }
    }

    /// A number below `bound`, from the same seed.
    func random(below bound: Int) -> Int {
        state.withLock { Int.random(in: 0..<bound, using: &$0.generator) }
    }

    /// Runs a call that may fail before or after its effect.
    func perform<Value>(_ operation: String, _ effect: () throws(BackendError) -> Value) throws(BackendError) -> Value {
        let fault = state.withLock { state -> Fault? in
            guard state.left > 0, state.generator.chance(state.percent) else { return nil }
            state.left -= 1
            let fault = Fault.allCases.randomElement(using: &state.generator)
            switch fault {
            case .crashBefore, .crashAfter: state.crashes += 1
            case .unavailable, .timedOutAfter, nil: state.outages += 1
            }
            return fault
        }
        func error(_ code: BackendError.Code) -> BackendError {
            BackendError(code, operation: operation, target: "model", detail: "injected")
        }
        switch fault {
        case .crashBefore: throw error(.fenced)
        case .unavailable: throw error(.unavailable)
        case .crashAfter:
            _ = try effect()
            throw error(.fenced)
        case .timedOutAfter:
            _ = try effect()
            throw error(.timedOut)
        case nil: return try effect()
        }
    }
}

/// Time that a test moves; whoever sleeps wakes at once, having let the time pass.
final class ModelTime: TimeSource {
    private let now: Mutex<UInt64>

    init(_ now: UInt64 = 1_780_000_000_000) {
        self.now = Mutex(now)
    }

    var unixMilliseconds: UInt64 { now.withLock { $0 } }
    var monotonicMilliseconds: UInt64 { now.withLock { $0 } }

    func advance(_ milliseconds: UInt64) { now.withLock { $0 += milliseconds } }

    func sleep(milliseconds: UInt64) async throws {
        try Task.checkCancellation()
        advance(milliseconds)
        await Task.yield()
    }
}

/// Time that stands still until the test moves it.
final class StandingTime: TimeSource {
    private struct State {
        var now: UInt64 = 1_780_000_000_000
        var sleepers: [(wake: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    var unixMilliseconds: UInt64 { state.withLock(\.now) }
    var monotonicMilliseconds: UInt64 { state.withLock(\.now) }

    func sleep(milliseconds: UInt64) async throws {
        await withCheckedContinuation { continuation in
            let watchers = state.withLock { state in
                state.sleepers.append((state.now + milliseconds, continuation))
                defer { state.watchers = [] }
                return state.watchers
            }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Suspends until somebody sleeps.
    func someoneSleeps() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.sleepers.isEmpty else { return true }
                state.watchers.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    func advance(_ milliseconds: UInt64) {
        let due = state.withLock { state in
            state.now += milliseconds
            let now = state.now
            let due = state.sleepers.filter { $0.wake <= now }
            state.sleepers.removeAll { $0.wake <= now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume() }
    }
}
