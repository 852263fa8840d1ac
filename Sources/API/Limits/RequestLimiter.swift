import Chat
import Hummingbird
import HummingbirdCore
import Interface
import NIOCore
import NIOHTTP1
import Services

/// Counts a user's requests before anything is done for them: whether what they ask for exists makes no difference.
struct RequestLimiter: Sendable {
    let limits: RateLimits

    /// Has a request handled if its user may make one more. Every answer but that of the global limit tells how the bucket stands.
    func answer(
        _ request: Request, _ context: APIContext, _ bucket: RouteBucket,
        _ handle: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let user = context.authentication?.user.id else { return try await handle(request, context) }
        if let verdict = await limits.take(.global, by: user), !verdict.standing.isAllowed {
            throw APIError.rateLimited(.global, retryAfterMilliseconds: verdict.standing.retryAfterMilliseconds)
        }
        let object = bucket.object.flatMap { context.parameters.get($0) }.flatMap { UInt64($0) } ?? 0
        let route = bucket.action == .route ? bucket.number : 0
        guard let verdict = await limits.take(bucket.action, by: user, route: route, object: object) else {
            return try await handle(request, context)
        }
        var response: Response
        if verdict.standing.isAllowed {
            do {
                response = try await handle(request, context)
            } catch let error as HTTPParserError {
                throw error
            } catch {
                response = Boundary.answer(to: error, request, context)
            }
        } else {
            let wait = verdict.standing.retryAfterMilliseconds
            response = APIError.rateLimited(.user, retryAfterMilliseconds: wait).response()
        }
        response.headers.describe(verdict, of: bucket, now: limits.time.unixMilliseconds)
        return response
    }
}

extension ClientAddress {
    /// Where a connection comes from; `nil` where that limits nobody.
    init?(_ address: SocketAddress?, exemptsLoopback: Bool) {
        let octets: Range<Int>
        // Where a socket's address has them (ip(7), ipv6(7)).
        switch address {
        case .v4: octets = 4..<8
        case .v6: octets = 8..<24
        case .unixDomainSocket, nil: return nil
        }
        let bytes = address?.withSockAddr { Array(UnsafeRawBufferPointer(start: $0, count: $1)) } ?? []
        guard bytes.count >= octets.upperBound else { return nil }
        self.init(octets: Array(bytes[octets]), exemptsLoopback: exemptsLoopback)
    }
}
