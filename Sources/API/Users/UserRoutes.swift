import Chat
import Hummingbird
import Interface
import Services
import Wire

/// The caller's own account, other users, and the guilds one is in.
enum UserRoutes {
    private static let guildsPageMax = 200
    /// Members of each guild looked at to say how many are online.
    private static let countedMembersMax = 100

    static func add(to routes: RouteTable) {
        routes.add("/users/@me", .get(me), .patch(updateMe))
        routes.add("/users/@me/guilds", .get(guilds))
        routes.add("/users/@me/guilds/{guild}", .delete(leave))
        routes.add("/users/@me/guilds/{guild}/member", .get(membership))
        routes.add("/users/{user}", .get(user))
    }

    private static func me(_ call: APICall) async throws -> Response {
        let account = try await call.services.accounts.account(try call.caller.id)
        return .json { $0.ownUser(account.user, email: account.email) }
    }

    /// `{username?, avatar?, password?, new_password?}`, the avatar as data URI. A new password takes the present one, ends every token, and is
    /// answered with a `token` that takes their place.
    private static func updateMe(_ call: APICall) async throws -> Response {
        let caller = try call.caller
        let form = try await call.form()
        let username = form["username"]?.string()
        let avatar = form.change("avatar") { $0.image() }
        let password = form["new_password"]?.string()
        form.refuse("banner", "email")
        var present: String?
        if password == nil { form.refuse("password") } else { present = form.required("password") { $0.string() } }
        try form.check()
        _ = try await call.services.accounts.update(
            caller.id, username: username, avatar: avatar, call.services.images)
        var token: String?
        if let present, let password {
            // Whoever has found a token must not find the password with it.
            try await call.services.limits.charge(.loginAccount, by: caller.id)
            token = try await call.services.accounts.changePassword(of: caller.id, from: present, to: password)
        }
        let account = try await call.services.accounts.account(caller.id)
        return .json { $0.ownUser(account.user, email: account.email, token: token) }
    }

    private static func user(_ call: APICall) async throws -> Response {
        let user = try await call.services.accounts.user(try call.user)
        return .json { $0.user(user) }
    }

    /// `limit` (1 to 200), `before`, `after`, `with_counts`; ascending ids.
    private static func guilds(_ call: APICall) async throws -> Response {
        let caller = try call.caller.id
        let limit = try call.query.integer("limit", in: 1...guildsPageMax, default: guildsPageMax)
        let before = try call.query.id("before", GuildID.self)
        let after = try call.query.id("after", GuildID.self)
        let withCounts = try call.query.flag("with_counts")
        let all = try await call.services.guilds.guilds(of: caller)
        let inRange = all.filter { snapshot in
            before.map { snapshot.guild.id < $0 } ?? true && after.map { snapshot.guild.id > $0 } ?? true
        }
        // Before an id means the ones right before it, in ascending order still.
        let page = before != nil && after == nil ? inRange.suffix(limit) : inRange.prefix(limit)
        var entries: [(snapshot: GuildSnapshot, permissions: Permissions, counts: GuildCounts?)] = []
        for snapshot in page {
            // Whoever was removed meanwhile is no longer shown.
            guard let grant = try? await call.services.access.guild(snapshot.guild.id, for: caller) else { continue }
            let counts = withCounts ? try? await call.counts(of: grant.snapshot, sample: countedMembersMax) : nil
            entries.append((grant.snapshot, grant.permissions, counts))
        }
        return .json { json in
            json.array { array in
                for entry in entries {
                    array.partialGuild(
                        entry.snapshot.guild, isOwner: entry.snapshot.guild.owner == caller,
                        permissions: entry.permissions, counts: entry.counts)
                }
            }
        }
    }

    /// The caller as a member of a guild.
    private static func membership(_ call: APICall) async throws -> Response {
        let caller = try call.caller.id
        let profile = try await call.services.guilds.member(caller, of: try call.guild, for: caller)
        return .json { $0.member(profile) }
    }

    private static func leave(_ call: APICall) async throws -> Response {
        let caller = try call.caller.id
        try await call.services.guilds.removeMember(caller, from: try call.guild, by: caller)
        return .noContent
    }
}
