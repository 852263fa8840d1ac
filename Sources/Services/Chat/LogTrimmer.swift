import Interface
import Logging

/// Removes old records from the topics of the chat service, now and then. Any number of nodes may do so at once.
struct LogTrimmer: Sendable {
    static let intervalMilliseconds: UInt64 = 600_000
    /// What one call removes at most is the log's to say; a round stops after this many calls and the next one goes on.
    static let callsPerRoundMax = 100
    static let topics: [Topic] = [.messages, .messagesStored]

    let log: any EventLog
    let time: any TimeSource
    /// Records younger than this stay.
    let retentionMilliseconds: UInt64
    /// Groups that are switched off; `nil` where all of them run.
    let idle: IdleGroups?
    let patience: Patience
    let metrics: ChatMetrics
    let logger: Logger

    /// Works until it is cancelled.
    func run() async {
        do {
            while !Task.isCancelled {
                try await round()
                try await time.sleep(milliseconds: Self.intervalMilliseconds)
            }
        } catch {
            // Cancelled, or the log is another's now: nothing is left to do.
            return
        }
    }

    func round() async throws(ChatHalt) {
        let now = time.unixMilliseconds
        guard now > retentionMilliseconds else { return }
        try await forgetIdleGroups()
        for topic in Self.topics {
            for _ in 0..<Self.callsPerRoundMax {
                let count = try await patience.call(.trim) { () async throws(BackendError) in
                    try await log.trim(topic, before: now - retentionMilliseconds)
                }
                metrics.countTrimmed(count)
                guard count > 0, !Task.isCancelled else { break }
            }
        }
    }

    private func forgetIdleGroups() async throws(ChatHalt) {
        guard let idle else { return }
        let forgotten = try await patience.call(.trim) { () async throws(BackendError) in try await idle.forget() }
        for group in forgotten {
            logger.notice(
                "a consumer group that does not run was forgotten",
                metadata: ["log.group": "\(group.name)", "log.lag": "\(group.lag)"])
        }
    }
}
