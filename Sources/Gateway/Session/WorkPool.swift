import Synchronization

/// Does jobs on a bounded number of tasks: in order for one key, in parallel for different ones.
///
/// One worker is woken at a time, and wakes the next if it finds more than it takes: what comes in a burst is mostly done by the first, and
/// each wake-up costs as much as a job.
///
/// Bounded: beyond `limit` waiting jobs `submit` answers false (overflow policy `refuse`: the submitter decides).
final class WorkPool<Job: Sendable>: Sendable {
    private struct Work {
        var key: UInt64
        var job: Job
    }

    private struct State {
        /// Jobs that wait behind one of the same key that is ready or being done; a key is present while there is such a one.
        var behind: [UInt64: Waiting<Job>] = [:]
        var ready = Waiting<Work>()
        var waiting = 0
        /// Workers without a job. Each is resumed once, by whoever takes it out of the list.
        var idle: [UnsafeContinuation<Void, Never>] = []
        /// Whether a worker was woken that has not looked for a job yet.
        var isWaking = false
        var isClosed = false

        mutating func popReady() -> Work? {
            guard let work = ready.popFirst() else { return nil }
            waiting -= 1
            return work
        }

        /// A worker to be woken for what is ready; `nil` when none is needed, or one is on its way.
        mutating func wake() -> UnsafeContinuation<Void, Never>? {
            guard !ready.isEmpty, !isWaking, let worker = idle.popLast() else { return nil }
            isWaking = true
            return worker
        }

        /// The next job of a key whose last one is done; forgets the key when there is none.
        mutating func popBehind(_ key: UInt64) -> Job? {
            // In place: taking the queue out and putting it back would copy all of it.
            guard let index = behind.index(forKey: key) else { return nil }
            if let job = behind.values[index].popFirst() { return job }
            behind.remove(at: index)
            return nil
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// False when too much waits already, or the pool is closed.
    func submit(_ job: Job, key: UInt64) -> Bool {
        let (isTaken, worker) = state.withLock { state -> (Bool, UnsafeContinuation<Void, Never>?) in
            guard !state.isClosed, state.waiting < limit else { return (false, nil) }
            state.waiting += 1
            if state.behind[key] != nil {
                state.behind[key]?.append(job)
                return (true, nil)
            }
            state.behind[key] = Waiting()
            state.ready.append(Work(key: key, job: job))
            return (true, state.wake())
        }
        worker?.resume()
        return isTaken
    }

    /// Works until it is closed or the calling task is cancelled.
    func run(workers: Int, _ handle: @escaping @Sendable (Job) async -> Void) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for _ in 0..<workers {
                    group.addTask {
                        while let work = await self.next() {
                            await handle(work.job)
                            self.finish(work.key)
                        }
                    }
                }
            }
        } onCancel: {
            close()
        }
    }

    /// Does what is there and returns when nothing is left: for tests, which want no tasks of their own.
    func drain(_ handle: (Job) async -> Void) async {
        while await drainOne(handle) {}
    }

    /// Does one job, if there is one.
    @discardableResult
    func drainOne(_ handle: (Job) async -> Void) async -> Bool {
        guard let work = state.withLock({ $0.popReady() }) else { return false }
        await handle(work.job)
        finish(work.key)
        return true
    }

    /// Refuses everything from now on; what waits is dropped.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            state.ready = Waiting()
            state.behind = [:]
            state.waiting = 0
            defer { state.idle = [] }
            return state.idle
        }
        for worker in idle { worker.resume() }
    }

    /// Waits for a job; `nil` once the pool is closed.
    private func next() async -> Work? {
        var wasWoken = false
        while true {
            let (work, other, isClosed) = state.withLock {
                state -> (Work?, UnsafeContinuation<Void, Never>?, Bool) in
                if wasWoken { state.isWaking = false }
                guard !state.isClosed, let work = state.popReady() else { return (nil, nil, state.isClosed) }
                return (work, state.wake(), false)
            }
            other?.resume()
            if work != nil || isClosed { return work }
            await withUnsafeContinuation { continuation in
                let hasCome = state.withLock { state in
                    if state.isClosed || !state.ready.isEmpty { return true }
                    state.idle.append(continuation)
                    return false
                }
                if hasCome { continuation.resume() }
            }
            wasWoken = true
        }
    }

    /// Makes the next job of a key ready: for this worker, which looks for one now, or for another.
    private func finish(_ key: UInt64) {
        state.withLock { state in
            guard let job = state.popBehind(key) else { return }
            state.ready.append(Work(key: key, job: job))
        }
    }
}

/// A queue whose elements leave in constant time, on average.
private struct Waiting<Element: Sendable>: Sendable {
    private var elements: [Element?] = []
    private var head = 0

    var isEmpty: Bool { head == elements.count }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            elements[head] = nil
            head += 1
            if head * 2 >= elements.count {
                elements.removeFirst(head)
                head = 0
            }
        }
        return elements[head]
    }
}
