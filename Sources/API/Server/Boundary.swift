import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import Services

/// The outermost layer: every failure becomes an answer in Discord's shape, every answer is counted and kept out of
/// caches.
struct Boundary: RouterMiddleware {
    let metrics: APIMetrics

    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPParserError {
            // The server itself answers what is not even HTTP.
            throw error
        } catch {
            let failure = Self.failure(error, path: request.uri.path)
            if failure.status.kind == .serverError {
                context.logger.info(
                    "A request failed",
                    metadata: [
                        "http.status": "\(failure.status.code)", "http.route": "\(context.endpointPath ?? "")",
                        "error.detail": "\(failure.detail)",
                    ]
                )
            }
            response = failure.response()
        }
        // Answers differ by token and change with every event.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        context.logger.debug(
            "Answered a request",
            metadata: [
                "http.method": "\(request.method.rawValue)", "http.route": "\(context.endpointPath ?? "none")",
                "http.status": "\(response.status.code)",
            ]
        )
        metrics.record(
            route: context.endpointPath ?? "none", method: request.method, status: response.status,
            duration: ContinuousClock.now - start
        )
        return response
    }

    /// What an error looks like from outside.
    static func failure(_ error: any Error, path: String) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as ServiceError: return APIError(error)
        case is NIOTooManyBytesError: return .tooLarge
        case let error as HTTPError where error.status == .notFound:
            return Self.isOtherVersion(path) ? .wrongVersion : .unknownRoute
        case let error as HTTPError: return APIError(error.status, code: 0, error.status.description)
        case is ChannelError, is CancellationError:
            // The client has gone, or the node is going: nobody reads this.
            return .malformedBody
        default:
            var failure = APIError.internalFailure
            failure.detail = String(describing: type(of: error))
            return failure
        }
    }

    /// Whether a path names a version of the API that is not served: `/api/v9/…`.
    private static func isOtherVersion(_ path: String) -> Bool {
        let segments = path.split(separator: "/", maxSplits: 2)
        guard segments.count >= 2, segments[0] == "api", segments[1].first == "v" else { return false }
        let number = segments[1].dropFirst()
        return number != "10" && !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
