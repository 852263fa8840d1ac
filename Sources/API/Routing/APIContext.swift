package import Hummingbird
import NIOCore
import Services

/// What the router carries along with a request.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Set by ``Authenticator``.
    var authentication: Authentication?
    /// The other end of the connection, whatever a header says.
    let remoteAddress: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
