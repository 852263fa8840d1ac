import Chat
import Gateway
import Hummingbird
import Interface
import Operations
import Services

extension AdminRoutes {
    func addGatewayRoutes(_ router: Router<AdminContext>) {
        read(router, "v1/gateways") { _, _ in AdminList(items: gateways()) }
        read(router, "v1/sessions") { request, _ in try await sessions(request) }
    }

    private func gateways() -> [GatewayResource] {
        guard let gateway = services.gateway else { return [] }
        let statistics = gateway.statistics()
        return [
            GatewayResource(
                node: services.nodeName, state: services.health.current.rawValue, isReady: services.health.isReady,
                sessions: statistics.sessions, connections: statistics.activeConnections,
                resumable: max(0, statistics.sessions - statistics.loadingSessions),
                detached: statistics.detachedSessions, voice: statistics.voiceSessions,
                inPerSecond: statistics.payloadsPerSecond, outPerSecond: statistics.dispatchesPerSecond,
                slow: statistics.slowCloses, capacityPercent: statistics.sessions * 100 / max(1, gateway.sessionsMax),
                clientErrors: statistics.clientErrors, resyncs: statistics.resyncs,
                recordedAt: gateway.recordedAt.map { instantText($0) }, url: gateway.url)
        ]
    }

    /// `user`, `guild`, `gateway`, `state`, `slow`; `after` the place of a session, and `limit`.
    private func sessions(_ request: Request) async throws -> AdminList<SessionResource> {
        let query = request.uri.queryParameters
        let (after, limit) = try Self.page(request)
        var filter = SessionFilter(isSlow: query.get("slow") == "true")
        if let name = query.get("user") { filter.user = try await references.user(name).id }
        if let name = query.get("guild") { filter.guild = try await references.guild(name).guild.id }
        if let word = query.get("state") {
            guard let state = SessionSight.State(rawValue: word) else {
                throw AdminError(
                    code: "invalid", message: "'\(word)' is no state of a session",
                    hint: "one of: " + SessionSight.State.allCases.map(\.rawValue).joined(separator: ", "),
                    retryable: false)
            }
            filter.state = state
        }
        guard let gateway = services.gateway, query.get("gateway") ?? services.nodeName == services.nodeName else {
            return AdminList(items: [])
        }
        let first = query.get("after") == nil ? 0 : after &+ 1
        guard let sights = await gateway.sessions(matching: filter, from: first, limit: limit) else {
            throw AdminError(
                code: "busy", message: "a loop of the gateway is too busy to name its sessions", hint: "try again",
                retryable: true)
        }
        let users = try await services.directory.users(Array(Set(sights.map(\.user))))
        let names = Dictionary(users.map { ($0.id, $0.username) }, uniquingKeysWith: { first, _ in first })
        let now = services.time.unixMilliseconds
        let items = sights.map { SessionResource($0, user: names[$0.user] ?? "", node: services.nodeName, now: now) }
        return AdminList(items: items, next: items.count == limit ? items.last?.place : nil)
    }
}

extension SessionResource {
    fileprivate init(_ sight: SessionSight, user: String, node: String, now: UInt64) {
        self.init(
            session: sight.tag.text, place: String(sight.place), userID: sight.user.description, user: user,
            gateway: node, state: sight.state.rawValue, client: sight.platform.word, isLazy: sight.isLazy,
            shard: "\(sight.shardID)/\(sight.shardCount)", ageSeconds: sight.age / 1_000, sequence: sight.sequence,
            unacknowledged: sight.unacknowledged, pendingBytes: sight.pendingBytes,
            heardAt: instantText(now - min(now, sight.silence)), guilds: sight.guilds,
            subscriptions: sight.subscriptions)
    }
}
