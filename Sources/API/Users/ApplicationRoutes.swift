import Chat
import Hummingbird
import Interface
import Services
import Wire

/// What a bot is to OAuth: discord.py asks for it at login.
enum ApplicationRoutes {
    static func add(to routes: RouteTable) {
        routes.add("/oauth2/applications/@me", .get(application))
        routes.add("/applications/@me", .get(application))
    }

    private static func application(_ call: APICall) async throws -> Response {
        let accounts = call.services.accounts
        let account = try await accounts.account(try call.caller.id)
        // A bot without an owner, and a person, answer for themselves.
        let owner = if let owner = account.owner { try await accounts.user(owner) } else { account.user }
        let guilds = try await call.services.guilds.guilds(of: account.user.id)
        return .json { $0.application(of: account.user, owner: owner, guildCount: guilds.count) }
    }
}
