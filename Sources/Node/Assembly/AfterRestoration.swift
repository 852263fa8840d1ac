import Gateway
import ServiceLifecycle

/// A service that publishes on the streams of channels: it begins when the gateway's sessions of before are in their places.
struct AfterRestoration: Service {
    let gateway: GatewayServer?
    let service: any Service

    func run() async throws {
        await gateway?.whenRestored()
        try await service.run()
    }
}
