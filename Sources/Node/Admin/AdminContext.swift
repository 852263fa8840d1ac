import Glibc
import HTTPTypes
package import Hummingbird
import NIOCore
import Operations

/// A request on the admin socket, with the process that made it.
package struct AdminContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Set by ``AdminPeerCheck`` before any route runs.
    var peer: PeerCredentials?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// Larger bodies are refused with 413.
    package var maxUploadSize: Int { 1 << 20 }
}

/// Who stands at the other end of a Unix socket, as they were when they connected: `struct ucred` of unix(7), which glibc declares for GNU
/// sources only.
struct PeerCredentials: Hashable, Sendable {
    var process: Int32
    var user: UInt32
    var group: UInt32
}

/// Lets in the user that the node runs as, and root; everybody else is told nothing.
struct AdminPeerCheck: RouterMiddleware {
    func handle(
        _ request: Request, context: AdminContext, next: @concurrent (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        guard let options = context.channel as? any SocketOptionProvider else { throw HTTPError(.forbidden) }
        let credentials: PeerCredentials = try await options.unsafeGetSocketOption(
            level: .init(rawValue: SOL_SOCKET), name: .init(rawValue: SO_PEERCRED)
        ).get()
        guard credentials.user == geteuid() || credentials.user == 0 else {
            return try AdminAnswer(
                AdminError(
                    code: "forbidden", message: "user \(credentials.user) may not administer this node",
                    hint: "run as the user that the node runs as", retryable: false
                )
            ).response
        }
        var context = context
        context.peer = credentials
        return try await next(request, context)
    }
}
