import Interface
import Metrics
import ServiceLifecycle
import Services

/// Writes down every few seconds how far the chat service is behind the log: asking the log takes time, and a scrape must not wait.
struct LagSampler: Service {
    private static let periodMilliseconds: UInt64 = 5_000

    private let log: any EventLog
    private let time: any TimeSource
    private let lag: Gauge

    init(log: any EventLog, time: any TimeSource, registry: PrometheusRegistry) {
        self.log = log
        self.time = time
        lag = Gauge(label: "discord_log_lag_records", dimensions: [("group", PartitionRunner.group)], factory: registry)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                lag.record(Int64(clamping: await LogLag.read(log).lag))
                // Ends early when the node stops.
                try? await time.sleep(milliseconds: Self.periodMilliseconds)
            }
        }
    }
}
