package import Chat
package import Interface
package import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// Who is there, and who is told of it: takes what gateways say of their sessions, sweeps those that are not heard of any more, and
/// publishes what others can see of it to the guilds of the user, each change once.
package final class PresenceService: Service, Sendable {
    /// How often deadlines are looked at.
    package static let sweepMilliseconds: UInt64 = 1_000
    /// How long to wait before a backend that failed is asked again.
    static let retryMilliseconds: UInt64 = 500
    /// Users in one question to the store.
    private static let usersPerRead = 1_000
    /// Events in one call of the bus.
    private static let eventsPerPublish = 500
    /// How often news are published again because they changed meanwhile, before they are left to a sweep.
    private static let roundsMax = 8

    private struct Inbox {
        var queue = PresenceQueue()
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    let store: any PresenceStore
    let bus: any FanoutBus
    let access: Access
    let time: any TimeSource
    /// Sessions that end leave their voice channels.
    package let voice: VoiceService
    private let logger: Logger
    private let inbox = Mutex(Inbox())
    private let published = Counter(label: "discord_presence_updates_total")

    package init(
        store: any PresenceStore, voice: VoiceService, bus: any FanoutBus, access: Access, time: any TimeSource,
        logger: Logger
    ) {
        self.store = store
        self.voice = voice
        self.bus = bus
        self.access = access
        self.time = time
        self.logger = logger
    }

    /// Takes commands, to be carried out in their order. Never blocks.
    package func report(_ commands: [PresenceCommand]) {
        let now = time.unixMilliseconds
        let waiter = inbox.withLock { inbox -> CheckedContinuation<Void, Never>? in
            guard !inbox.isClosed else { return nil }
            for command in commands { inbox.queue.add(command, now: now) }
            defer { inbox.waiter = nil }
            return inbox.waiter
        }
        waiter?.resume()
    }

    /// Works until it is cancelled or shut down.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.obey() }
                group.addTask { await self.sweepForEver() }
                group.addTask { await self.voice.run() }
            }
        }
    }

    private func obey() async {
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                await work()
                await waitForCommands()
            }
        } onCancel: {
            let waiter = inbox.withLock { inbox -> CheckedContinuation<Void, Never>? in
                inbox.isClosed = true
                defer { inbox.waiter = nil }
                return inbox.waiter
            }
            waiter?.resume()
        }
    }

    private func waitForCommands() async {
        await withCheckedContinuation { continuation in
            let isReady = inbox.withLock { inbox in
                guard inbox.queue.isEmpty, !inbox.isClosed else { return true }
                inbox.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
    }

    private func sweepForEver() async {
        while !Task.isCancelled, (try? await time.sleep(milliseconds: Self.sweepMilliseconds)) != nil {
            await sweep()
        }
    }

    // MARK: Commands

    /// Carries out what waits.
    package func work() async {
        while !Task.isCancelled, let batch = inbox.withLock({ $0.queue.next() }) {
            do throws(BackendError) {
                try await carryOut(batch)
            } catch {
                // Not repeated: what the store missed is put again when a refresh finds it unknown.
                logger.warning("presence could not be kept", metadata: ["error": "\(error.operation): \(error.detail)"])
                try? await time.sleep(milliseconds: Self.retryMilliseconds)
            }
        }
    }

    private func carryOut(_ batch: PresenceBatch) async throws(BackendError) {
        switch batch {
        case .put(let puts): await publish(try await store.put(puts, now: time.unixMilliseconds))
        case .refresh(let sessions, let deadline, let unknown):
            let missing = try await store.refresh(sessions, until: deadline)
            if !missing.isEmpty { unknown(missing) }
        case .end(let sessions):
            let news = try await store.remove(sessions, now: time.unixMilliseconds)
            for session in sessions { await voice.leave(session) }
            await publish(news)
        case .member(let user, let guild, let isMember):
            let seen = try await store.set(user, in: guild, isMember: isMember)
            if let seen, let message = await message(seen, to: guild) { try await bus.publish([message]) }
        }
    }

    // MARK: Sweeping

    /// Ends what has run out, and publishes what others left unpublished.
    package func sweep() async {
        do throws(BackendError) {
            while true {
                let expiry = try await store.expire(now: time.unixMilliseconds, limit: Self.usersPerRead)
                for session in expiry.ended { await voice.leave(session) }
                await publish(expiry.news)
                guard expiry.ended.count + expiry.news.count >= Self.usersPerRead, !Task.isCancelled else { return }
            }
        } catch {
            logger.warning("presences could not be swept", metadata: ["error": "\(error.operation): \(error.detail)"])
        }
    }

    // MARK: Publishing

    /// Publishes news to the guilds of their users, and settles them. What fails is left to a later sweep.
    private func publish(_ news: [PresenceNews]) async {
        var rest = news
        var rounds = 0
        while !rest.isEmpty, rounds < Self.roundsMax {
            rounds += 1
            var messages: [FanoutMessage] = []
            for one in rest {
                for guild in one.guilds {
                    if let message = await message(one.presence, to: guild) { messages.append(message) }
                }
            }
            do throws(BackendError) {
                var start = 0
                while start < messages.count {
                    let end = min(messages.count, start + Self.eventsPerPublish)
                    try await bus.publish(Array(messages[start..<end]))
                    start = end
                }
                published.increment(by: rest.count)
                rest = try await store.settle(rest, now: time.unixMilliseconds)
            } catch {
                logger.warning("presence is not published", metadata: ["error": "\(error.operation): \(error.detail)"])
                return
            }
        }
    }

    /// The event for one guild, under the epoch at which the user was found to be a member; `nil` when it is none.
    private func message(_ presence: Presence, to guild: GuildID) async -> FanoutMessage? {
        do throws(ServiceError) {
            guard let snapshot = try await access.cache.snapshot(of: guild),
                try await access.cache.member(presence.user, of: guild) != nil
            else { return nil }
            return FanoutMessage(
                topic: .presence(guild), position: nil, epoch: snapshot.epoch, acceptedAt: time.unixMilliseconds,
                payload: PassingEvent.presence(presence).encoded())
        } catch {
            // The directory is down and the guild not cached: nobody here looks at it.
            return nil
        }
    }

    // MARK: Asking

    /// Those of these users who are not offline to others, in no order.
    package func presences(of users: [UserID]) async throws(ServiceError) -> [Presence] {
        var found: [Presence] = []
        var start = 0
        while start < users.count {
            let end = min(users.count, start + Self.usersPerRead)
            do throws(BackendError) {
                found += try await store.presences(of: Array(users[start..<end]))
            } catch {
                throw ServiceError(error)
            }
            start = end
        }
        return found
    }

    /// Everything that is kept of these users, at most 1,000; for operators only.
    package func records(of users: [UserID]) async throws(ServiceError) -> [PresenceRecord] {
        do throws(BackendError) {
            return try await store.records(of: Array(users.prefix(Self.usersPerRead)))
        } catch {
            throw ServiceError(error)
        }
    }

    // MARK: Typing

    /// Tells everybody who sees a channel, or is a party to it, that somebody writes in it. Takes SEND_MESSAGES.
    /// - Throws: `.unknownChannel`, `.missingAccess`, `.missingPermissions`, `.nonTextChannel`,
    ///   `.cannotMessageUser`, `.unavailable`.
    package func type(in channel: ChannelID, by user: UserID) async throws(ServiceError) {
        let grant = try await access.channel(channel, for: user, needing: .sendMessages)
        guard grant.channel.holdsMessages else { throw ServiceError(.nonTextChannel) }
        let now = time.unixMilliseconds
        var notice = TypingNotice(channel: channel, user: user, member: nil, guild: nil, at: now / 1_000)
        let messages: [FanoutMessage]
        switch grant.place {
        case .guild(let snapshot, let profile):
            notice.member = profile
            notice.guild = snapshot.guild.id
            messages = [
                FanoutMessage(
                    topic: .presence(snapshot.guild.id), position: nil, epoch: grant.epoch, acceptedAt: now,
                    payload: PassingEvent.typing(notice).encoded())
            ]
        case .direct(let direct):
            let payload = UserEvent.typing(notice).encoded()
            messages = direct.parties.map {
                FanoutMessage(topic: .user($0), position: nil, epoch: 0, acceptedAt: now, payload: payload)
            }
        }
        do throws(BackendError) {
            try await bus.publish(messages)
        } catch {
            throw ServiceError(error)
        }
    }
}
