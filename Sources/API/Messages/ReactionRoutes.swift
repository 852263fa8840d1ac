import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Reactions to messages. An emoji is one of Unicode, percent-encoded, or `name:id`.
enum ReactionRoutes {
    private static let pageDefault = 25
    private static let pageMax = 100

    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/messages/{message}/reactions", .delete(clear))
        routes.add("/channels/{channel}/messages/{message}/reactions/{emoji}", .get(list), .delete(clearEmoji))
        routes.add(
            "/channels/{channel}/messages/{message}/reactions/{emoji}/{user}", .put(react).limited(by: .reaction),
            .delete(unreact).limited(by: .reaction))
    }

    private static func emoji(_ call: APICall) throws(APIError) -> ReactionEmoji {
        guard let emoji = ReactionEmoji(path: try call.segment("emoji")) else {
            throw APIError(ServiceError(.unknownEmoji))
        }
        return emoji
    }

    /// Only for oneself: `@me`, or one's own id.
    private static func react(_ call: APICall) async throws -> Response {
        let caller = try call.caller
        guard try call.user == caller.id else { throw APIError(ServiceError(.missingPermissions)) }
        try await call.services.messages.react(
            with: try emoji(call), to: try call.message, in: try call.channel, as: caller)
        return .noContent
    }

    private static func unreact(_ call: APICall) async throws -> Response {
        try await call.services.messages.unreact(
            with: try emoji(call), of: try call.user, to: try call.message, in: try call.channel,
            as: try call.caller.id)
        return .noContent
    }

    private static func clearEmoji(_ call: APICall) async throws -> Response {
        try await call.services.messages.clearReactions(
            with: try emoji(call), to: try call.message, in: try call.channel, as: try call.caller.id)
        return .noContent
    }

    private static func clear(_ call: APICall) async throws -> Response {
        try await call.services.messages.clearReactions(
            with: nil, to: try call.message, in: try call.channel, as: try call.caller.id)
        return .noContent
    }

    /// `limit` (1 to 100, by default 25) and `after`; ascending ids. There are no burst reactions, so that `type=1` lists
    /// nobody.
    private static func list(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...pageMax, default: pageDefault)
        let type = try call.query.integer("type", in: 0...1, default: 0)
        let users = try await call.services.history.reactors(
            to: try call.message, in: try call.channel, with: try emoji(call),
            after: try call.query.id("after", UserID.self) ?? UserID(0), limit: limit, for: try call.caller.id)
        return .json { json in
            json.array { array in
                for user in users where type == 0 { array.user(user) }
            }
        }
    }
}
