import Gateway
import Metrics

/// Hands what the gateway's loops measure to the registry.
struct GatewayMeasurements: GatewayMetrics {
    private let latency: HistogramSeries
    private let resumes: [ResumeOutcome: Counter]
    private let logins: [LoginOutcome: Counter]
    private let closes: [GatewayClose: Counter]

    init(registry: PrometheusRegistry) {
        latency = registry.histogram("discord_message_latency_seconds", [])
        // All of them are made now: a loop's thread only adds, and a scrape shows zeros from the start.
        resumes = Dictionary(
            uniqueKeysWithValues: ResumeOutcome.allCases.map { outcome in
                (
                    outcome,
                    Counter(
                        label: "discord_gateway_resumes_total", dimensions: [("outcome", outcome.rawValue)],
                        factory: registry)
                )
            }
        )
        logins = Dictionary(
            uniqueKeysWithValues: LoginOutcome.allCases.map { outcome in
                (
                    outcome,
                    Counter(
                        label: "discord_gateway_logins_total", dimensions: [("outcome", outcome.rawValue)],
                        factory: registry)
                )
            }
        )
        closes = Dictionary(
            uniqueKeysWithValues: GatewayClose.allCases.map { close in
                (
                    close,
                    Counter(
                        label: "discord_gateway_closes_total", dimensions: [("code", "\(close.rawValue)")],
                        factory: registry)
                )
            }
        )
    }

    func delivered(latencyMilliseconds: UInt64) { latency.observe(Double(latencyMilliseconds) / 1_000) }
    func resumed(_ outcome: ResumeOutcome) { resumes[outcome]?.increment() }
    func login(_ outcome: LoginOutcome) { logins[outcome]?.increment() }
    func closed(_ reason: GatewayClose) { closes[reason]?.increment() }
}
