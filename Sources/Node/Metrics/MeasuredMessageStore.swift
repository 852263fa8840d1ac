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
    }

    func apply(_ writes: [MessageWrite]) async throws(BackendError) {
        let start = time.monotonicMilliseconds
        defer { note(applies, since: start) }
        try await store.apply(writes)
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

    private func note(_ series: HistogramSeries, since start: UInt64) {
        series.observe(Double(time.monotonicMilliseconds - start) / 1_000)
    }
}
