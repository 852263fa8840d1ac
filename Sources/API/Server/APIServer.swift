package import Hummingbird
package import HummingbirdCore
import NIOCore
import Services

/// The REST edge, to be put into a Hummingbird `Application` by the composition root, which may add routes of its own.
package enum APIServer {
    /// All routes under `/api/v10`. Routes that are added later pass through the same boundary: their failures become
    /// JSON, their answers are counted by route.
    package static func router(_ services: APIServices, _ configuration: APIConfiguration) -> Router<APIContext> {
        build(services, configuration).router
    }

    /// Every route that ``router(_:_:)`` serves, for whoever has to know them all.
    package static func routes(_ services: APIServices, _ configuration: APIConfiguration) -> [APIRoute] {
        build(services, configuration).table.served
    }

    private static func build(
        _ services: APIServices, _ configuration: APIConfiguration
    ) -> (router: Router<APIContext>, table: RouteTable) {
        let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
        router.add(
            middleware: Boundary(
                metrics: APIMetrics(),
                invalidRequests: configuration.invalidRequests.map {
                    AddressLimit($0, of: .invalid, time: services.limits.time)
                },
                origin: RequestOrigin(configuration),
                browsers: BrowserOrigins(allowed: configuration.allowedOrigins)))
        let routes = RouteTable(router, services, configuration)
        AccountRoutes.add(to: routes)
        UserRoutes.add(to: routes)
        ApplicationRoutes.add(to: routes)
        DiscoveryRoutes.add(to: routes)
        GuildRoutes.add(to: routes)
        ChannelRoutes.add(to: routes)
        DirectRoutes.add(to: routes)
        RelationshipRoutes.add(to: routes)
        RoleRoutes.add(to: routes)
        MemberRoutes.add(to: routes)
        BanRoutes.add(to: routes)
        AuditRoutes.add(to: routes)
        InviteRoutes.add(to: routes)
        MessageRoutes.add(to: routes)
        PresenceRoutes.add(to: routes)
        SearchRoutes.add(to: routes)
        ReactionRoutes.add(to: routes)
        PinRoutes.add(to: routes)
        AttachmentRoutes.add(to: routes)
        ImageRoutes.add(to: routes)
        NotificationRoutes.add(to: routes)
        ReadStateRoutes.add(to: routes)
        WebhookRoutes.add(to: routes)
        PushRoutes.add(to: routes)
        return (router, routes)
    }

    /// HTTP/1.1 with the configuration's limits and deadlines.
    /// - Parameter certificate: for the same over TLS.
    package static func server(
        _ configuration: APIConfiguration, certificate: ServerCertificate? = nil
    ) -> HTTPServerBuilder {
        // One for all connections.
        let connections = configuration.connectionsPerAddress.map {
            ConnectionLimit($0, RequestOrigin(configuration))
        }
        return HTTPServerBuilder { responder in
            let channel = LoopBoundChannel(
                base: HTTP1Channel(
                    responder: responder,
                    configuration: HTTP1Channel.Configuration(
                        additionalChannelHandlers: [ConnectionGuard(configuration, connections)],
                        // The guard closes first; this is the library's own safety net.
                        idleTimeout: .seconds(configuration.idleSeconds + configuration.bodySeconds),
                        httpDecoderConfiguration: .init(
                            maxHeaderFieldSize: configuration.headerBytesMax,
                            maxHeaderListSize: configuration.headerBytesMax,
                            maxHeaderFieldCount: configuration.headerFieldsMax
                        )
                    )))
            guard let certificate else { return channel }
            return CertifiedChannel(base: channel, certificate: certificate)
        }
    }
}
