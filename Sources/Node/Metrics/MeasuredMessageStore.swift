import Chat
import Interface

/// A message store whose calls are timed: `discord_<backend>_query_seconds{query_type}`, failures included.
struct MeasuredMessageStore: MessageStore {
    private let store: any MessageStore
    private let time: any TimeSource
    private let applies: HistogramSeries
    private let messages: HistogramSeries
    private let pages: HistogramSeries
    private let nonces: HistogramSeries
    private let bucketLists: HistogramSeries
    private let lasts: HistogramSeries
    private let scans: HistogramSeries
    private let some: HistogramSeries
    private let reactions: HistogramSeries
    private let ownReactions: HistogramSeries
    private let hasReactions: HistogramSeries
    private let reactors: HistogramSeries
    private let fates: HistogramSeries
    private let pins: HistogramSeries

    /// - Parameter backend: what the store runs on: `sqlite`, `cassandra`.
    init(_ store: any MessageStore, backend: String, registry: PrometheusRegistry, time: any TimeSource) {
        self.store = store
        self.time = time
        func series(_ type: String) -> HistogramSeries {
            registry.histogram("discord_\(backend)_query_seconds", [("query_type", type)])
        }
        applies = series("apply")
        messages = series("message")
        pages = series("page")
        nonces = series("nonces")
        bucketLists = series("buckets")
        lasts = series("last_messages")
        scans = series("scan")
        some = series("messages")
        reactions = series("reactions")
        ownReactions = series("own_reactions")
        hasReactions = series("has_reaction")
        reactors = series("reactors")
        fates = series("fate")
        pins = series("pins")
    }

    func apply(_ batch: StoreBatch) async throws(BackendError) {
        let start = time.monotonicMilliseconds
        defer { note(applies, since: start) }
        try await store.apply(batch)
    }

    func messages(_ ids: [MessageID], in channel: ChannelID) async throws(BackendError) -> [Message] {
        let start = time.monotonicMilliseconds
        defer { note(some, since: start) }
        return try await store.messages(ids, in: channel)
    }

    func message(
        _ id: MessageID, in channel: ChannelID, includingDeleted: Bool
    ) async throws(BackendError) -> Message? {
        let start = time.monotonicMilliseconds
        defer { note(messages, since: start) }
        return try await store.message(id, in: channel, includingDeleted: includingDeleted)
    }

    func page(of channel: ChannelID, _ cursor: HistoryCursor, limit: Int) async throws(BackendError) -> [Message] {
        let start = time.monotonicMilliseconds
        defer { note(pages, since: start) }
        return try await store.page(of: channel, cursor, limit: limit)
    }

    func messages(forNonces keys: [NonceKey], now: UInt64) async throws(BackendError) -> [NonceKey: MessageID] {
        let start = time.monotonicMilliseconds
        defer { note(nonces, since: start) }
        return try await store.messages(forNonces: keys, now: now)
    }

    func buckets(of channel: ChannelID) async throws(BackendError) -> [BucketEntry] {
        let start = time.monotonicMilliseconds
        defer { note(bucketLists, since: start) }
        return try await store.buckets(of: channel)
    }

    func lastMessages(of channels: [ChannelID]) async throws(BackendError) -> [ChannelID: MessageID] {
        let start = time.monotonicMilliseconds
        defer { note(lasts, since: start) }
        return try await store.lastMessages(of: channels)
    }

    func scan(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [Message] {
        let start = time.monotonicMilliseconds
        defer { note(scans, since: start) }
        return try await store.scan(after: place, in: channel, limit: limit)
    }

    func reactions(
        to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: MessageReactions] {
        let start = time.monotonicMilliseconds
        defer { note(reactions, since: start) }
        return try await store.reactions(to: messages, in: channel)
    }

    func ownReactions(
        of user: UserID, to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: Set<String>] {
        let start = time.monotonicMilliseconds
        defer { note(ownReactions, since: start) }
        return try await store.ownReactions(of: user, to: messages, in: channel)
    }

    func hasReaction(
        of user: UserID, with emoji: ReactionEmoji, to message: MessageID, in channel: ChannelID
    ) async throws(BackendError) -> Bool {
        let start = time.monotonicMilliseconds
        defer { note(hasReactions, since: start) }
        return try await store.hasReaction(of: user, with: emoji, to: message, in: channel)
    }

    func reactors(
        to message: MessageID, in channel: ChannelID, with emoji: ReactionEmoji, after: UserID, limit: Int
    ) async throws(BackendError) -> [UserID] {
        let start = time.monotonicMilliseconds
        defer { note(reactors, since: start) }
        return try await store.reactors(to: message, in: channel, with: emoji, after: after, limit: limit)
    }

    func fate(of version: UInt64, in channel: ChannelID) async throws(BackendError) -> CommandFate.Kind? {
        let start = time.monotonicMilliseconds
        defer { note(fates, since: start) }
        return try await store.fate(of: version, in: channel)
    }

    func pins(of channel: ChannelID) async throws(BackendError) -> ChannelPins {
        let start = time.monotonicMilliseconds
        defer { note(pins, since: start) }
        return try await store.pins(of: channel)
    }

    private func note(_ series: HistogramSeries, since start: UInt64) {
        series.observe(Double(time.monotonicMilliseconds - start) / 1_000)
    }
}
