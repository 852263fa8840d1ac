import Chat
import Hummingbird
import Services
import Wire

/// Guilds as a whole.
enum GuildRoutes {
    /// Members looked at to say how many are online.
    private static let countedMembersMax = 1_000

    static func add(to routes: RouteTable) {
        routes.add("/guilds", .post(create))
        routes.add("/guilds/{guild}", .get(read), .patch(update), .delete(delete))
    }

    /// `{name}`. An icon is set once the guild is there.
    private static func create(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let name = form.required("name") { $0.string() }
        form.refuse("icon", "roles", "channels")
        guard let name, form.isValid else { throw form.failure }
        let snapshot = try await call.services.guilds.createGuild(name: name, icon: nil, by: try call.caller.id)
        return .json(status: .created, reservingBytes: 2_048) { $0.guild(snapshot) }
    }

    private static func read(_ call: APICall) async throws -> Response {
        let withCounts = try call.query.flag("with_counts")
        let snapshot = try await call.services.guilds.guild(try call.guild, for: try call.caller.id)
        let counts = withCounts ? try await call.counts(of: snapshot, sample: countedMembersMax) : nil
        return .json(reservingBytes: 2_048) { $0.guild(snapshot, counts: counts) }
    }

    private static func update(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        var update = GuildUpdate()
        update.name = form["name"]?.string()
        update.description = form.change("description") { $0.string() }
        update.owner = form["owner_id"]?.id(UserID.self)
        update.systemChannel = form.change("system_channel_id") { $0.id(ChannelID.self) }
        let icon = form.change("icon") { $0.image() }
        form.refuse("banner", "splash", "discovery_splash")
        try form.check()
        let snapshot = try await call.services.guilds.update(
            try call.guild, update, icon: icon, call.services.images, by: try call.caller.id,
            because: try call.reason)
        return .json(reservingBytes: 2_048) { $0.guild(snapshot) }
    }

    private static func delete(_ call: APICall) async throws -> Response {
        try await call.services.guilds.delete(try call.guild, by: try call.caller.id)
        return .noContent
    }
}
