package import Chat
import Interface
import Synchronization

/// Direct channels of one node. They are kept fresh by `direct:{id}`, to which the cache is subscribed before it loads;
/// what was changed through this node is fresh when the change returns.
///
/// Bounded: beyond the capacity the channel unused for the longest time goes, with its subscription. Concurrent equal
/// loads are one.
package final class DirectCache: Sendable {
    /// Takes the events, so that the bus holds this and not the cache, which holds the bus.
    private final class Inbox: FanoutReceiver {
        let table: Mutex<DirectCacheTable>

        init(_ table: DirectCacheTable) {
            self.table = Mutex(table)
        }

        func receive(_ event: FanoutEvent) {
            guard case .direct(let id) = event.topic else { return }
            let channel = try? DirectChannel(encoded: event.payload)
            table.withLock { $0.receive(channel, of: id, version: event.position) }
        }
    }

    private let directory: any Directory
    private let inbox: Inbox
    private let topics: TopicKeeper
    private let loads = Coalescer<ChannelID, DirectChannel?>()

    /// Attaches itself to the bus.
    /// - Parameter capacity: channels, and subscriptions.
    init(directory: any Directory, bus: any FanoutBus, capacity: Int) async throws(BackendError) {
        self.directory = directory
        inbox = Inbox(DirectCacheTable(capacity: capacity))
        topics = TopicKeeper(bus: bus, receiver: inbox)
        try await topics.attach()
    }

    /// The channel as it is, or as it was at a version no older than the last one heard of; `nil` when there is none.
    /// - Parameter version: a version that the channel must have reached; a cached one that is older is loaded again.
    /// - Throws: `.unavailable` when it has to be loaded and the directory or the bus is down.
    package func channel(
        _ id: ChannelID, atLeast version: UInt64 = 0
    ) async throws(ServiceError) -> DirectChannel? {
        if let known = inbox.table.withLock({ $0.channel(id, atLeast: version) }) { return known }
        return try await loads.value(for: id) { () async throws(ServiceError) in try await load(id) }
    }

    /// The channel in memory, if it may be believed. No I/O.
    func cached(_ id: ChannelID) -> DirectChannel? { inbox.table.withLock { $0.channel(id, atLeast: 0) } }

    /// Takes note of a change made through this node, so that nothing older is served once the change has returned.
    func note(_ channel: DirectChannel) {
        inbox.table.withLock { $0.receive(channel, of: channel.id, version: channel.version) }
    }

    /// Takes note that the directory refused a change because what was believed here is out of date.
    func noteConflict(_ id: ChannelID) {
        inbox.table.withLock { $0.markStale(id) }
    }

    /// Takes note of direct channels' newest messages in their parties' lists. Answers in whose lists which of them were not before.
    func noteMessages(_ newest: [ChannelID: MessageID]) async throws(BackendError) -> [ChannelID: [UserID]] {
        try await directory.noteMessages(newest)
    }

    private func load(_ id: ChannelID) async throws(ServiceError) -> DirectChannel? {
        do throws(BackendError) {
            if inbox.table.withLock({ $0.begin(id) }) { try await topics.hold(.direct(id)) }
        } catch {
            inbox.table.withLock { $0.forget(id) }
            throw ServiceError(error)
        }
        let result: Result<DirectChannel?, BackendError>
        do throws(BackendError) {
            result = .success(try await directory.direct(id))
        } catch {
            result = .failure(error)
        }
        for gone in inbox.table.withLock({ $0.finish(id, with: result) }) { topics.release(.direct(gone)) }
        switch result {
        case .success(let channel): return channel
        case .failure(let error): throw ServiceError(error)
        }
    }
}

/// What a node knows of direct channels. No I/O: ``DirectCache`` loads and subscribes.
///
/// Law: a channel is served only if its version is at least the greatest heard of. One load a channel at a time.
struct DirectCacheTable: Sendable {
    private struct Entry: Sendable {
        var channel: DirectChannel?
        /// The greatest version heard of; `.max` once the channel has ended.
        var newest: UInt64 = 0
        var isLoading = true
    }

    private var entries: RecencyCache<ChannelID, Entry>

    init(capacity: Int) {
        entries = RecencyCache(capacity: capacity)
    }

    mutating func channel(_ id: ChannelID, atLeast version: UInt64) -> DirectChannel? {
        guard let entry = entries.use(id), let channel = entry.channel, channel.version >= max(version, entry.newest)
        else { return nil }
        return channel
    }

    /// Notes that a load begins. True when the channel had no entry, so that a subscription has to be made.
    mutating func begin(_ id: ChannelID) -> Bool {
        guard entries.change(id, { $0.isLoading = true }) else {
            entries.put(Entry(), for: id)
            return true
        }
        return false
    }

    /// Keeps what a load brought. Returns the channels that had to go for it: their subscriptions are to be released.
    mutating func finish(_ id: ChannelID, with result: Result<DirectChannel?, BackendError>) -> [ChannelID] {
        entries.change(id) { entry in
            entry.isLoading = false
            guard case .success(let channel?) = result, channel.version >= entry.channel?.version ?? 0 else { return }
            entry.channel = channel
        }
        var gone: [ChannelID] = []
        if case .success(nil) = result {
            entries.remove(id)
            gone.append(id)
        } else if entries.peek(id)?.channel == nil {
            entries.remove(id)
            gone.append(id)
        }
        while entries.isOverfull, let evicted = entries.removeOldest(unless: \.isLoading) { gone.append(evicted.key) }
        return gone
    }

    /// Forgets a channel for which there is no subscription.
    mutating func forget(_ id: ChannelID) {
        entries.remove(id)
    }

    /// Takes note of a change, whether it came over the bus or was made here; `nil` for one that cannot be read.
    mutating func receive(_ channel: DirectChannel?, of id: ChannelID, version: UInt64) {
        entries.change(id) { entry in
            let hasEnded = channel?.parties.isEmpty == true
            entry.newest = max(entry.newest, hasEnded ? .max : version)
            guard let channel, channel.version > entry.channel?.version ?? 0 else { return }
            entry.channel = channel
        }
    }

    /// Takes note that the directory may hold more than is known here.
    mutating func markStale(_ id: ChannelID) {
        entries.change(id) { entry in
            guard let channel = entry.channel, entry.newest <= channel.version else { return }
            entry.newest = channel.version + 1
        }
    }
}
