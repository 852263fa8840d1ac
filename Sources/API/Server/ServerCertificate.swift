import HummingbirdCore
import Logging
import NIOCore
package import NIOSSL
import Synchronization

/// What the REST edge shows of itself over TLS. It may be replaced while the edge serves: connections keep what they began with.
package final class ServerCertificate: Sendable {
    private let context: Mutex<NIOSSLContext>

    /// - Throws: what NIOSSL says of certificates and keys that it cannot use.
    package init(_ configuration: TLSConfiguration) throws {
        context = Mutex(try NIOSSLContext(configuration: configuration))
    }

    /// Uses another for connections from now on; goes on with the present one when it throws.
    /// - Throws: like ``init(_:)``.
    package func replace(with configuration: TLSConfiguration) throws {
        let new = try NIOSSLContext(configuration: configuration)
        context.withLock { $0 = new }
    }

    var current: NIOSSLContext { context.withLock { $0 } }
}

/// A connection over TLS, with the certificate of the moment at which it comes.
struct CertifiedChannel<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let certificate: ServerCertificate

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: certificate.current))
        }.flatMap {
            base.setup(channel: channel, logger: logger)
        }
    }

    func handle(value: Base.Value, logger: Logger) async {
        await base.handle(value: value, logger: logger)
    }
}
