import Chat
import Hummingbird
import Interface
import Services
import Wire

/// Registering, logging in and out.
enum AccountRoutes {
    static func add(to routes: RouteTable) {
        routes.addOpen("/auth/register", .post(register).limited(by: .register))
        routes.addOpen("/auth/login", .post(logIn).limited(by: .login))
        routes.add("/auth/logout", .post(logOut))
    }

    /// `{username, email, password}` → 201 `{token, user_id}`.
    private static func register(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let username = form.required("username") { $0.string() }
        let email = form.required("email") { $0.string() }
        let password = form.required("password") { $0.string() }
        guard let username, let email, let password, form.isValid else { throw form.failure }
        let (token, user) = try await call.services.accounts.register(
            username: username, email: email, password: password)
        return .json(status: .created) { $0.credentials(token, user: user.id.rawValue) }
    }

    /// `{login, password}` → 200 `{token, user_id}`; 401 when anything is wrong, whatever it is.
    private static func logIn(_ call: APICall) async throws -> Response {
        let form = try await call.form()
        let login = form.required("login") { $0.string() }
        let password = form.required("password") { $0.string() }
        guard let login, let password, form.isValid else { throw form.failure }
        if let address = call.address, let wait = await call.services.limits.wait(toLogInAs: login, from: address) {
            throw APIError.rateLimited(.user, retryAfterMilliseconds: wait)
        }
        let (token, user) = try await call.services.accounts.logIn(login: login, password: password)
        return .json { $0.credentials(token, user: user.id.rawValue) }
    }

    /// Ends the token that it comes with, and its sessions.
    private static func logOut(_ call: APICall) async throws -> Response {
        guard let authentication = call.context.authentication else { throw APIError.unauthorized }
        try await call.services.accounts.revoke(authentication.token, of: authentication.user.id)
        return .noContent
    }
}

extension JSONWriter {
    fileprivate mutating func credentials(_ token: String, user: UInt64) {
        object {
            $0.field("token", token)
            $0.field("user_id", snowflake: user)
        }
    }
}
