import Chat
package import Interface
import Logging
package import Services
import Synchronization

/// Where a gateway writes down its sessions, and reads what its node missed.
package struct SessionArchive: Sendable {
    package var store: any SessionStore
    package var streams: StoredStreams
    /// Under which node's number the sessions are kept.
    package var node: UInt16

    package init(store: any SessionStore, log: any EventLog, node: UInt16) {
        self.store = store
        streams = StoredStreams(log: log)
        self.node = node
    }
}

/// Writes down the sessions of the node's loops every second, sooner when somebody rings for it, and all there is to them when the node
/// stops; takes them up again when it starts. Nothing of this is on the way of an event: a loop does a few instructions per session and
/// second.
final class SessionKeeper: Sendable {
    static let intervalMilliseconds: UInt64 = 1_000
    /// What lies between two captures at least, however often somebody rings.
    static let earlyMilliseconds: UInt64 = 200
    /// How long the loops may take for their parts. One that is busier than that has no mind for records.
    private static let roundMilliseconds: UInt64 = 5_000

    let archive: SessionArchive
    let worker: SessionWorker
    let loops: Int
    let resumeMilliseconds: UInt64
    let time: any TimeSource
    let logger: Logger
    private let bell: CaptureBell
    private let gate = KeyedGate()
    /// Unix milliseconds of the last capture that was written; 0 before the first.
    let recordedAt = Atomic<UInt64>(0)

    private struct State {
        /// Whether the next capture has to name everything: the first, and after one that failed.
        var isWhole = true
        /// Whether the last capture said that there are no sessions.
        var isEmpty = false
        /// Whether the loops have been asked for their last parts.
        var isOver = false
    }

    private let state = Mutex(State())

    init(
        archive: SessionArchive, worker: SessionWorker, loops: Int, resumeMilliseconds: Int64, time: any TimeSource,
        logger: Logger, bell: CaptureBell = CaptureBell()
    ) {
        self.archive = archive
        self.worker = worker
        self.loops = loops
        self.resumeMilliseconds = UInt64(clamping: resumeMilliseconds)
        self.time = time
        self.logger = logger
        self.bell = bell
    }

    var hub: GatewayHub { worker.hub }

    /// Works until the task is cancelled.
    func run() async {
        var waited: UInt64 = 0
        while (try? await time.sleep(milliseconds: Self.earlyMilliseconds)) != nil, !Task.isCancelled {
            waited += Self.earlyMilliseconds
            guard bell.answer() || waited >= Self.intervalMilliseconds else { continue }
            waited = 0
            await capture()
        }
    }

    /// Writes down the sessions as they are. False when that did not work; then what was written before still counts.
    /// - Parameter isFinal: the loops send nothing to anybody afterwards.
    @discardableResult
    func capture(isFinal: Bool = false) async -> Bool {
        await gate.with(0) {
            do throws(BackendError) {
                let isWhole = state.withLock { state -> Bool? in
                    guard !state.isOver else { return nil }
                    state.isOver = isFinal
                    defer { state.isWhole = true }
                    return state.isWhole
                }
                guard let isWhole, let capture = try await gather(isFinal: isFinal, isWhole: isWhole) else {
                    return false
                }
                let isEmpty = capture.loops.allSatisfy { $0.marks.isEmpty && $0.changed.isEmpty }
                if !isEmpty || !state.withLock({ $0.isEmpty }) {
                    try await archive.store.save(capture, of: archive.node)
                }
                recordedAt.store(capture.savedAt, ordering: .relaxed)
                state.withLock { state in
                    state.isWhole = false
                    state.isEmpty = isEmpty
                }
                return true
            } catch {
                logger.warning("sessions are not written down", metadata: ["error": "\(error.detail)"])
                return false
            }
        }
    }

    private func gather(isFinal: Bool, isWhole: Bool) async throws(BackendError) -> SessionCapture? {
        let mark = try await archive.streams.mark()
        let round = CaptureRound(loops: loops, isFinal: isFinal, isWhole: isWhole)
        let cut = Mutex<StreamCut?>(nil)
        let isPosted = hub.post(at: mark, to: 0..<loops) { now in
            cut.withLock { $0 = now }
            return .capture(round)
        }
        if !isPosted { round.abandon() }
        guard let cut = cut.withLock({ $0 }), let parts = await parts(of: round) else {
            logger.warning("sessions are not written down: a loop is too busy")
            return nil
        }
        return SessionCapture(
            savedAt: time.unixMilliseconds, isFinal: isFinal, state: cut.encoded(), loops: parts)
    }

    private func parts(of round: CaptureRound) async -> [LoopCapture]? {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await self.time.sleep(milliseconds: Self.roundMilliseconds)
                // Harmless when all parts are there.
                round.abandon()
            }
            let parts = await round.parts()
            group.cancelAll()
            return parts
        }
    }
}
