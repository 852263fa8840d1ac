import Chat
import Hummingbird
import Services
import Wire

extension MemberRoutes {
    /// `{access_token, nick?, roles?, mute?, deaf?}`: the user's own token stands for the one that OAuth would have given out. Takes
    /// CREATE_INSTANT_INVITE, like letting people in otherwise. Answers 204 for who is a member already.
    static func add(_ call: APICall) async throws -> Response {
        let (guild, user, caller) = (try call.guild, try call.user, try call.caller.id)
        _ = try await call.services.access.guild(guild, for: caller, needing: .createInstantInvite)
        let form = try await call.form()
        let field = form.required("access_token") { $0 }
        let start = MemberUpdate(
            nick: form.change("nick") { $0.string() },
            roles: form["roles"]?.list(max: Limits.rolesPerGuildMax)?.compactMap { $0.id(RoleID.self) },
            isMuted: form["mute"]?.bool(), isDeafened: form["deaf"]?.bool())
        guard let field, let token = field.string(), form.isValid else { throw form.failure }
        guard try await isToken(token, of: user, call) else {
            field.errors.add(
                FieldError(path: field.path, code: "INVALID_TOKEN", message: "This is not a valid access token."))
            throw form.failure
        }
        do throws(ServiceError) {
            _ = try await call.services.guilds.member(user, of: guild, for: caller)
            return .noContent
        } catch {
            guard error.code == .unknownMember else { throw error }
            let profile = try await call.services.guilds.addMember(user, to: guild, with: start, by: caller)
            return .json(status: .created) { $0.member(profile) }
        }
    }

    private static func isToken(_ token: String, of user: UserID, _ call: APICall) async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            return try await call.services.accounts.authenticate(token).user.id == user
        } catch {
            guard error.code == .unauthorized else { throw error }
            return false
        }
    }
}
