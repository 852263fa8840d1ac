/// Messages at a fixed rate into channels with members: what is accepted, stored and delivered, and how long it takes.
package struct SendBench: Sendable {
    package var channels: Int
    /// Sessions that watch each channel.
    package var members: Int
    package var contentBytes: Int
    package var perSecond: Double
    package var usesREST: Bool
    /// REST requests under way at once.
    package var connections: Int

    package init(
        channels: Int, members: Int, contentBytes: Int, perSecond: Double, usesREST: Bool, connections: Int
    ) {
        self.channels = channels
        self.members = members
        self.contentBytes = contentBytes
        self.perSecond = perSecond
        self.usesREST = usesREST
        self.connections = connections
    }

    package func run(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> [Figure] {
        let script = LoadScript(
            gateway: ground.gateway, rest: ground.rest, way: usesREST ? .rest : .gateway, channels: ground.channels,
            tokens: ground.tokens, contentBytes: contentBytes)
        let engine = try LoadEngine(script, connectionsMax: DescriptorLimit.raise())
        try engine.open(audience(script), progress: settings.progress)
        if !usesREST { engine.poolBatch = PublisherLimits.count(perSecond: perSecond) / 2 }
        var plan = TrafficPlan(
            pace: .open(perSecond: perSecond), warmUp: settings.warmUp, duration: settings.duration,
            server: ground.process)
        plan.spins = settings.spins
        var table = FigureTable()
        for run in 1...settings.runs {
            let memory = MemoryReading.of(ground.process)
            let cost = try engine.traffic(plan) { settings.progress("run \(run) of \(settings.runs): " + $0) }
            add(engine.tally, cost, growth: memory, ground, to: &table)
        }
        try engine.closeAll()
        return table.figures
    }

    private func audience(_ script: LoadScript) -> [Opening] {
        var openings: [Opening] = []
        for number in 0..<members {
            for room in 0..<channels {
                openings.append(
                    Opening(
                        role: .subscriber, purpose: .subscriber, room: room,
                        identity: (number + room) % script.tokens.count))
            }
        }
        let ways = usesREST ? connections : PublisherLimits.count(perSecond: perSecond)
        for number in 0..<ways {
            openings.append(
                Opening(
                    role: usesREST ? .poster : .publisher, purpose: usesREST ? .bare : .publisher, room: 0,
                    identity: number % script.tokens.count))
        }
        return openings
    }

    private func add(
        _ tally: Tally, _ cost: TrafficCost, growth before: MemoryReading, _ ground: BenchGround,
        to table: inout FigureTable
    ) {
        let seconds = max(cost.seconds, 1e-9)
        // The gateway says only what it refuses: what was written to it may wait in a socket, or end with a connection.
        let (name, count) = usesREST ? ("accepted", tally.answered) : ("sent", tally.departed)
        table.add(name, "1/s", better: .higher, Double(count) / seconds)
        table.add("stored", "1/s", better: .higher, Double(tally.stored) / seconds)
        table.add("delivered", "1/s", better: .higher, Double(tally.deliveries) / seconds)
        table.add(latency: "delivery", tally.latency)
        if usesREST { table.add(latency: "answer", tally.answerLatency) }
        table.add("delivered-of-expected", "ppm", better: .higher, tally.deliveredPartsPerMillion)
        for status in [429, 502, 503, 504] where usesREST {
            table.add("refused-\(status)", "", better: .lower, Int(clamping: tally.refusals[status] ?? 0))
        }
        let others = tally.refusals.filter { ![429, 502, 503, 504].contains($0.key) }.values.reduce(0, &+)
        table.add(usesREST ? "refused-otherwise" : "refused", "", better: .lower, Int(clamping: others))
        table.add("unsent", "", better: .lower, Int(clamping: tally.unsent))
        table.add("duplicates", "", better: .lower, Int(clamping: tally.duplicates))
        table.add("reordered", "", better: .lower, Int(clamping: tally.disorder &+ tally.gaps))
        table.add("lost-connections", "", better: .lower, Int(clamping: tally.lostConnections))
        table.add(
            "cpu-per-message", "us", better: .lower, Double(cost.server.total) / Double(max(1, tally.stored)) / 1e3)
        let after = MemoryReading.of(ground.process)
        table.add(
            "resident-growth", "bytes", better: .neither,
            Double(after.residentBytes) - Double(before.residentBytes))
        table.add("generator-idle", "%", better: .neither, cost.generatorIdlePercent)
        table.add("stolen", "%", better: .neither, cost.stolenPercent)
    }
}
