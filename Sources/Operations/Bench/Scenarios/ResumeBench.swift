import Wire

/// Sessions that lose their connections at the same moment and come back: how soon, and with all they missed.
package struct ResumeBench: Sendable {
    package var sessions: Int
    /// Messages sent to all of them while they are away.
    package var missed: Int

    package init(sessions: Int, missed: Int) {
        self.sessions = sessions
        self.missed = missed
    }

    package func run(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> [Figure] {
        let script = LoadScript(
            gateway: ground.gateway, rest: ground.rest, way: .rest, channels: ground.channels, tokens: ground.tokens,
            contentBytes: Stamp.bytes)
        guard let channel = ground.channels.first, let token = ground.tokens.first else {
            throw BenchFailure(.impossible, "there is no channel to watch")
        }
        let sender = RESTConnection(ground.rest, token: token)
        let engine = try LoadEngine(script, connectionsMax: DescriptorLimit.raise())
        engine.keepsTickets = true
        let all = (0..<sessions).map { number in
            Opening(role: .subscriber, purpose: .subscriber, room: 0, identity: number % script.tokens.count)
        }
        try engine.open(all, progress: settings.progress)
        engine.underWayMax = sessions
        var table = FigureTable()
        for run in 1...settings.runs {
            let end = monotonicNow() &+ settings.warmUp.nanoseconds
            while monotonicNow() < end { try engine.turn(20) }
            let returning = try cut(engine)
            for number in 0..<missed {
                let stamp = Stamp(nanoseconds: monotonicNow(), sequence: UInt32(run * 10_000 + number))
                try send(stamp, to: channel, through: sender)
            }
            try comeBack(engine, returning, ground, settings, label: "run \(run) of \(settings.runs): ", &table)
        }
        engine.keepsTickets = false
        try engine.closeAll()
        return table.figures
    }

    private func cut(_ engine: LoadEngine) throws(BenchFailure) -> [Opening] {
        var returning: [Opening] = []
        for index in engine.connections.indices {
            let connection = engine.connections[index]
            guard connection.descriptor >= 0, connection.role == .subscriber else { continue }
            guard var ticket = engine.tickets[index] else {
                throw BenchFailure(.server, "a READY came without a session_id")
            }
            ticket.sequence = connection.sequence
            returning.append(
                Opening(
                    role: .subscriber, purpose: .returning, room: 0, identity: Int(connection.identity),
                    ticket: ticket))
        }
        for index in engine.connections.indices where engine.connections[index].descriptor >= 0 { engine.reset(index) }
        try engine.turn(0)
        return returning
    }

    private func comeBack(
        _ engine: LoadEngine, _ returning: [Opening], _ ground: BenchGround, _ settings: BenchSettings, label: String,
        _ table: inout FigureTable
    ) throws(BenchFailure) {
        engine.openLatency = LogHistogram()
        engine.lostSessions = 0
        engine.replayed = 0
        engine.failedOpenings = 0
        let before = ProcessReading.of(ground.process)
        let start = monotonicNow()
        engine.openings.append(contentsOf: returning)
        let goal = returning.count
        try engine.settle(.seconds(30), { settings.progress(label + $0) }) {
            $0.liveCount + $0.lostSessions + $0.failedOpenings >= goal
        } note: {
            "\($0.liveCount) of \(goal) sessions are back"
        }
        let seconds = Double(monotonicNow() &- start) / 1e9
        let cost = ProcessReading.of(ground.process).used(since: before)
        table.add("resumed", "", better: .higher, engine.liveCount)
        table.add("lost-sessions", "", better: .lower, engine.lostSessions)
        table.add("failed-connections", "", better: .lower, engine.failedOpenings)
        table.add(latency: "resume", engine.openLatency)
        table.add("all-back", "us", better: .lower, seconds * 1e6)
        table.add("cpu-per-session", "us", better: .lower, Double(cost.total) / Double(max(1, goal)) / 1e3)
        let wanted = max(1, engine.liveCount * missed)
        table.add(
            "replayed-of-missed", "ppm", better: .higher,
            missed == 0 ? 1e6 : Double(engine.replayed) / Double(wanted) * 1e6)
    }

    private func send(_ stamp: Stamp, to channel: UInt64, through sender: RESTConnection) throws(BenchFailure) {
        var content = [UInt8](repeating: 0, count: Stamp.bytes)
        content.withUnsafeMutableBytes { stamp.write(into: $0, at: 0) }
        var json = JSONWriter()
        json.object { $0.field("content", String(decoding: content, as: UTF8.self)) }
        let answer = try sender.perform("POST", "/api/v10/channels/\(channel)/messages", body: json.bytes)
        guard answer.status == 200 else { throw BenchFailure(.server, "a message was answered with \(answer.status)") }
    }
}
