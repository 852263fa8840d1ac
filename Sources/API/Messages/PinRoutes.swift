import Chat
import Hummingbird
import Services
import Wire

/// Pinned messages of a channel, under their present paths and the older ones.
enum PinRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/messages/pins", .get(page))
        routes.add("/channels/{channel}/messages/pins/{message}", .put(pin), .delete(unpin))
        routes.add("/channels/{channel}/pins", .get(list))
        routes.add("/channels/{channel}/pins/{message}", .put(pin), .delete(unpin))
    }

    /// `limit` (1 to 50, by default 50) and `before`, a time; the latest pinned first.
    private static func page(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer(
            "limit", in: 1...Limits.pinsPerChannelMax, default: Limits.pinsPerChannelMax)
        var before = UInt64.max
        if let text = call.query.string("before") {
            guard let time = ISO8601.unixMilliseconds(text), time >= 0 else {
                throw FieldError(
                    path: ["before"], code: "DATE_TIME_TYPE_PARSE", message: "This has to be a time."
                ).asForm
            }
            before = UInt64(time)
        }
        let all = try await call.services.history.pins(of: try call.channel, for: try call.caller.id)
        let rest = all.drop { ($0.message.pinnedAt ?? 0) >= before }
        return .json(reservingBytes: 768 * (min(limit, rest.count) + 1)) {
            $0.pins(rest.prefix(limit), hasMore: rest.count > limit, files: call.services.files)
        }
    }

    /// All of them, as a plain list.
    private static func list(_ call: APICall) async throws -> Response {
        let pins = try await call.services.history.pins(of: try call.channel, for: try call.caller.id)
        return .json(reservingBytes: 768 * (pins.count + 1)) { json in
            json.array { array in
                for pinned in pins { array.message(pinned, .rest, files: call.services.files) }
            }
        }
    }

    private static func pin(_ call: APICall) async throws -> Response {
        try await call.services.moderation.pin(
            try call.message, in: try call.channel, as: try call.caller, because: try call.reason)
        return .noContent
    }

    private static func unpin(_ call: APICall) async throws -> Response {
        try await call.services.moderation.unpin(
            try call.message, in: try call.channel, as: try call.caller.id, because: try call.reason)
        return .noContent
    }
}
