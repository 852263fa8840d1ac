package import Hummingbird
import Services

/// What the router carries along with a request.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Set by ``Authenticator``.
    var authentication: Authentication?

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
    }
}
