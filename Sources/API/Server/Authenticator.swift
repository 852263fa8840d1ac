import HTTPTypes
import Hummingbird
import HummingbirdCore
import Services

/// Lets through who has a valid token, and tells the handlers who that is.
///
/// Libraries send `Bot <token>`, OAuth clients `Bearer <token>`, and user clients the token alone: which it was decides
/// nothing.
struct Authenticator: RouterMiddleware {
    /// Bytes; ours are about 80 long.
    private static let tokenBytesMax = 512

    let accounts: AccountService

    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let header = request.headers[.authorization], let token = Self.token(in: header) else {
            throw APIError.unauthorized
        }
        var context = context
        context.authentication = try await accounts.authenticate(token)
        return try await next(request, context)
    }

    /// The token in a header; `nil` when it cannot be one.
    static func token(in header: String) -> String? {
        let parts = header.split(separator: " ", maxSplits: 2)
        let token: Substring
        switch parts.count {
        case 1: token = parts[0]
        case 2 where ["bot", "bearer"].contains(parts[0].lowercased()): token = parts[1]
        default: return nil
        }
        guard token.utf8.count <= tokenBytesMax else { return nil }
        return String(token)
    }
}
