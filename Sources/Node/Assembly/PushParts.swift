import EmbeddedBackend
import Interface
import Logging
import OpenSSLBackend
import Services
import WebPushBackend

/// What a node needs to push, where it does.
struct PushParts: Sendable {
    let rule: EndpointRule
    /// `nil` on a node without the service.
    let keys: PushKeyPair?
    private let cipher = OpenSSLPushCipher()

    init(_ settings: NodeSettings) throws(NodeError) {
        rule = EndpointRule(trusted: settings.trustedEndpoints)
        keys =
            settings.services.contains("push")
            ? try PushKeyFile.load(in: settings.dataDirectory, cipher) : nil
    }

    /// `nil` on a node without the service.
    func service(_ basis: NodeBasis, _ core: NodeCore) throws(NodeError) -> PushService? {
        guard let keys else { return nil }
        let transport: NIOPushTransport
        do throws(BackendError) {
            transport = try NIOPushTransport()
        } catch {
            throw NodeError(error)
        }
        let backends = basis.backends
        return PushService(
            node: basis.node,
            backends: PushService.Backends(
                log: backends.log, coordinator: backends.coordinator, directory: backends.directory,
                messages: basis.store,
                presence: backends.presence, subscriptions: backends.subscriptions, deliveries: backends.deliveries,
                cipher: cipher, transport: transport),
            access: core.access, reports: core.deliveries, keys: keys, rule: rule, settings: basis.settings.push,
            time: basis.time,
            logger: basis.logger)
    }
}
