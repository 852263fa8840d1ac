import HTTPTypes
import Metrics
import Synchronization

/// Counts requests and their time by route, method and status. All labels come from closed sets: routes as they are
/// declared, the methods that routes know, and the statuses of the error table.
final class APIMetrics: Sendable {
    private struct Labels: Hashable {
        var route: String
        var method: String
        var status: Int
    }

    private struct Meters {
        let requests: Counter
        let seconds: Timer
    }

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    /// Looking a meter up in the metrics system on every request would cost more than the request's own bookkeeping.
    private let meters = Mutex<[Labels: Meters]>([:])

    func record(route: String, method: HTTPRequest.Method, status: HTTPResponse.Status, duration: Duration) {
        let method = Self.methods.contains(method.rawValue) ? method.rawValue : "other"
        let labels = Labels(route: route, method: method, status: status.code)
        let meters = meters.withLock { meters in
            if let known = meters[labels] { return known }
            let new = Meters(
                requests: Counter(
                    label: "discord_api_requests_total",
                    dimensions: [("route", route), ("method", method), ("status", String(status.code))]
                ),
                seconds: Timer(
                    label: "discord_api_request_seconds", dimensions: [("route", route), ("method", method)])
            )
            meters[labels] = new
            return new
        }
        meters.requests.increment()
        meters.seconds.record(duration: duration)
    }
}
