import Chat
import Services
import Synchronization

/// What a loop cannot do itself because it takes a wait. Jobs of one session are done one after the other, in their order.
struct SessionJob: Sendable {
    enum Task: Sendable {
        case identify(ConnectionID, IdentifyRequest)
        case loadGuild(GuildLoad)
        /// `since`: what had passed on the loop when this was asked.
        case subscribe(ChannelID, atLeast: UInt64, since: UInt64, Intents)
        case unsubscribe(ChannelID)
        case send(SendRequest, AdmissionTicket)
        case members(MembersCursor)
        case voice(VoiceRequest)
        /// Reads the user's roles again.
        case refresh(GuildID)
    }

    var session: SessionID
    var user: UserID
    var task: Task
}

/// What to load of a guild, and for which kind of session.
struct GuildLoad: Sendable {
    var guild: GuildID
    /// The snapshot must have reached this epoch.
    var atLeast: UInt64
    /// Whether the user joined just now; otherwise the session is logging in.
    var isJoin: Bool
    /// What had passed on the loop when this was asked.
    var since: UInt64
    var intents: Intents
    var largeThreshold: Int
}

/// Does jobs on a bounded number of tasks: in order for one key, in parallel for different ones.
///
/// Bounded: beyond `limit` waiting jobs `submit` answers false (overflow policy `refuse`: the submitter decides).
final class WorkPool<Job: Sendable>: Sendable {
    private struct Work {
        var key: UInt64
        var job: Job
    }

    private struct State {
        /// Jobs that wait behind one of the same key that is ready or being done; a key is present while there is such a one.
        var behind: [UInt64: [Job]] = [:]
        var ready: [Work] = []
        var readyHead = 0
        var waiting = 0
        var idle: [CheckedContinuation<Work?, Never>] = []
        var isClosed = false

        mutating func popReady() -> Work? {
            guard readyHead < ready.count else { return nil }
            defer {
                readyHead += 1
                if readyHead == ready.count || readyHead > 1_024 {
                    ready.removeFirst(readyHead)
                    readyHead = 0
                }
            }
            waiting -= 1
            return ready[readyHead]
        }
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    /// False when too much waits already, or the pool is closed.
    func submit(_ job: Job, key: UInt64) -> Bool {
        let (isTaken, worker) = state.withLock { state -> (Bool, CheckedContinuation<Work?, Never>?) in
            guard !state.isClosed, state.waiting < limit else { return (false, nil) }
            if state.behind[key] != nil {
                state.behind[key]?.append(job)
                state.waiting += 1
                return (true, nil)
            }
            state.behind[key] = []
            if let worker = state.idle.popLast() { return (true, worker) }
            state.ready.append(Work(key: key, job: job))
            state.waiting += 1
            return (true, nil)
        }
        worker?.resume(returning: Work(key: key, job: job))
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
            state.ready = []
            state.readyHead = 0
            state.behind = [:]
            state.waiting = 0
            defer { state.idle = [] }
            return state.idle
        }
        for worker in idle { worker.resume(returning: nil) }
    }

    private func next() async -> Work? {
        await withCheckedContinuation { continuation in
            let work = state.withLock { state -> Work?? in
                if state.isClosed { return .some(nil) }
                if let work = state.popReady() { return work }
                state.idle.append(continuation)
                return nil
            }
            if let work { continuation.resume(returning: work) }
        }
    }

    private func finish(_ key: UInt64) {
        let handOver = state.withLock { state -> (CheckedContinuation<Work?, Never>, Work)? in
            guard var jobs = state.behind[key] else { return nil }
            guard !jobs.isEmpty else {
                state.behind[key] = nil
                return nil
            }
            let work = Work(key: key, job: jobs.removeFirst())
            state.behind[key] = jobs
            if let worker = state.idle.popLast() {
                state.waiting -= 1
                return (worker, work)
            }
            state.ready.append(work)
            return nil
        }
        handOver?.0.resume(returning: handOver?.1)
    }
}
