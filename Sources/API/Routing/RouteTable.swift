package import HTTPTypes
import Hummingbird
import HummingbirdCore
import Interface

/// One method of one path.
struct Endpoint: Sendable {
    typealias Handler = @Sendable (APICall) async throws -> Response

    let method: HTTPRequest.Method
    let handle: Handler
    /// What it does that is limited as such; `nil` for a bucket of its own.
    private(set) var action: LimitedAction?

    static func get(_ handle: @escaping Handler) -> Endpoint { Endpoint(method: .get, handle: handle) }
    static func post(_ handle: @escaping Handler) -> Endpoint { Endpoint(method: .post, handle: handle) }
    static func put(_ handle: @escaping Handler) -> Endpoint { Endpoint(method: .put, handle: handle) }
    static func patch(_ handle: @escaping Handler) -> Endpoint { Endpoint(method: .patch, handle: handle) }
    static func delete(_ handle: @escaping Handler) -> Endpoint { Endpoint(method: .delete, handle: handle) }

    /// The same, counted with all that do this.
    func limited(by action: LimitedAction) -> Endpoint {
        var copy = self
        copy.action = action
        return copy
    }
}

/// One method of one path, as the edge serves it.
package struct APIRoute: Hashable, Sendable {
    package var method: HTTPRequest.Method
    /// Below `/api/v10`, or as it stands beside the API, with captures in braces.
    package var path: String
    /// Whether it takes no token.
    package var isOpen: Bool
}

/// Where the resources put their routes. Each path is added once, with all its methods; the others answer 405.
struct RouteTable {
    private static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .options, .trace, .connect]

    private let root: RouterGroup<APIContext>
    private let open: RouterGroup<APIContext>
    private let guarded: RouterGroup<APIContext>
    private let services: APIServices
    private let configuration: APIConfiguration
    private let list = RouteList()

    /// What was added so far.
    var served: [APIRoute] { list.routes }
    private let limiter: RequestLimiter

    init(_ router: Router<APIContext>, _ services: APIServices, _ configuration: APIConfiguration) {
        root = router.group()
        open = router.group("/api/v10")
        guarded = router.group("/api/v10").add(middleware: Authenticator(accounts: services.accounts))
        self.services = services
        self.configuration = configuration
        limiter = RequestLimiter(limits: services.limits, origin: RequestOrigin(configuration))
    }

    /// A path whose endpoints need a token.
    func add(_ path: RouterPath, _ endpoints: Endpoint...) {
        add(path, endpoints, to: guarded, others: open, isOpen: false)
    }

    /// A path for everybody.
    func addOpen(_ path: RouterPath, _ endpoints: Endpoint...) {
        add(path, endpoints, to: open, others: open, isOpen: true)
    }

    /// A path for everybody beside the API, as it stands.
    func addAtRoot(_ path: RouterPath, _ endpoints: Endpoint...) {
        add(path, endpoints, to: root, others: root, isOpen: true)
    }

    private func add(
        _ path: RouterPath, _ endpoints: [Endpoint], to group: RouterGroup<APIContext>, others: RouterGroup<APIContext>,
        isOpen: Bool
    ) {
        for endpoint in endpoints {
            list.routes.append(APIRoute(method: endpoint.method, path: path.description, isOpen: isOpen))
            let bucket = RouteBucket(
                method: endpoint.method.rawValue, path: path.description, action: endpoint.action, isOpen: isOpen)
            group.on(path, method: endpoint.method) { [services, configuration, limiter] request, context in
                try await limiter.answer(request, context, bucket) { request, context in
                    try await endpoint.handle(try APICall(request, context, services, configuration))
                }
            }
        }
        let served = endpoints.map(\.method)
        let allowed = (served.contains(.get) ? served + [.head] : served).map(\.rawValue).sorted().joined(
            separator: ", ")
        for method in Self.methods where !served.contains(method) {
            others.on(path, method: method) { _, _ -> Response in
                var response = APIError.wrongMethod.response()
                response.headers[.allow] = allowed
                return response
            }
        }
    }
}

/// What a table has added: shared by its copies, which resources get. Used while the edge is put together, by one thread.
private final class RouteList {
    var routes: [APIRoute] = []
}
