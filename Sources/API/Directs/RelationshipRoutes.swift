import Chat
import Hummingbird
import Services
import Wire

/// Whom the caller has blocked, as Discord's user API has it: relationships of type 2. There are no others here.
enum RelationshipRoutes {
    /// Discord's number for a block.
    private static let blocked: Int64 = 2

    static func add(to routes: RouteTable) {
        routes.add("/users/@me/relationships", .get(list))
        routes.add("/users/@me/relationships/{user}", .put(set), .delete(remove))
    }

    private static func list(_ call: APICall) async throws -> Response {
        let users = try await call.services.directs.blocked(by: try call.caller.id)
        return .json(reservingBytes: 256 * (users.count + 1)) { json in
            json.array { array in
                for user in users {
                    array.object {
                        $0.field("id", snowflake: user.id.rawValue)
                        $0.field("type", blocked)
                        $0.null("nickname")
                        $0.key("user")
                        $0.user(user)
                    }
                }
            }
        }
    }

    /// `{type: 2}`.
    private static func set(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        _ = form.required("type") { field -> Int64? in
            guard let type = field.integer() else { return nil }
            return type == blocked ? type : field.fail("BASE_TYPE_CHOICES", "This has to be 2 (blocked).")
        }
        try form.check()
        try await call.services.directs.block(try call.user, by: try call.caller.id)
        return .noContent
    }

    private static func remove(_ call: APICall) async throws -> Response {
        try await call.services.directs.unblock(try call.user, by: try call.caller.id)
        return .noContent
    }
}
