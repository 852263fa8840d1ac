package import Chat
package import Interface
package import Logging
import ServiceLifecycle
import Synchronization

/// Deletes what somebody said in a guild lately, in the background: for bans that ask for it.
///
/// It reads each channel's history back from the newest message and sends the same commands as everybody who deletes many
/// messages, through the log, in the name of the guild's owner, who may delete all of them.
///
/// Bounds: one guild at a time; ``jobsMax`` wait, beyond which bans that ask for deletions are turned away; of each channel
/// the newest ``scannedMax`` messages are looked at, ``Limits/bulkDeleteMax`` are deleted with one command, and a command
/// that the node has no room for is tried ``attemptsMax`` times. A channel is looked through again after deletions, for
/// what was still on its way, ``roundsMax`` times in all. What is left beyond these bounds, and what a node that dies has
/// not come to, stays.
package final class MessagePurge: Service, Sendable {
    /// What is to be deleted.
    package struct Job: Hashable, Sendable {
        package var guild: GuildID
        package var author: UserID
        /// Unix milliseconds; older messages stay.
        package var since: UInt64

        package init(guild: GuildID, author: UserID, since: UInt64) {
            self.guild = guild
            self.author = author
            self.since = since
        }
    }

    package static let jobsMax = 1_000
    package static let scannedMax = 20_000
    package static let attemptsMax = 20
    package static let roundsMax = 3

    private struct Inbox {
        var jobs: [Job] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let intake: MessageIntake
    private let access: Access
    private let store: any MessageStore
    private let time: any TimeSource
    private let logger: Logger
    private let inbox = Mutex(Inbox())

    package init(
        intake: MessageIntake, access: Access, store: any MessageStore, time: any TimeSource, logger: Logger
    ) {
        self.intake = intake
        self.access = access
        self.store = store
        self.time = time
        self.logger = logger
    }

    /// - Throws: `.unavailable` when too many deletions wait.
    func mustHaveRoom() throws(ServiceError) {
        guard inbox.withLock({ $0.jobs.count < Self.jobsMax }) else {
            throw ServiceError(
                .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds),
                detail: "too many deletions wait")
        }
    }

    /// Takes jobs from somebody for whom there was room. Never waits.
    func submit(_ jobs: [Job]) {
        let waiter = inbox.withLock { inbox -> CheckedContinuation<Void, Never>? in
            inbox.jobs += jobs
            defer { inbox.waiter = nil }
            return inbox.waiter
        }
        waiter?.resume()
    }

    /// Works until it is cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskCancellationHandler {
                while !Task.isCancelled {
                    await self.work()
                    await self.waitForJobs()
                }
            } onCancel: {
                let waiter = self.inbox.withLock { inbox -> CheckedContinuation<Void, Never>? in
                    inbox.isClosed = true
                    defer { inbox.waiter = nil }
                    return inbox.waiter
                }
                waiter?.resume()
            }
        }
    }

    private func waitForJobs() async {
        await withCheckedContinuation { continuation in
            let isReady = inbox.withLock { inbox in
                guard inbox.jobs.isEmpty, !inbox.isClosed else { return true }
                inbox.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    /// Does what waits.
    package func work() async {
        while !Task.isCancelled,
            let job = inbox.withLock({ inbox -> Job? in inbox.jobs.isEmpty ? nil : inbox.jobs.removeFirst() })
        {
            do {
                guard let snapshot = try await access.cache.snapshot(of: job.guild) else { continue }
                for channel in snapshot.channels.values.sorted(by: { $0.id < $1.id }) where channel.holdsMessages {
                    try await purge(channel.id, for: job, as: snapshot.guild.owner)
                }
            } catch {
                logger.warning(
                    "messages of somebody who was banned stay",
                    metadata: ["guild.id": "\(job.guild)", "user.id": "\(job.author)", "error": "\(error)"])
            }
        }
    }

    private func purge(_ channel: ChannelID, for job: Job, as owner: UserID) async throws {
        for _ in 0..<Self.roundsMax {
            let found = try await messages(of: job, in: channel)
            guard !found.isEmpty else { return }
            var rest = found[...]
            while !rest.isEmpty {
                let some = Array(rest.prefix(Limits.bulkDeleteMax))
                rest = rest.dropFirst(some.count)
                try await delete(some, in: channel, as: owner)
            }
        }
    }

    private func messages(of job: Job, in channel: ChannelID) async throws -> [MessageID] {
        var found: [MessageID] = []
        var cursor = HistoryCursor.latest
        for _ in 0..<Self.scannedMax / Limits.pageMessagesMax {
            let page = try await store.page(of: channel, cursor, limit: Limits.pageMessagesMax)
            let recent = page.prefix { $0.id.unixMilliseconds >= job.since }
            found += recent.filter { $0.author == job.author }.map(\.id)
            guard recent.count == Limits.pageMessagesMax, let last = recent.last else { break }
            cursor = .before(last.id)
        }
        return found
    }

    private func delete(_ ids: [MessageID], in channel: ChannelID, as owner: UserID) async throws {
        for attempt in 1... {
            do throws(ServiceError) {
                return try await intake.purge(ids, in: channel, as: owner)
            } catch {
                switch error.code {
                case .busy(let wait), .unavailable(let wait), .queued(let wait):
                    guard attempt < Self.attemptsMax else { throw error }
                    try await time.sleep(milliseconds: wait)
                default: throw error
                }
            }
        }
    }
}
