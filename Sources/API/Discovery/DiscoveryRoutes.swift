import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Where the gateway is.
enum DiscoveryRoutes {
    /// IDENTIFYs that clients are told they have left where nobody's are counted.
    private static let sessionStarts = 1_000
    /// Shards that a bot may start at once, then again every five seconds: no more than Discord's largest bots, and few
    /// enough to pass the gateway's gate together.
    private static let startsAtOnce = 16

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
        let verdict = await call.services.limits.look(at: .identify, of: try call.caller.id)
        return .json { json in
            json.object { json in
                json.field("url", call.configuration.gatewayURL)
                json.field("shards", 1)
                json.object("session_start_limit") {
                    $0.field("total", verdict?.limit.count ?? sessionStarts)
                    $0.field("remaining", verdict?.standing.remaining ?? sessionStarts)
                    $0.field("reset_after", verdict?.standing.resetAfterMilliseconds ?? 0)
                    $0.field("max_concurrency", startsAtOnce)
                }
            }
        }
    }
}
