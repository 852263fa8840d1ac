import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Where the caller is told of messages that it has not seen: a browser's push subscriptions.
enum PushRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/users/@me/push-subscriptions", .get(list), .post(subscribe))
        routes.add("/users/@me/push-subscriptions/{subscription}", .delete(unsubscribe))
        routes.add("/users/@me/push-key", .get(key))
    }

    /// The `applicationServerKey` that browsers subscribe with.
    private static func key(_ call: APICall) async throws -> Response {
        let key = call.services.subscriptions.applicationKey
        guard !key.isEmpty else { throw APIError.unknownRoute }
        return .json { json in
            json.object { $0.field("public_key", Base64URL.encode(key)) }
        }
    }

    private static func list(_ call: APICall) async throws -> Response {
        let subscriptions = try await call.services.subscriptions.subscriptions(of: try call.caller.id)
        return .json { json in
            json.array { array in
                for subscription in subscriptions { array.pushSubscription(subscription) }
            }
        }
    }

    /// `{endpoint, keys: {p256dh, auth}}`, as a browser's `PushSubscription.toJSON()` gives it.
    private static func subscribe(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let endpoint = form.required("endpoint") { $0.string(scalars: 1...PushEndpoint.bytesMax) }
        let keys = form.required("keys") { $0.object() }
        let publicKey = keys?.required("p256dh") { $0.string(scalars: 1...128) }
        let secret = keys?.required("auth") { $0.string(scalars: 1...128) }
        try form.check()
        let subscription = try await call.services.subscriptions.subscribe(
            try call.caller.id, endpoint: endpoint ?? "", publicKey: publicKey ?? "", secret: secret ?? "")
        return .json { $0.pushSubscription(subscription) }
    }

    private static func unsubscribe(_ call: APICall) async throws -> Response {
        try await call.services.subscriptions.unsubscribe(
            try call.id("subscription", PushSubscriptionID.self), of: try call.caller.id)
        return .noContent
    }
}

extension JSONWriter {
    /// Without the keys, which nobody needs again.
    fileprivate mutating func pushSubscription(_ subscription: PushSubscription) {
        object {
            $0.field("id", snowflake: subscription.id.rawValue)
            $0.field("endpoint", subscription.endpoint)
            $0.field("created_at", unixMilliseconds: Int64(clamping: subscription.createdAt))
        }
    }
}
