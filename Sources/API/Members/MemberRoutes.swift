import Chat
import Hummingbird
import Services
import Wire

/// Members of a guild.
enum MemberRoutes {
    private static let pageMax = 1_000

    static func add(to routes: RouteTable) {
        routes.add("/guilds/{guild}/members", .get(list))
        routes.add("/guilds/{guild}/members/search", .get(search))
        routes.add("/guilds/{guild}/members/{user}", .get(read), .put(add), .patch(update), .delete(remove))
        routes.add("/guilds/{guild}/members/{user}/roles/{role}", .put(giveRole), .delete(takeRole))
    }

    /// `limit` (1 to 1,000, by default 1), `after`; ascending user ids.
    private static func list(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...pageMax, default: 1)
        let after = try call.query.id("after", UserID.self) ?? UserID(0)
        let members = try await call.services.guilds.members(
            of: try call.guild, after: after, limit: limit, for: try call.caller.id
        )
        return answer(members)
    }

    /// `query`, a prefix of a name or nick, and `limit` (1 to 1,000, by default 1).
    private static func search(_ call: APICall) async throws -> Response {
        let limit = try call.query.integer("limit", in: 1...pageMax, default: 1)
        guard let prefix = call.query.string("query"), !prefix.isEmpty else {
            throw FieldError.required(["query"]).asForm
        }
        let members = try await call.services.guilds.searchMembers(
            of: try call.guild, prefix: prefix, limit: limit, for: try call.caller.id
        )
        return answer(members)
    }

    private static func read(_ call: APICall) async throws -> Response {
        let profile = try await call.services.guilds.member(try call.user, of: try call.guild, for: try call.caller.id)
        return .json { $0.member(profile) }
    }

    private static func update(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let change = MemberUpdate(
            nick: form.change("nick") { $0.string() },
            roles: form["roles"]?.list(max: Limits.rolesPerGuildMax)?.compactMap { $0.id(RoleID.self) },
            isMuted: form["mute"]?.bool(), isDeafened: form["deaf"]?.bool(),
            timedOutUntil: form.change("communication_disabled_until") { $0.time() }
        )
        let channel = form.change("channel_id") { $0.id(ChannelID.self) }
        try form.check()
        let profile = try await call.services.guilds.updateMember(
            try call.user, of: try call.guild, change, by: try call.caller.id, because: try call.reason
        )
        if case .set(let channel) = channel {
            try await call.services.moderation.move(
                try call.user, in: try call.guild, to: channel, by: try call.caller.id, because: try call.reason)
        }
        return .json { $0.member(profile) }
    }

    private static func remove(_ call: APICall) async throws -> Response {
        try await call.services.guilds.removeMember(
            try call.user, from: try call.guild, by: try call.caller.id, because: try call.reason)
        return .noContent
    }

    private static func giveRole(_ call: APICall) async throws -> Response {
        try await setRole(call, isHeld: true)
    }

    private static func takeRole(_ call: APICall) async throws -> Response {
        try await setRole(call, isHeld: false)
    }

    private static func setRole(_ call: APICall, isHeld: Bool) async throws -> Response {
        try await call.services.guilds.setRole(
            try call.role, isHeld: isHeld, of: try call.user, in: try call.guild, by: try call.caller.id,
            because: try call.reason
        )
        return .noContent
    }

    private static func answer(_ members: [MemberProfile]) -> Response {
        .json(reservingBytes: 512 * (members.count + 1)) { json in
            json.array { array in
                for member in members { array.member(member) }
            }
        }
    }
}
