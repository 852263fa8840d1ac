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
    /// `nil` where addresses are not limited.
    let invalidRequests: AddressLimit?
    let origin: RequestOrigin
    let browsers: BrowserOrigins

    func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var response: Response
        do {
            if let wait = invalidRequests?.wait(of: origin.address(of: request, context)) {
                // Not counted again: whoever waits gets through.
                response = APIError.rateLimited(.global, retryAfterMilliseconds: wait).response()
            } else {
                response = try await next(request, context)
                note(response, request, context)
            }
        } catch let error as HTTPParserError {
            // The server itself answers what is not even HTTP.
            throw error
        } catch {
            response = Self.answer(to: error, request, context)
            note(response, request, context)
        }
        // Answers differ by token and change with every event.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        browsers.mark(&response, to: request)
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

    /// Counts what an address should not get often. A node that is busy is nobody's fault.
    private func note(_ response: Response, _ request: Request, _ context: APIContext) {
        guard let invalidRequests else { return }
        switch response.status {
        case .unauthorized, .forbidden: break
        case .tooManyRequests where response.headers[.rateLimitScope] != LimitScope.shared.rawValue: break
        default: return
        }
        if let address = origin.address(of: request, context) { invalidRequests.note(address) }
    }

    /// The answer to a request that failed.
    static func answer(to error: any Error, _ request: Request, _ context: APIContext) -> Response {
        let failure = failure(error, path: request.uri.path)
        if failure.status.kind == .serverError {
            context.logger.info(
                "A request failed",
                metadata: [
                    "http.status": "\(failure.status.code)", "http.route": "\(context.endpointPath ?? "")",
                    "error.detail": "\(failure.detail)",
                ]
            )
        }
        return failure.response()
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
