import HTTPTypes
import HummingbirdCore

/// Which pages of other origins may use the API with a browser (the Fetch standard's CORS protocol): those that were named, and no other. What
/// is no browser asks nobody. Credentials of a browser's own, such as cookies, mean nothing here and are never invited.
struct BrowserOrigins: Sendable {
    /// What a page may read besides the body.
    private static let exposed = [
        "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Reset-After",
        "X-RateLimit-Bucket", "X-RateLimit-Scope", "X-RateLimit-Global",
    ].joined(separator: ", ")
    private static let acceptedFields = "Authorization, Content-Type, X-Audit-Log-Reason"
    /// Seconds for which a browser need not ask again.
    private static let lifetime = "600"

    let allowed: Set<String>

    /// Tells a browser whether the page may have the answer.
    func mark(_ response: inout Response, to request: Request) {
        guard !allowed.isEmpty else { return }
        // Caches must not give the answer for one page to another.
        response.headers[.vary] = "Origin"
        guard let origin = request.headers[.origin], allowed.contains(origin) else { return }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.exposed
        guard request.method == .options, request.headers[.accessControlRequestMethod] != nil,
            response.status == .methodNotAllowed, let methods = response.headers[.allow]
        else { return }
        // A question before the request: the router has answered which methods there are.
        var answer = Response(status: .noContent, headers: response.headers)
        answer.headers[.contentType] = nil
        answer.headers[.contentLength] = nil
        answer.headers[.accessControlAllowMethods] = methods
        answer.headers[.accessControlAllowHeaders] = Self.acceptedFields
        answer.headers[.accessControlMaxAge] = Self.lifetime
        response = answer
    }
}
