import Hummingbird
import Wire

/// Where the gateway is.
enum DiscoveryRoutes {
    /// IDENTIFYs a day and bot that clients are told they have. Nothing counts them down yet: the gateway bounds
    /// handshakes by itself.
    private static let sessionStarts = 1_000

    static func add(to routes: RouteTable) {
        routes.addOpen("/gateway", .get(gateway))
        routes.add("/gateway/bot", .get(gatewayForBots))
    }

    private static func gateway(_ call: APICall) async throws -> Response {
        .json { json in
            json.object { $0.field("url", call.configuration.gatewayURL) }
        }
    }

    /// hikari needs all four integers, and does not start when fewer sessions remain than there are shards.
    private static func gatewayForBots(_ call: APICall) async throws -> Response {
        .json { json in
            json.object { json in
                json.field("url", call.configuration.gatewayURL)
                json.field("shards", 1)
                json.object("session_start_limit") {
                    $0.field("total", sessionStarts)
                    $0.field("remaining", sessionStarts)
                    $0.field("reset_after", 86_400_000)
                    $0.field("max_concurrency", 1)
                }
            }
        }
    }
}
