import Glibc
import Interface
import Synchronization

/// A few threads that do nothing but hash: a hash takes a third of a second, for which the cooperative pool must not be blocked.
///
/// Overflow policy: `refuse`, with `.full`.
final class HashingPool: Sendable {
    private let queue: HashingQueue

    init(threads: Int, waitingMax: Int) {
        queue = HashingQueue(threads: threads, waitingMax: waitingMax)
        for _ in 0..<threads { Self.startThread(on: queue) }
    }

    /// Lets the threads end once the queue is empty.
    deinit { queue.stop() }

    /// Does work on one of the threads.
    func run<Value: Sendable>(
        _ operation: String, _ work: @escaping @Sendable () -> Result<Value, BackendError>
    ) async throws(BackendError) -> Value {
        let result: Result<Value, BackendError> = await withCheckedContinuation { continuation in
            let isAdmitted = queue.add { continuation.resume(returning: work()) }
            guard !isAdmitted else { return }
            let error = BackendError(
                .full, operation: operation, target: "hashing pool",
                detail: "\(queue.waitingMax) passwords are waiting to be hashed", hint: "try again in a few seconds")
            continuation.resume(returning: .failure(error))
        }
        return try result.get()
    }

    private static func startThread(on queue: HashingQueue) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(queue)
        let code = pthread_create(
            &thread, nil,
            { context in
                // Retained once before the thread was made, released here once.
                guard let context else { return nil }
                // Signals belong to the main thread.
                var signals = sigset_t()
                sigfillset(&signals)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                Unmanaged<HashingQueue>.fromOpaque(context).takeRetainedValue().work()
                return nil
            }, context.toOpaque())
        // A node that cannot start two threads when it starts has no use.
        precondition(code == 0, "no thread for hashing: pthread_create failed with \(code)")
        pthread_detach(thread)
    }
}

/// The jobs that wait, and the threads that wait for jobs.
private final class HashingQueue: Sendable {
    private struct State: Sendable {
        var jobs: [@Sendable () -> Void] = []
        var idle: Int
        var isStopped = false
    }

    let waitingMax: Int
    private let state: Mutex<State>
    private let signal = Semaphore()

    init(threads: Int, waitingMax: Int) {
        self.waitingMax = waitingMax
        state = Mutex(State(idle: threads))
    }

    /// False when too many are waiting already.
    func add(_ job: @escaping @Sendable () -> Void) -> Bool {
        let isAdmitted = state.withLock { state in
            // A thread that is idle will take one at once: that one does not wait.
            guard state.jobs.count < waitingMax + state.idle else { return false }
            state.jobs.append(job)
            return true
        }
        if isAdmitted { signal.post() }
        return isAdmitted
    }

    func stop() {
        let threads = state.withLock { state in
            state.isStopped = true
            return state.idle
        }
        for _ in 0..<threads { signal.post() }
    }

    func work() {
        while true {
            enum Turn { case job(@Sendable () -> Void), again, end }
            let turn: Turn = state.withLock { state in
                if !state.jobs.isEmpty {
                    state.idle -= 1
                    return .job(state.jobs.removeFirst())
                }
                return state.isStopped ? .end : .again
            }
            switch turn {
            case .job(let job):
                job()
                state.withLock { $0.idle += 1 }
            case .again: signal.wait()
            case .end: return
            }
        }
    }
}

/// A POSIX semaphore at an address of its own (sem_overview(7)).
///
/// `@unchecked Sendable`: the pointer never changes, and sem_post and sem_wait may be called from any thread.
private final class Semaphore: @unchecked Sendable {
    private let handle: UnsafeMutablePointer<sem_t>

    init() {
        handle = .allocate(capacity: 1)
        handle.initialize(to: sem_t())
        precondition(sem_init(handle, 0, 0) == 0, "sem_init refused a value of 0")
    }

    deinit {
        sem_destroy(handle)
        handle.deallocate()
    }

    func post() {
        // Fails only beyond SEM_VALUE_MAX posts (sem_post(3)).
        sem_post(handle)
    }

    func wait() {
        // A wait that a signal interrupted (EINTR) is one that returned early: the caller looks and waits again.
        sem_wait(handle)
    }
}
