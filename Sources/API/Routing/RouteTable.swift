import HTTPTypes
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

/// Where the resources put their routes. Each path is added once, with all its methods; the others answer 405.
struct RouteTable {
    private static let methods: [HTTPRequest.Method] = [.get, .post, .put, .patch, .delete, .options, .trace, .connect]

    private let root: RouterGroup<APIContext>
    private let open: RouterGroup<APIContext>
    private let guarded: RouterGroup<APIContext>
    private let services: APIServices
    private let configuration: APIConfiguration
    private let limiter: RequestLimiter

    init(_ router: Router<APIContext>, _ services: APIServices, _ configuration: APIConfiguration) {
        root = router.group()
        open = router.group("/api/v10")
        guarded = router.group("/api/v10").add(middleware: Authenticator(accounts: services.accounts))
        self.services = services
        self.configuration = configuration
        limiter = RequestLimiter(limits: services.limits)
    }

    /// A path whose endpoints need a token.
    func add(_ path: RouterPath, _ endpoints: Endpoint...) {
        add(path, endpoints, to: guarded, others: open)
    }

    /// A path for everybody.
    func addOpen(_ path: RouterPath, _ endpoints: Endpoint...) {
        add(path, endpoints, to: open, others: open)
    }

    /// A path for everybody beside the API, as it stands.
    func addAtRoot(_ path: RouterPath, _ endpoints: Endpoint...) {
        add(path, endpoints, to: root, others: root)
    }

    private func add(
        _ path: RouterPath, _ endpoints: [Endpoint], to group: RouterGroup<APIContext>, others: RouterGroup<APIContext>
    ) {
        for endpoint in endpoints {
            let bucket = RouteBucket(
                method: endpoint.method.rawValue, path: path.description, action: endpoint.action)
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
