import Chat
import Hummingbird
import Services
import Wire

/// Invites, and joining by them.
enum InviteRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/channels/{channel}/invites", .get(listOfChannel), .post(create))
        routes.add("/guilds/{guild}/invites", .get(listOfGuild))
        routes.add("/invites/{code}", .get(read), .post(join), .delete(delete))
    }

    /// `{max_age, max_uses, temporary, unique}`, all optional.
    private static func create(_ call: APICall) async throws -> Response {
        let form = try await call.optionalForm()
        let defaults = InviteOptions()
        let options = InviteOptions(
            maxAgeSeconds: form["max_age"]?.integer() ?? defaults.maxAgeSeconds,
            maxUses: form["max_uses"]?.integer() ?? defaults.maxUses,
            isTemporary: form["temporary"]?.bool() ?? defaults.isTemporary,
            isUnique: form["unique"]?.bool() ?? defaults.isUnique
        )
        form.refuse("target_type", "target_user_id", "target_application_id")
        try form.check()
        let caller = try call.caller
        let invite = try await call.services.guilds.createInvite(
            try call.channel, options, by: caller.id, because: try call.reason)
        let snapshot = try await call.services.guilds.guild(invite.guild, for: caller.id)
        return .json { $0.invite(invite, snapshot: snapshot, inviter: caller, withMetadata: true) }
    }

    private static func listOfGuild(_ call: APICall) async throws -> Response {
        let (guild, caller) = (try call.guild, try call.caller.id)
        let invites = try await call.services.guilds.invites(of: guild, for: caller)
        return try await answer(invites, of: guild, call)
    }

    private static func listOfChannel(_ call: APICall) async throws -> Response {
        let caller = try call.caller.id
        let invites = try await call.services.guilds.invites(to: try call.channel, for: caller)
        guard let guild = invites.first?.guild else { return .json { $0.array { _ in } } }
        return try await answer(invites, of: guild, call)
    }

    /// Members looked at to say how many are online.
    private static let countedMembersMax = 100

    /// Shows an invite to anybody who holds its code; `with_counts` adds the number of members.
    private static func read(_ call: APICall) async throws -> Response {
        let withCounts = try call.query.flag("with_counts")
        let (invite, snapshot) = try await call.services.guilds.invite(try call.segment("code"))
        let inviter = try await inviter(of: invite, call)
        let counts = withCounts ? try await call.counts(of: snapshot, sample: countedMembersMax) : nil
        return .json { $0.invite(invite, snapshot: snapshot, inviter: inviter, counts: counts) }
    }

    private static func join(_ call: APICall) async throws -> Response {
        let (invite, snapshot) = try await call.services.guilds.join(try call.segment("code"), user: try call.caller)
        let inviter = try await inviter(of: invite, call)
        return .json { $0.invite(invite, snapshot: snapshot, inviter: inviter) }
    }

    private static func delete(_ call: APICall) async throws -> Response {
        let caller = try call.caller.id
        let invite = try await call.services.guilds.deleteInvite(
            try call.segment("code"), by: caller, because: try call.reason)
        let snapshot = try await call.services.guilds.guild(invite.guild, for: caller)
        let inviter = try await inviter(of: invite, call)
        return .json { $0.invite(invite, snapshot: snapshot, inviter: inviter) }
    }

    private static func answer(_ invites: [Invite], of guild: GuildID, _ call: APICall) async throws -> Response {
        let snapshot = try await call.services.guilds.guild(guild, for: try call.caller.id)
        let inviters = try await call.services.access.cache.users(Array(Set(invites.map(\.inviter))))
        return .json(reservingBytes: 512 * (invites.count + 1)) { json in
            json.array { array in
                for invite in invites {
                    array.invite(invite, snapshot: snapshot, inviter: inviters[invite.inviter], withMetadata: true)
                }
            }
        }
    }

    private static func inviter(of invite: Invite, _ call: APICall) async throws -> User? {
        try await call.services.access.cache.users([invite.inviter])[invite.inviter]
    }
}
