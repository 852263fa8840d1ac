/// Sessions that identify, watch one channel and stay: how fast they come, and what each takes while it idles.
///
/// They come in batches, one a run, and none leaves before the end: memory that a node once freed would hide what a
/// session takes.
package struct ConnectBench: Sendable {
    package var sessions: Int
    package var channels: Int
    /// Logins under way at once.
    package var underWay: Int

    package init(sessions: Int, channels: Int, underWay: Int) {
        self.sessions = sessions
        self.channels = channels
        self.underWay = underWay
    }

    /// Opened before the first batch, so that what a node makes once is not counted for its sessions.
    private static let warmUpSessions = 64
    /// How many sessions the memory is reckoned up to: the design's goal for one process.
    private static let reckonedSessions = 100_000

    package func run(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> [Figure] {
        let script = LoadScript(
            gateway: ground.gateway, rest: ground.rest, way: .gateway, channels: ground.channels, tokens: ground.tokens,
            contentBytes: Stamp.bytes)
        let engine = try LoadEngine(script, connectionsMax: DescriptorLimit.raise())
        engine.underWayMax = underWay
        let warmUpSessions = max(Self.warmUpSessions, channels)
        try engine.checkRoom(for: sessions + warmUpSessions)
        var opened = 0
        func openings(_ count: Int) -> [Opening] {
            defer { opened += count }
            return (opened..<opened + count).map { number in
                Opening(
                    role: .subscriber, purpose: .subscriber, room: number % channels,
                    identity: number % script.tokens.count)
            }
        }
        try engine.open(openings(warmUpSessions), progress: settings.progress)
        try rest(engine, settings.warmUp)
        var table = FigureTable()
        var readings = [(sessions: opened, memory: MemoryReading.of(ground.process))]
        for run in 1...settings.runs {
            let count = sessions * run / settings.runs - sessions * (run - 1) / settings.runs
            guard count > 0 else { continue }
            let memory = MemoryReading.of(ground.process)
            let processor = ProcessReading.of(ground.process)
            engine.openLatency = LogHistogram()
            let start = monotonicNow()
            let label = "batch \(run) of \(settings.runs): "
            try engine.open(openings(count)) { settings.progress(label + $0) }
            let seconds = Double(monotonicNow() &- start) / 1e9
            let cost = ProcessReading.of(ground.process).used(since: processor)
            // What is freed soon after a login is not the session's.
            try rest(engine, .seconds(1))
            let after = MemoryReading.of(ground.process)
            readings.append((opened, after))
            table.add("connections", "1/s", better: .higher, Double(count) / max(seconds, 1e-9))
            table.add("cpu-per-connection", "us", better: .lower, Double(cost.total) / Double(count) / 1e3)
            table.add(latency: "login", engine.openLatency)
            func perSession(_ name: String, _ before: UInt64, _ now: UInt64, better: Figure.Better) {
                table.add(name, "bytes", better: better, (Double(now) - Double(before)) / Double(count))
            }
            perSession("resident-per-session", memory.residentBytes, after.residentBytes, better: .lower)
            perSession("anonymous-per-session", memory.anonymousBytes, after.anonymousBytes, better: .lower)
            perSession("kernel-slab-per-session", memory.slabBytes, after.slabBytes, better: .neither)
            perSession("socket-buffers-per-session", memory.socketBytes, after.socketBytes, better: .neither)
        }
        Self.reckon(readings, into: &table)
        let idle = ProcessReading.of(ground.process)
        let idleStart = monotonicNow()
        try rest(engine, settings.duration)
        let idleCost = ProcessReading.of(ground.process).used(since: idle)
        let idleTime = Double(max(1, monotonicNow() &- idleStart))
        table.add("idle-cpu", "ppm", better: .lower, Double(idleCost.total) / idleTime * 1e6)
        table.add("lost-connections", "", better: .lower, Int(clamping: engine.tally.lostConnections))
        settings.progress("\(engine.liveCount) sessions are live, good-bye")
        try engine.closeAll()
        return table.figures
    }

    /// The line through all batches: what a session takes for good, without what the node took once for all of them or
    /// gave back between two batches.
    private static func reckon(
        _ readings: [(sessions: Int, memory: MemoryReading)], into table: inout FigureTable
    ) {
        let kinds: [(name: String, bytes: (MemoryReading) -> UInt64)] = [
            ("resident", { $0.residentBytes }), ("anonymous", { $0.anonymousBytes }),
            ("kernel", { $0.slabBytes &+ $0.socketBytes }),
        ]
        for (name, bytes) in kinds {
            guard let slope = Slope(readings.map { (Double($0.sessions), Double(bytes($0.memory))) }) else { continue }
            let isOurs = name != "kernel"
            table.add("\(name)-slope", "bytes", better: isOurs ? .lower : .neither, slope.perUnit)
            guard isOurs else { continue }
            table.add(
                "\(name)-at-\(reckonedSessions)", "bytes", better: .lower, slope.value(at: Double(reckonedSessions)))
        }
    }

    private func rest(_ engine: LoadEngine, _ time: Duration) throws(BenchFailure) {
        let end = monotonicNow() &+ time.nanoseconds
        while monotonicNow() < end { try engine.turn(20) }
    }
}
