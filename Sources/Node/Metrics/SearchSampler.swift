import Interface
import Metrics
import ServiceLifecycle
import Services

/// Writes down every few seconds how far the search index is, as ``LagSampler`` does for the chat service.
struct SearchSampler: Service {
    private static let periodMilliseconds: UInt64 = 5_000

    private let progress: SearchProgress
    private let time: any TimeSource
    private let lag: Gauge
    private let documents: Gauge
    private let bytes: Gauge

    init(progress: SearchProgress, time: any TimeSource, registry: PrometheusRegistry) {
        self.progress = progress
        self.time = time
        lag = Gauge(
            label: "discord_log_lag_records", dimensions: [("group", SearchIndexer.group)], factory: registry)
        documents = Gauge(label: "discord_search_documents", factory: registry)
        bytes = Gauge(label: "discord_search_index_bytes", factory: registry)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // An index that does not answer shows among the dependencies; its last figures stay.
                if let reading = try? await progress.read() {
                    lag.record(Int64(clamping: reading.lag))
                    documents.record(Int64(reading.status.documents))
                    bytes.record(Int64(reading.status.bytes))
                }
                // Ends early when the node stops.
                try? await time.sleep(milliseconds: Self.periodMilliseconds)
            }
        }
    }
}
