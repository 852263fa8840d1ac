import EmbeddedBackend
import Gateway
import Glibc
import Interface
import Logging
import Metrics
import NIOCore
import Operations
import ServiceLifecycle

/// Starts a node, keeps it running, and stops it in good order.
package enum NodeRunner {
    /// Verifies what a start would need, without starting: one line for each thing that is in order.
    package static func check(
        _ configuration: NodeConfiguration, environment: [String: String]
    ) async throws(NodeError) -> [String] {
        let settings = try NodeSettings(configuration, environment: environment)
        var lines = ["configuration: \(Setting.all.count) settings in order"]
        if let tls = settings.tls {
            _ = try tls.restConfiguration()
            lines.append("tls: certificate and key match")
        }
        try LocalFiles.makeDirectory(settings.dataDirectory)
        let backends = try openBackends(settings, logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() })
        do {
            try backends.close()
        } catch {
            throw NodeError(error)
        }
        lines.append("data directory: \(settings.dataDirectory) opens, its databases are sound")
        try LocalFiles.prepareSocket(settings.adminSocket)
        lines.append("admin socket: \(settings.adminSocket) is free")
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            lines.append("descriptors: \(limit.rlim_cur), of which each connection takes one")
        }
        return lines
    }

    /// Runs a node until it is told to stop: by SIGTERM or SIGINT (a second one stops at once), or through its admin socket.
    /// - Parameters:
    ///   - isTerminal: whether standard error is a terminal, for the format of the log.
    ///   - started: called once, when everything listens.
    package static func run(
        _ configuration: NodeConfiguration, environment: [String: String], isTerminal: Bool,
        started: @escaping @Sendable (NodeAnnouncement) -> Void
    ) async throws(NodeError) {
        let settings = try NodeSettings(configuration, environment: environment)
        // Whatever the node creates from here on is for its own user only: databases, the audit log, the admin socket.
        umask(0o077)
        // A client that goes away must not end the process: writes report EPIPE instead.
        signal(SIGPIPE, SIG_IGN)
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        LoggingSystem.bootstrap { label in
            NodeLogHandler(label: label, format: settings.logFormat(isTerminal: isTerminal), level: settings.logLevel)
        }
        let logger = Logger(label: "node")
        try LocalFiles.makeDirectory(settings.dataDirectory)
        let backends = try openBackends(settings, logger: logger)
        let outcome: Result<Void, NodeError>
        do {
            try await serve(settings, configuration, backends, registry, logger, started)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        do {
            try backends.close()
        } catch {
            logger.error("the databases did not close cleanly", metadata: ["error": "\(error.detail)"])
        }
        logger.notice("stopped")
        try outcome.get()
    }

    private static func openBackends(_ settings: NodeSettings, logger: Logger) throws(NodeError) -> EmbeddedBackends {
        do {
            return try EmbeddedBackends.open(directory: settings.dataDirectory, time: SystemTime(), logger: logger)
        } catch {
            throw NodeError(error)
        }
    }

    private static func serve(
        _ settings: NodeSettings, _ configuration: NodeConfiguration, _ backends: EmbeddedBackends,
        _ registry: PrometheusRegistry,
        _ logger: Logger, _ started: @escaping @Sendable (NodeAnnouncement) -> Void
    ) async throws(NodeError) {
        try LocalFiles.prepareSocket(settings.adminSocket)
        let time = SystemTime()
        let node: NodeRecord
        let cluster: ClusterID
        do {
            cluster = try await backends.coordinator.cluster(
                orElse: ClusterID(bits: .random(in: .min ... .max)))
            node = try await backends.coordinator.register(
                settings.name, now: time.unixMilliseconds, leaseMilliseconds: LeaseKeeper.leaseMilliseconds
            )
        } catch {
            throw NodeError(error)
        }
        let stop = StopSwitch()
        let assembly = try await NodeAssembly(
            settings: settings, configuration: configuration, backends: backends, node: node, cluster: cluster,
            registry: registry, stop: stop, logger: logger
        )
        if let path = settings.processIDFile { try LocalFiles.writeProcessID(to: path) }
        defer {
            unlink(settings.adminSocket)
            if let path = settings.processIDFile { unlink(path) }
        }
        try await run(assembly, stop, settings, logger, started)
        do {
            try await backends.coordinator.release(node)
        } catch {
            // The lease runs out by itself; whoever comes next waits a few seconds longer.
            logger.warning("the lease could not be released", metadata: ["error": "\(error.detail)"])
        }
    }

    /// Runs the services in their order and stops them in the reverse one.
    private static func run(
        _ assembly: NodeAssembly, _ stop: StopSwitch, _ settings: NodeSettings, _ logger: Logger,
        _ started: @escaping @Sendable (NodeAnnouncement) -> Void
    ) async throws(NodeError) {
        let configuration = ServiceGroupConfiguration(services: assembly.services, logger: logger)
        let group = ServiceGroup(configuration: configuration)
        let result: Result<Void, any Error> = await withTaskGroup(of: Result<Void, any Error>?.self) { tasks in
            tasks.addTask {
                do {
                    try await group.run()
                    return .success(())
                } catch {
                    return .failure(error)
                }
            }
            tasks.addTask {
                await stop.watchSignals()
                return nil
            }
            tasks.addTask {
                guard let announcement = await assembly.waitUntilListening() else { return nil }
                assembly.health.become(.active)
                started(announcement)
                logger.notice(
                    "started",
                    metadata: ["node.name": "\(announcement.name)", "node.version": "\(announcement.version)"])
                return nil
            }
            tasks.addTask {
                for await command in stop.commands {
                    switch command {
                    case .drain(let deadline):
                        let time = deadline ?? settings.drainDeadline
                        logger.notice(
                            "stopping; a second signal stops at once", metadata: ["drain.deadline": "\(time)"])
                        assembly.health.become(.draining)
                        assembly.gateway?.drainMilliseconds = time.wholeMilliseconds
                        await group.triggerGracefulShutdown()
                    case .now:
                        // Leave at once. Everything accepted is durable, so nothing is lost by it.
                        return .success(())
                    }
                }
                return nil
            }
            defer { tasks.cancelAll() }
            for await finished in tasks {
                if let finished { return finished }
            }
            return .success(())
        }
        do {
            try result.get()
        } catch let error as NodeError {
            throw error
        } catch is LeaseKeeper.Superseded {
            throw NodeError(
                .refused, "another process runs under this node's name", place: settings.name,
                hint: "give one of them another --name")
        } catch let error as IOError {
            throw NodeError(
                .bind, error.errnoCode == EADDRINUSE ? "the port is taken" : "cannot listen: \(error.description)",
                place: settings.listen.description,
                hint: error.errnoCode == EADDRINUSE ? "another program has it; name a free one with --listen" : nil
            )
        } catch {
            throw NodeError(.internalFailure, String(describing: error), hint: "please report this with the node's log")
        }
    }
}
