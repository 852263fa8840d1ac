package import Interface
package import Logging
import ServiceLifecycle
import Services
import Synchronization
package import Wire

/// Where the gateway listens and what it allows.
package struct GatewayConfiguration: Sendable {
    /// A numeric IPv4 or IPv6 address.
    package var host = "127.0.0.1"
    /// 0 lets the system choose.
    package var port: UInt16 = 8081
    /// Event loops, each with a thread of its own, 1 to 64.
    package var loops = 1
    /// PEM files of the certificate chain and its key; `nil` for plain connections.
    package var tls: (certificatePath: String, keyPath: String)?
    /// Sockets: limits of each loop.
    package var loop = LoopConfiguration()
    /// Sessions: limits of each loop, allowed origins, and the URL that READY names.
    package var sessions = SessionSettings()
    /// Connections that an address may open; `nil` for as many as it likes.
    package var handshakes: RateLimit?
    /// Wrong tokens with which an address may identify before it may open no more connections; `nil` for as many as it likes.
    package var wrongTokens: RateLimit?
    /// Where clients fetch the files of messages from.
    package var files = AttachmentLinks()
    /// What has to be there before messages are told of: returns when it is, or the task is cancelled.
    package var isReadyToTell: @Sendable () async -> Void = {}
    /// Tasks that ask the services, for all loops together.
    package var workers = 512
    /// Jobs that may wait for them; beyond it clients are sent away with a resumable code.
    package var jobsMax = 16_384

    package init() {}
}

/// The gateway of one node: its loops, what connects them with the bus, and the tasks that ask the services.
package final class GatewayServer: Service {
    private let configuration: GatewayConfiguration
    private let loops: [SocketLoop<SessionHandler>]
    private let boards: [StatisticsBoard]
    private let pool: WorkPool<SessionJob>
    private let ports: LoopPorts
    private let worker: SessionWorker
    private let hub: GatewayHub
    private let keeper: SessionKeeper?
    private let restoration = StartGate()
    let time: any TimeSource
    private let logger: Logger
    private let drainLimit = Atomic<UInt64>(30_000)
    /// Where clients connect and resume: the configured URL, or one made of the address that was bound.
    package let url: String

    /// Makes the loops and binds the port; connections wait in the kernel until `run`.
    /// - Parameter archive: where sessions are kept beyond the node's life; `nil` to keep none.
    /// - Throws: when the certificate cannot be used, the address is taken, or the system has no descriptors left.
    package init(
        configuration: GatewayConfiguration, source: any GatewaySource, bus: any FanoutBus,
        archive: SessionArchive? = nil, time: any TimeSource = SystemTime(),
        metrics: any GatewayMetrics = NoGatewayMetrics(), logger: Logger
    ) throws(LoopError) {
        self.configuration = configuration
        self.time = time
        self.logger = logger
        ports = LoopPorts()
        pool = WorkPool(limit: configuration.jobsMax)
        hub = GatewayHub(
            source: source, bus: bus, ports: ports, time: time, logger: logger, files: configuration.files)
        let context: TLSContext? =
            if let tls = configuration.tls {
                try TLSContext(certificatePath: tls.certificatePath, keyPath: tls.keyPath)
            } else {
                nil
            }
        var loops: [SocketLoop<SessionHandler>] = []
        var boards: [StatisticsBoard] = []
        var port = configuration.port
        let addresses = AddressLimits(
            handshakes: configuration.handshakes, wrongTokens: configuration.wrongTokens, time)
        let bell = CaptureBell()
        if port != 0 { try Listener.checkIsFree(host: configuration.host, port: port) }
        for index in 0..<min(max(configuration.loops, 1), 64) {
            let surroundings = SessionHandler.Surroundings(
                index: UInt16(index), settings: configuration.sessions, source: source, hub: hub, pool: pool,
                ports: ports, time: time, metrics: metrics, addresses: addresses, bell: bell)
            var limits = configuration.loop
            // After everybody has been asked to leave: clients resume elsewhere.
            limits.stopCloseCode = .goingAway
            let loop = try SocketLoop(configuration: limits, tls: context, handler: SessionHandler(surroundings))
            port = try loop.listen(host: configuration.host, port: port)
            loops.append(loop)
            boards.append(surroundings.board)
        }
        self.loops = loops
        self.boards = boards
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        url = configuration.sessions.publicURL ?? "\(context == nil ? "ws" : "wss")://\(host):\(port)"
        let worker = SessionWorker(source: source, hub: hub, ports: ports, url: url)
        self.worker = worker
        let (count, window) = (loops.count, configuration.sessions.resumeMilliseconds)
        keeper = archive.map { archive in
            SessionKeeper(
                archive: archive, worker: worker, loops: count, resumeMilliseconds: window, time: time, logger: logger,
                bell: bell)
        }
        ports.connect(loops.map { loop in { mail in loop.post(mail) } })
    }

    /// Serves until the node drains (graceful shutdown) or the task is cancelled.
    package func run() async throws {
        defer { restoration.open() }
        try await hub.attach()
        if keeper != nil { await cancelWhenGracefulShutdown { await self.configuration.isReadyToTell() } }
        await keeper?.restore()
        restoration.open()
        for (index, loop) in loops.enumerated() { try loop.start(name: "gateway-\(index)") }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.hub.run() }
            group.addTask {
                await self.pool.run(workers: self.configuration.workers) { await self.worker.work($0) }
            }
            group.addTask { await self.keeper?.run() }
            if let node = self.keeper?.archive.node { group.addTask { await self.hub.probe(node) } }
            if (try? await gracefulShutdown()) != nil {
                await drain()
                await keeper?.capture(isFinal: true)
            }
            await stopLoops()
            group.cancelAll()
        }
        await hub.cancel()
    }

    /// Returns when the sessions of the node's life before have been taken up, and told what they missed. Nothing may be published before
    /// on the streams of channels.
    package func whenRestored() async { await restoration.wait() }

    /// Replaces the certificate for connections from now on.
    package func reload(certificatePath: String, keyPath: String) throws(LoopError) {
        let context = try TLSContext(certificatePath: certificatePath, keyPath: keyPath)
        for loop in loops { loop.replace(tls: context) }
    }

    /// How long clients may take to leave when the node drains, in milliseconds; 30,000 unless set (design). To be set before the drain.
    package var drainMilliseconds: UInt64 {
        get { drainLimit.load(ordering: .relaxed) }
        set { drainLimit.store(newValue, ordering: .relaxed) }
    }

    /// Sessions that it takes at most, those waiting to be resumed among them.
    package var sessionsMax: Int { configuration.sessions.sessionsMax * loops.count }

    /// When the sessions were last written down, in Unix milliseconds; `nil` when they were not.
    package var recordedAt: UInt64? {
        keeper.flatMap { keeper in
            let time = keeper.recordedAt.load(ordering: .relaxed)
            return time > 0 ? time : nil
        }
    }

    var loopCount: Int { loops.count }

    /// False when the loop takes no more.
    func post(_ mail: SessionMail, to loop: Int) -> Bool { ports.post(mail, to: loop) }

    /// Whether what the gateway publishes does not come back to it any more: its clients would hear nothing.
    package var isPathLost: Bool { hub.isPathLost }

    /// What the loops have done, as of the last second.
    package func statistics() -> GatewayStatistics {
        boards.reduce(GatewayStatistics()) { $0 + $1.read() }
    }

    /// Asks everybody to leave and waits until they have, or have had their time.
    private func drain() async {
        // First, for the case that there will be no last capture.
        await keeper?.capture()
        for index in loops.indices { _ = ports.post(.drain, to: index) }
        let end = time.monotonicMilliseconds + drainMilliseconds
        while time.monotonicMilliseconds < end, !Task.isCancelled {
            // The boards are written once a second: after one, none is older than the drain.
            guard (try? await time.sleep(milliseconds: 1_000)) != nil else { return }
            if statistics().activeConnections == 0 { return }
        }
        logger.info("connections are closed", metadata: ["gateway.connections": "\(statistics().activeConnections)"])
    }

    private func stopLoops() async {
        for loop in loops { loop.stop() }
        await withCheckedContinuation { continuation in
            let loops = self.loops
            do throws(LoopError) {
                // A thread, because joining blocks, which a task must not.
                _ = try LoopThread(name: "gateway-join") {
                    for loop in loops { loop.join() }
                    continuation.resume()
                }
            } catch {
                logger.error("the loops' end cannot be awaited", metadata: ["error": "\(error.operation)"])
                continuation.resume()
            }
        }
    }
}

/// Opens once, for all who wait and all who come.
final class StartGate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
