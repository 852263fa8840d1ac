import API
import Hummingbird
import HummingbirdCore
import NIOCore
import ServiceLifecycle
import Services
import Wire

extension NodeAssembly {
    func rest(
        _ basis: NodeBasis, _ core: NodeCore, _ links: AttachmentLinks, _ certificate: ServerCertificate?
    ) -> any Service {
        let (registry, listeners) = (basis.registry, listeners)
        let configuration = APIConfiguration(
            gatewayURL: gatewayURL, connectionsPerAddress: settings.connectionsPerAddress,
            invalidRequests: settings.invalidRequests, allowedOrigins: Set(settings.allowedOrigins),
            proxies: settings.proxies)
        let router = APIServer.router(
            APIServices(
                accounts: core.accounts, guilds: core.guilds, directs: core.directs, messages: core.messages,
                history: core.history, readStates: core.readStates, notifications: core.notifications,
                webhooks: core.webhooks, access: core.access,
                presence: core.presence, search: core.search, images: core.images, attachments: core.attachments,
                subscriptions: core.subscriptions, files: links, limits: core.limits
            ),
            configuration
        )
        // Strangers learn whether the node works, and nothing else: names of backends and metrics stay on this machine.
        let isPrivate = settings.listen.isLoopback
        health.addRoutes(to: router, showsDetail: { _, _ in isPrivate })
        if isPrivate {
            router.get("metrics") { _, _ in MetricsAnswer.response(registry) }
        }
        return Application(
            router: router, server: APIServer.server(configuration, certificate: certificate),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.listen.host, port: Int(settings.listen.port))),
            onServerRunning: { listeners.isUp("rest", $0.localAddress) }, logger: basis.quietLogger
        )
    }

    static func restURL(_ settings: NodeSettings, _ address: SocketAddress?) -> String {
        guard settings.services.contains("api") else { return "" }
        let port = address?.port ?? Int(settings.listen.port)
        let host = ListenAddress(host: settings.listen.host, port: UInt16(clamping: port))
        return (settings.tls == nil ? "http://" : "https://") + host.description
    }
}
