import BackendContracts
import CEpoll
import Chat
import EmbeddedBackend
import Glibc
import Interface
import Logging
import Synchronization
import Testing
import Wire

// The loops' handler has no life outside the gateway; what is tested here is how it is driven by a loop that the test turns by hand.
@testable import Gateway

/// What the gateway measured.
final class RecordedMetrics: GatewayMetrics {
    let latencies = Mutex<[UInt64]>([])
    let closes = Mutex<[GatewayClose]>([])
    let resumes = Mutex<[ResumeOutcome]>([])
    let logins = Mutex<[LoginOutcome]>([])

    func delivered(latencyMilliseconds: UInt64) { latencies.withLock { $0.append(latencyMilliseconds) } }
    func resumed(_ outcome: ResumeOutcome) { resumes.withLock { $0.append(outcome) } }
    func login(_ outcome: LoginOutcome) { logins.withLock { $0.append(outcome) } }
    func closed(_ reason: GatewayClose) { closes.withLock { $0.append(reason) } }
}

/// A gateway without threads and network: loops turned by hand over socket pairs, workers that run when the test says so, and a clock that
/// stands still. The bus is the embedded one.
final class GatewayRig {
    let time: ManualTime
    let clock = HandClock()
    let bus: InProcessFanoutBus
    /// What of the bus reaches the gateway.
    let losses: LossyBus
    let source: StandInSource
    let hub: GatewayHub
    let metrics = RecordedMetrics()
    let loops: [SocketLoop<SessionHandler>]
    private let pool = WorkPool<SessionJob>(limit: 10_000)
    let worker: SessionWorker
    let bell = CaptureBell()

    /// - Parameter world: a directory that another gateway knew; `nil` for an empty one.
    init(
        loops count: Int = 1, world: StandInSource? = nil, time: ManualTime = ManualTime(),
        handshakes: RateLimit? = nil, wrongTokens: RateLimit? = nil,
        _ change: (inout SessionSettings) -> Void = { _ in },
        loop changeLoop: (inout LoopConfiguration) -> Void = { _ in }
    ) async throws {
        self.time = time
        var settings = SessionSettings()
        settings.sessionsMax = 64
        settings.logBytesMax = 1 << 20
        settings.logFramesMax = 1_024
        // The clock stands still: nobody's turn would come.
        settings.identifiesPerSecond = 0
        settings.resumesPerSecond = 0
        change(&settings)
        var configuration = LoopConfiguration()
        configuration.connectionsMax = 64
        changeLoop(&configuration)
        bus = InProcessFanoutBus(time: time)
        losses = LossyBus(bus)
        source = StandInSource(bus: bus, world: world)
        let ports = LoopPorts()
        hub = GatewayHub(source: source, bus: losses, ports: ports, time: time, logger: Logger(label: "test"))
        worker = SessionWorker(source: source, hub: hub, ports: ports, url: "ws://gateway.test")
        let addresses = AddressLimits(handshakes: handshakes, wrongTokens: wrongTokens, time)
        var loops: [SocketLoop<SessionHandler>] = []
        for index in 0..<count {
            let surroundings = SessionHandler.Surroundings(
                index: UInt16(index), settings: settings, source: source, hub: hub, pool: pool, ports: ports,
                time: time, metrics: metrics, addresses: addresses, bell: bell)
            loops.append(
                try SocketLoop(configuration: configuration, clock: clock.clock, handler: SessionHandler(surroundings)))
        }
        self.loops = loops
        ports.connect(loops.map { loop in { mail in loop.post(mail) } })
        try await hub.attach()
    }

    var handler: SessionHandler { loops[0].handler }

    /// Turns and works until nothing is left to do.
    func settle() async {
        for _ in 0..<12 {
            turn()
            await pool.drain { await worker.work($0) }
            await hub.jobs.drain { await hub.work($0) }
        }
        turn()
    }

    /// Turns, and lets one job be done: a login gets as far as READY.
    func settleUntilReady() async {
        turn()
        await pool.drainOne { await worker.work($0) }
        turn()
    }

    /// Lets one job be done, and nothing else.
    func workOnce() async {
        await pool.drainOne { await worker.work($0) }
    }

    /// How often sessions were told that events are missing.
    var resyncs: Int {
        loops.reduce(0) { $0 + $1.handler.statistics.resyncs }
    }

    /// Turns the loops, but lets nobody work.
    func turn() {
        for _ in 0..<6 {
            for loop in loops { _ = loop.turn(maxWaitMilliseconds: 0) }
        }
    }

    /// Moves the loops' clock and gives them the turns to notice.
    func pass(milliseconds: Int64) async {
        clock.advance(by: milliseconds)
        await settle()
    }

    /// A connection that has had its handshake.
    func connect(
        loop: Int = 0, target: String = "/?v=10&encoding=json", compression: TransportCompression = .none,
        sendBuffer: Int32? = nil
    ) async throws -> GatewayClient {
        var ends: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        if var size = sendBuffer {
            setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let client = GatewayClient(LoopPeer(descriptor: ends[1]), compression: compression)
        _ = try #require(loops[loop].adopt(descriptor: ends[0]))
        let parameter =
            switch compression {
            case .none: ""
            case .zlib: "&compress=zlib-stream"
            case .zstd: "&compress=zstd-stream"
            }
        client.peer.write(
            Array(LoopPeer.request.replacing("/?v=10", with: target + parameter).utf8))
        await settle()
        client.readHandshake()
        return client
    }

    /// A session that has logged in, with what that brought read.
    func logIn(
        _ user: UInt64, loop: Int = 0, intents: UInt64 = 1 | 2 | 512, extra: String = "",
        compression: TransportCompression = .none, sendBuffer: Int32? = nil
    ) async throws -> GatewayClient {
        let client = try await connect(loop: loop, compression: compression, sendBuffer: sendBuffer)
        client.send(#"{"op":2,"d":{"token":"token-\#(user)","intents":\#(intents)\#(extra),"properties":{}}}"#)
        await settle()
        let login = client.payloads()
        #expect(login.first?["op"]?.int == 10)
        let ready = try #require(login.first { $0["t"]?.string == "READY" })
        client.session = ready["d"]?["session_id"]?.string ?? ""
        client.token = "token-\(user)"
        client.login = login
        return client
    }

    /// Guild 100 with channels 200 and 201, owned by user 1, with the users 1 to `members`.
    func addSmallGuild(members: UInt64 = 3) {
        for user in 1...members { source.addUser(user) }
        source.addGuild(100, channels: [200, 201], members: Array(1...members))
    }
}
