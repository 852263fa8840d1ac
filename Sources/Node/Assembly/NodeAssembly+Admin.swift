import EmbeddedBackend
import Gateway
import Glibc
import Hummingbird
import Interface
import Operations
import ServiceLifecycle
import Services

extension NodeAssembly {
    func admin(
        _ basis: NodeBasis, _ core: NodeCore, _ configuration: NodeConfiguration, cluster: ClusterID, idle: IdleGroups,
        stop: StopSwitch
    ) throws(NodeError) -> any Service {
        let audit: AuditLog
        do {
            audit = try AuditLog(path: settings.dataDirectory + "/audit.jsonl")
        } catch {
            throw NodeError(error)
        }
        let (backends, socket, listeners) = (basis.backends, settings.adminSocket, listeners)
        let services = AdminServices(
            accounts: core.accounts, guilds: core.guilds, directs: core.directs, messages: core.messages,
            history: core.history, access: core.access, presence: core.presence, nodeName: basis.node.name,
            cluster: cluster, directory: backends.directory, store: basis.store, bus: backends.bus, gateway: gateway,
            search: core.search, progress: core.progress, keeper: basis.runs("search") ? core.keeper : nil,
            time: basis.time, audit: audit, settings: Self.resources(of: configuration), metrics: basis.registry,
            health: health, status: status(basis, idle),
            stop: { request in
                let deadline = request.deadlineSeconds.map { Duration.seconds(Int64(clamping: min($0, 86_400))) }
                stop.press(request.now ? .now : .drain(deadline: deadline))
            }
        )
        return Application(
            router: AdminRoutes(services: services, logger: basis.logger).router(),
            configuration: ApplicationConfiguration(address: .unixDomainSocket(path: socket)),
            onServerRunning: { _ in
                chmod(socket, 0o600)
                listeners.isUp("admin", nil)
            },
            logger: basis.quietLogger
        )
    }

    private func status(_ basis: NodeBasis, _ idle: IdleGroups) -> @Sendable () async -> NodeStatus {
        let started = basis.time.monotonicMilliseconds
        return { [self] in
            let statistics = gateway?.statistics()
            let log = await LogLag.read(basis.backends.log)
            return NodeStatus(
                name: basis.node.name, number: basis.node.number, version: discordctlVersion, processID: getpid(),
                state: health.current.rawValue,
                services: settings.services.sorted(),
                uptimeSeconds: (basis.time.monotonicMilliseconds - started) / 1_000,
                dataDirectory: settings.dataDirectory, restURL: Self.restURL(settings, listeners.restAddress),
                gatewayURL: gatewayURL,
                adminSocket: settings.adminSocket, connections: statistics?.activeConnections ?? 0,
                sessions: statistics?.sessions ?? 0,
                partitions: log.partitions, lag: log.lag, residentBytes: LocalFiles.residentBytes(),
                dependencies: await health.dependencies(), idle: await idle.statuses()
            )
        }
    }

    private static func resources(of configuration: NodeConfiguration) -> [SettingResource] {
        Setting.all.compactMap { setting in
            guard let choice = configuration.choices[setting.key] else { return nil }
            // Flags have several spellings.
            let text = if case .flag(let isOn) = choice.value { String(isOn) } else { choice.text }
            return SettingResource(key: setting.key, value: Setting.masked(url: text), source: choice.place.layer)
        }
    }
}
