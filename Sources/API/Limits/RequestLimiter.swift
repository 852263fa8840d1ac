import Chat
import Hummingbird
import HummingbirdCore
import Interface
import NIOHTTP1
import Services

/// Counts requests, by who sends them or else by where they come from, before anything is done for them: whether what they ask for exists
/// makes no difference.
struct RequestLimiter: Sendable {
    let limits: RateLimits
    let origin: RequestOrigin

    /// Has a request handled if its user may make one more. Every answer to a user tells how the bucket stands.
    func answer(
        _ request: Request, _ context: APIContext, _ bucket: RouteBucket,
        _ handle: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if let user = context.authentication?.user.id, let verdict = await limits.take(.global, by: user),
            !verdict.standing.isAllowed
        {
            let wait = verdict.standing.retryAfterMilliseconds
            var response = APIError.rateLimited(.global, retryAfterMilliseconds: wait).response()
            if let limit = await limits.look(at: bucket.action, of: user)?.limit {
                response.headers.describe(limit, closedFor: wait, of: bucket, now: limits.time.unixMilliseconds)
            }
            return response
        }
        let found =
            if let user = context.authentication?.user.id {
                await take(bucket, by: user, context)
            } else {
                try await take(bucket, from: origin.address(of: request, context), context)
            }
        guard let verdict = found else { return try await handle(request, context) }
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

    private func take(
        _ bucket: RouteBucket, by user: UserID, _ context: APIContext
    ) async -> RateLimits.Verdict? {
        let route = bucket.action == .route ? bucket.number : 0
        return await limits.take(bucket.action, by: user, route: route, object: bucket.object(in: context))
    }

    private func take(
        _ bucket: RouteBucket, from address: ClientAddress?, _ context: APIContext
    ) async throws -> RateLimits.Verdict? {
        if bucket.action == .webhook {
            if let address, let verdict = await limits.take(.address, from: address), !verdict.standing.isAllowed {
                throw APIError.rateLimited(.global, retryAfterMilliseconds: verdict.standing.retryAfterMilliseconds)
            }
            return await limits.takeWebhook(WebhookID(bucket.object(in: context)), key: bucket.key(in: context))
        }
        guard let address else { return nil }
        return await limits.take(bucket.action, from: address)
    }
}
