import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Who is kept out of a guild.
enum BanRoutes {
    private static let pageMax = 1_000
    private static let secondsPerDay: Int64 = 86_400

    static func add(to routes: RouteTable) {
        routes.add("/guilds/{guild}/bans", .get(list))
        routes.add("/guilds/{guild}/bans/{user}", .get(read), .put(create), .delete(delete))
        routes.add("/guilds/{guild}/bulk-ban", .post(createMany))
    }

    /// `limit` (1 to 1,000, by default all of them) and `before` or `after`, of which `before` wins; ascending user ids.
    private static func list(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...pageMax, default: pageMax)
        let after = try call.query.id("after", UserID.self) ?? UserID(0)
        let cursor = try call.query.id("before", UserID.self).map(BanCursor.before) ?? .after(after)
        let bans = try await call.services.guilds.bans(
            of: try call.guild, cursor, limit: limit, for: try call.caller.id)
        return .json(reservingBytes: 256 * (bans.count + 1)) { json in
            json.array { array in
                for ban in bans { array.ban(ban) }
            }
        }
    }

    private static func read(_ call: APICall) async throws -> Response {
        let ban = try await call.services.guilds.ban(of: try call.user, in: try call.guild, for: try call.caller.id)
        return .json { $0.ban(ban) }
    }

    /// `{delete_message_seconds}` or, as before, `{delete_message_days}`; both may be left out.
    private static func create(_ call: APICall) async throws -> Response {
        let form = try await call.optionalForm()
        let seconds = deletedSeconds(form)
        try form.check()
        try await call.services.guilds.ban(
            try call.user, from: try call.guild, deletingSeconds: seconds, by: try call.caller.id,
            because: try call.reason)
        return .noContent
    }

    private static func delete(_ call: APICall) async throws -> Response {
        try await call.services.guilds.unban(
            try call.user, from: try call.guild, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    /// `{user_ids: [1 to 200 ids], delete_message_seconds}`.
    private static func createMany(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let users = form.required("user_ids") { $0.list(max: Limits.bulkBanMax)?.compactMap { $0.id(UserID.self) } }
        let seconds = deletedSeconds(form)
        try form.check()
        let outcome = try await call.services.guilds.ban(
            all: users ?? [], from: try call.guild, deletingSeconds: seconds, by: try call.caller.id,
            because: try call.reason)
        return .json { json in
            json.object {
                $0.field("banned_users", snowflakes: outcome.banned.lazy.map(\.rawValue))
                $0.field("failed_users", snowflakes: outcome.failed.lazy.map(\.rawValue))
            }
        }
    }

    private static func deletedSeconds(_ form: FormReader) -> Int64 {
        let days = form["delete_message_days"]?.integer(in: 0...7) ?? 0
        return form["delete_message_seconds"]?.integer() ?? days * secondsPerDay
    }
}
