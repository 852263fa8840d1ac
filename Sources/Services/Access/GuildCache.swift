package import Chat
package import Interface
import Synchronization

/// Guild snapshots, members and users of one node. Guilds are kept fresh by the events of `guild:{id}`, to which the
/// cache is subscribed before it loads; what was changed through this node is fresh when the change returns.
///
/// Bounded: beyond the capacities the entry unused for the longest time goes, with its subscription. Concurrent equal
/// loads are one.
package final class GuildCache: FanoutReceiver, Sendable {
    /// Takes the events, so that the bus holds this and not the cache, which holds the bus.
    private final class Inbox: FanoutReceiver {
        let table: Mutex<GuildCacheTable>

        init(_ table: GuildCacheTable) {
            self.table = Mutex(table)
        }

        func receive(_ event: FanoutEvent) {
            guard case .guild(let guild) = event.topic else { return }
            let change = try? GuildEvent(encoded: event.payload)
            table.withLock { table in
                table.receive(change, of: guild, epoch: event.epoch, position: event.position, previous: event.previous)
            }
        }
    }

    /// How long names of users are believed, in milliseconds: their changes are announced to the users only.
    package static let userLifeMilliseconds: UInt64 = 30_000
    /// Ids in one question to the directory.
    private static let usersPerRead = 1_000

    /// Channels without a guild.
    package let directs: DirectCache
    private let directory: any Directory
    private let time: any TimeSource
    private let inbox: Inbox
    private let topics: TopicKeeper

    /// Attaches itself to the bus.
    /// - Parameter capacity: guilds, at most this many snapshots and subscriptions.
    package init(
        directory: any Directory, bus: any FanoutBus, capacity: Int = 10_000, memberCapacity: Int = 100_000,
        channelCapacity: Int = 200_000, userCapacity: Int = 50_000, directCapacity: Int = 50_000,
        time: any TimeSource = SystemTime()
    ) async throws(BackendError) {
        self.directory = directory
        self.time = time
        inbox = Inbox(
            GuildCacheTable(guilds: capacity, members: memberCapacity, channels: channelCapacity, users: userCapacity)
        )
        topics = TopicKeeper(bus: bus, receiver: inbox)
        directs = try await DirectCache(directory: directory, bus: bus, capacity: directCapacity)
        try await topics.attach()
    }

    package func receive(_ event: FanoutEvent) {
        inbox.receive(event)
    }

    /// The time by which this node judges, in Unix milliseconds.
    package var now: UInt64 { time.unixMilliseconds }

    /// How many guilds are held, for metrics.
    package var guildCount: Int { inbox.table.withLock { $0.guildCount } }
}

// MARK: Guilds

extension GuildCache {
    /// The guild as it is, or as it was at an epoch no older than the last one heard of; `nil` when there is none.
    /// - Parameter epoch: an epoch that the snapshot must have reached; a cached one that is older is loaded again.
    /// - Throws: `.unavailable` when it has to be loaded and the directory or the bus is down.
    package func snapshot(of guild: GuildID, atLeast epoch: UInt64 = 0) async throws(ServiceError) -> GuildSnapshot? {
        let asked = inbox.table.withLock { $0.serial }
        while true {
            if let snapshot = cached(guild, atLeast: epoch) { return snapshot }
            let load = inbox.table.withLock { table in
                table.load(guild) { serial, isNew in
                    // Outside a group because it is shared: whoever asked first may be cancelled. Everyone who asked
                    // waits for it.
                    Task { await self.load(guild, serial: serial, isNew: isNew) }
                }
            }
            let result = await load.work.value
            // A load that began after this call shows everything that was written before it.
            if load.serial > asked { return try result.get() }
        }
    }

    /// The snapshot in memory; `nil` when there is none, or when a newer epoch was heard of. No I/O.
    package func cached(_ guild: GuildID) -> GuildSnapshot? { cached(guild, atLeast: 0) }

    private func cached(_ guild: GuildID, atLeast epoch: UInt64) -> GuildSnapshot? {
        inbox.table.withLock { $0.snapshot(of: guild, atLeast: epoch) }
    }

    private func load(_ guild: GuildID, serial: UInt64, isNew: Bool) async -> Result<GuildSnapshot?, ServiceError> {
        do throws(BackendError) {
            if isNew { try await topics.hold(.guild(guild)) }
        } catch {
            let failure = Result<GuildSnapshot?, ServiceError>.failure(ServiceError(error))
            _ = inbox.table.withLock { $0.finish(guild, serial: serial, known: 0, with: failure) }
            return failure
        }
        let known = inbox.table.withLock { $0.newest(of: guild) }
        let result: Result<GuildSnapshot?, ServiceError>
        do throws(BackendError) {
            result = .success(try await directory.snapshot(of: guild))
        } catch {
            result = .failure(ServiceError(error))
        }
        for gone in inbox.table.withLock({ $0.finish(guild, serial: serial, known: known, with: result) }) {
            topics.release(.guild(gone))
        }
        return result
    }

    /// Takes note of a change made through this node, so that nothing older is served once the change has returned,
    /// whatever becomes of its way over the bus.
    func note(_ event: GuildEvent, of guild: GuildID, epoch: UInt64) {
        inbox.table.withLock { $0.note(event, of: guild, epoch: epoch) }
    }

    /// Takes note that the directory refused a change because what was believed here is out of date.
    func noteConflict(_ guild: GuildID) {
        inbox.table.withLock { $0.markStale(guild) }
    }
}

// MARK: Read states

extension GuildCache {
    /// Takes note of whom new messages mention, and says how those mentioned by name stand then.
    func noteMentions(_ notes: [MentionNote]) async throws(BackendError) -> [UserReadState] {
        try await directory.noteMentions(notes)
    }
}

// MARK: Members, channels, users

extension GuildCache {
    /// A member as now; `nil` when the user is none or the guild does not exist. Up to ``userLifeMilliseconds`` may
    /// pass until a member's user is seen under a new name; while the directory is down, longer.
    package func member(_ user: UserID, of guild: GuildID) async throws(ServiceError) -> MemberProfile? {
        let key = GuildCacheTable.MemberKey(user: user, guild: guild)
        let oldest = oldestBelieved
        if let member = inbox.table.withLock({ $0.member(key, since: oldest) }) { return member }
        // Only of a guild whose events arrive may members be kept.
        guard try await snapshot(of: guild) != nil else { return nil }
        let load = inbox.table.withLock { table in
            table.load(key) { serial, tag in
                // Shared, as above.
                Task { await self.load(key, serial: serial, tag: tag) }
            }
        }
        switch await load.work.value {
        case .success(let profile): return profile
        case .failure(let error):
            guard let member = inbox.table.withLock({ $0.member(key, since: 0) }) else { throw error }
            return member
        }
    }

    private func load(
        _ key: GuildCacheTable.MemberKey, serial: UInt64, tag: UInt64?
    ) async -> Result<MemberProfile?, ServiceError> {
        let result: Result<MemberProfile?, ServiceError>
        do throws(BackendError) {
            result = .success(try await directory.member(key.user, of: key.guild))
        } catch {
            result = .failure(ServiceError(error))
        }
        let now = time.monotonicMilliseconds
        inbox.table.withLock { $0.finish(key, serial: serial, tag: tag, now: now, with: result) }
        return result
    }

    /// The guild a channel belongs to; `nil` for unknown channels. A channel that was deleted may still be known here,
    /// but not to its guild's snapshot.
    package func guild(ofChannel channel: ChannelID) async throws(ServiceError) -> GuildID? {
        if let guild = inbox.table.withLock({ $0.guild(ofChannel: channel) }) { return guild }
        do throws(BackendError) {
            guard let guild = try await directory.guild(ofChannel: channel) else { return nil }
            inbox.table.withLock { $0.put(guild, forChannel: channel) }
            return guild
        } catch {
            throw ServiceError(error)
        }
    }

    /// Where a channel belongs; `nil` for unknown channels.
    package func place(of channel: ChannelID) async throws(ServiceError) -> ChannelPlace? {
        if let guild = inbox.table.withLock({ $0.guild(ofChannel: channel) }) { return .guild(guild) }
        if let direct = directs.cached(channel) { return .direct(direct) }
        if let guild = try await guild(ofChannel: channel) { return .guild(guild) }
        return try await directs.channel(channel).map { .direct($0) }
    }

    /// A user, as they were at most ``userLifeMilliseconds`` ago; `nil` for an unknown one.
    package func user(_ id: UserID) async throws(ServiceError) -> User? {
        let oldest = oldestBelieved
        if let user = inbox.table.withLock({ $0.user(id, since: oldest) }) { return user }
        return try await users([id])[id]
    }

    /// The users with these ids, as they were at most ``userLifeMilliseconds`` ago; unknown ones are left out.
    package func users(_ ids: [UserID]) async throws(ServiceError) -> [UserID: User] {
        let oldest = oldestBelieved
        var found: [UserID: User] = [:]
        let missing = inbox.table.withLock { table in
            Set(ids).filter { id in
                found[id] = table.user(id, since: oldest)
                return found[id] == nil
            }
        }
        var rest = missing.sorted()[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(Self.usersPerRead))
            rest = rest.dropFirst(part.count)
            do throws(BackendError) {
                let users = try await directory.users(part)
                let now = time.monotonicMilliseconds
                inbox.table.withLock { table in
                    for user in users { table.put(user, now: now) }
                }
                for user in users { found[user.id] = user }
            } catch {
                throw ServiceError(error)
            }
        }
        return found
    }

    private var oldestBelieved: UInt64 {
        let now = time.monotonicMilliseconds
        return now > Self.userLifeMilliseconds ? now - Self.userLifeMilliseconds : 0
    }
}

/// What a channel belongs to.
package enum ChannelPlace: Hashable, Sendable {
    case guild(GuildID)
    /// To its parties alone.
    case direct(DirectChannel)
}
