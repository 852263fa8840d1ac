import Chat
import Hummingbird
import Services
import Wire

/// Roles of a guild, and who holds them.
enum RoleRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/guilds/{guild}/roles", .get(list), .post(create), .patch(move))
        routes.add("/guilds/{guild}/roles/{role}", .get(read), .patch(update), .delete(delete))
    }

    private static func list(_ call: APICall) async throws -> Response {
        let roles = try await call.services.guilds.roles(of: try call.guild, for: try call.caller.id)
        return .json(reservingBytes: 2_048) { $0.roles(roles) }
    }

    private static func read(_ call: APICall) async throws -> Response {
        let id = try call.role
        let roles = try await call.services.guilds.roles(of: try call.guild, for: try call.caller.id)
        guard let role = roles.first(where: { $0.id == id }) else { throw ServiceError(.unknownRole) }
        return .json { $0.role(role) }
    }

    private static func create(_ call: APICall) async throws -> Response {
        let form = try await call.optionalForm()
        let new = update(from: form)
        try form.check()
        let role = try await call.services.guilds.createRole(
            in: try call.guild, new, by: try call.caller.id, because: try call.reason)
        return .json { $0.role(role) }
    }

    /// `[{id, position?}, …]`; answers all roles.
    private static func move(_ call: APICall) async throws -> Response {
        let (forms, errors) = try await call.forms(max: Limits.rolesPerGuildMax)
        let positions = forms.compactMap { form -> (role: RoleID, position: Int64)? in
            guard let role = form.required("id", { $0.id(RoleID.self) }),
                let position = form["position"]?.integer(in: 0...Int64(Int32.max))
            else { return nil }
            return (role, position)
        }
        try errors.check()
        let roles = try await call.services.guilds.moveRoles(
            positions, of: try call.guild, by: try call.caller.id, because: try call.reason)
        return .json(reservingBytes: 2_048) { $0.roles(roles) }
    }

    private static func update(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let change = update(from: form)
        try form.check()
        let role = try await call.services.guilds.updateRole(
            try call.role, in: try call.guild, change, by: try call.caller.id, because: try call.reason)
        return .json { $0.role(role) }
    }

    private static func delete(_ call: APICall) async throws -> Response {
        try await call.services.guilds.deleteRole(
            try call.role, in: try call.guild, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    /// A colour comes as `color`, or as `colors.primary_color`; gradients are not kept.
    private static func update(from form: FormReader) -> RoleUpdate {
        form.refuse("icon", "unicode_emoji")
        return RoleUpdate(
            name: form["name"]?.string(), permissions: form["permissions"]?.permissions(),
            color: form["colors"]?.object()?["primary_color"]?.integer() ?? form["color"]?.integer(),
            position: form["position"]?.integer(), isHoisted: form["hoist"]?.bool(),
            isMentionable: form["mentionable"]?.bool()
        )
    }
}
