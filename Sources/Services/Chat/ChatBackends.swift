package import Chat
package import Interface
package import Logging

/// What the chat service works with: the same for all of its partitions.
package struct ChatBackends: Sendable {
    package var log: any EventLog
    package var store: any MessageStore
    package var bus: any FanoutBus
    package var access: Access
    package var time: any TimeSource
    package var logger: Logger
    /// Hears how many new messages of a guild were stored (`nil`: direct messages). A batch that is done again after a
    /// crash is heard again.
    package var onStored: @Sendable (GuildID?, Int) -> Void

    package init(
        log: any EventLog, store: any MessageStore, bus: any FanoutBus, access: Access, time: any TimeSource,
        logger: Logger,
        onStored: @escaping @Sendable (GuildID?, Int) -> Void = { _, _ in }
    ) {
        self.log = log
        self.store = store
        self.bus = bus
        self.access = access
        self.time = time
        self.logger = logger
        self.onStored = onStored
    }
}

/// Why a partition's work ended.
package enum ChatHalt: Error, Hashable, Sendable {
    case cancelled
    /// Somebody else owns the partition now.
    case fenced
    /// The checkpoint cannot be read: going on would mint ids anew.
    case unreadableCheckpoint
}

/// Counts the calls that had to be made again.
protocol RetryCounting: Sendable {
    func countRetry(of step: ChatStep)
}

/// Calls a backend until it answers: an outage makes a partition wait and nothing else (invariant I5).
///
/// Waits are random within a window that doubles from ``windowMillisecondsMin`` to ``windowMillisecondsMax``; an outage
/// is logged when it begins, then at most every ``logIntervalMilliseconds``, and when it ends.
struct Patience: Sendable {
    static let windowMillisecondsMin: UInt64 = 100
    static let windowMillisecondsMax: UInt64 = 5_000
    static let logIntervalMilliseconds: UInt64 = 30_000

    let time: any TimeSource
    let logger: Logger
    let metrics: any RetryCounting

    /// - Throws: `.fenced` as soon as a backend says so; `.cancelled` when the task is cancelled while it waits.
    func call<Value: Sendable>(
        _ step: ChatStep, _ body: () async throws(BackendError) -> Value
    ) async throws(ChatHalt) -> Value {
        var window = Self.windowMillisecondsMin
        var lastLogged: UInt64?
        while true {
            do {
                let value = try await body()
                if lastLogged != nil {
                    logger.info("backend answers again", metadata: ["chat.step": "\(step.rawValue)"])
                }
                return value
            } catch {
                guard error.code != .fenced else { throw .fenced }
                metrics.countRetry(of: step)
                let now = time.monotonicMilliseconds
                if lastLogged.map({ now &- $0 >= Self.logIntervalMilliseconds }) ?? true {
                    lastLogged = now
                    log(error, step)
                }
            }
            try await pause(within: window)
            window = min(window * 2, Self.windowMillisecondsMax)
        }
    }

    private func pause(within window: UInt64) async throws(ChatHalt) {
        try await rest(UInt64.random(in: window / 2...window))
    }

    /// - Throws: `.cancelled` when the task is cancelled meanwhile.
    func rest(_ milliseconds: UInt64) async throws(ChatHalt) {
        guard milliseconds > 0 else { return }
        do {
            try await time.sleep(milliseconds: milliseconds)
        } catch {
            throw .cancelled
        }
        guard !Task.isCancelled else { throw .cancelled }
    }

    private func log(_ error: BackendError, _ step: ChatStep) {
        // What passes by itself is a warning; what takes somebody's hands is an error.
        logger.log(
            level: error.isTransient ? .warning : .error, "backend failed, waiting",
            metadata: [
                "chat.step": "\(step.rawValue)", "error.code": "\(error.code.rawValue)",
                "error.operation": "\(error.operation)",
                "error.target": "\(error.target)", "error.detail": "\(error.detail)",
            ]
        )
    }
}
