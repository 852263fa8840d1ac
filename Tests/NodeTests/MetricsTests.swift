import Metrics
import Node
import Testing

@Suite("Prometheus registry")
struct MetricsTests {
    @Test func countsAndShowsByLabel() {
        let registry = PrometheusRegistry()
        let counter = Counter(label: "http.requests", dimensions: [("route", "a\"b\\c\n")], factory: registry)
        counter.increment(by: 2)
        counter.increment()
        #expect(registry.exposition() == "# TYPE http_requests counter\nhttp_requests{route=\"a\\\"b\\\\c\\n\"} 3\n")
    }

    @Test func fillsTheBucketsOfAHistogramCumulatively() {
        let registry = PrometheusRegistry()
        let timer = Timer(label: "discord_message_latency_seconds", dimensions: [], factory: registry)
        timer.recordMilliseconds(5)
        timer.recordMilliseconds(50)
        timer.recordMilliseconds(60)
        timer.recordSeconds(3)
        let lines = registry.exposition().split(separator: "\n")
        #expect(lines.contains("discord_message_latency_seconds_bucket{le=\"0.01\"} 1"))
        #expect(lines.contains("discord_message_latency_seconds_bucket{le=\"0.05\"} 2"))
        #expect(lines.contains("discord_message_latency_seconds_bucket{le=\"0.1\"} 3"))
        #expect(lines.contains("discord_message_latency_seconds_bucket{le=\"1.0\"} 3"))
        #expect(lines.contains("discord_message_latency_seconds_bucket{le=\"+Inf\"} 4"))
        #expect(lines.contains("discord_message_latency_seconds_count 4"))
    }

    @Test func readsGaugesWhenAsked() {
        let registry = PrometheusRegistry()
        registry.addGauge("discord_active_connections") { [([("gateway_id", "local")], 7)] }
        #expect(registry.exposition().contains("discord_active_connections{gateway_id=\"local\"} 7.0"))
    }

    @Test func boundsTheNumberOfSeries() {
        let registry = PrometheusRegistry()
        for number in 0...(PrometheusRegistry.seriesMax + 10) {
            Counter(label: "c", dimensions: [("n", "\(number)")], factory: registry).increment()
        }
        let lines = registry.exposition().split(separator: "\n").filter { $0.hasPrefix("c{") }
        #expect(lines.count == PrometheusRegistry.seriesMax + 1)
        #expect(lines.contains("c{overflow=\"true\"} 11"))
    }
}
