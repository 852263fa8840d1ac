/// Rooms with subscribers, and messages into them: what a delivery costs.
package struct FanoutBench: Sendable {
    package var rooms: Int
    /// In each room.
    package var subscribers: Int
    package var contentBytes: Int
    /// Messages under way in each room, when there is no rate.
    package var outstanding: Int
    /// Messages a second over all rooms.
    package var perSecond: Double?
    /// A program to measure against.
    package var floor: String?
    package var joinsWrites: Bool
    /// Whether that program's frames are as long as the node's, not as the content.
    package var matchesLength: Bool
    package var usesREST: Bool

    package init(
        rooms: Int, subscribers: Int, contentBytes: Int, outstanding: Int, perSecond: Double?, floor: String?,
        joinsWrites: Bool, matchesLength: Bool, usesREST: Bool
    ) {
        self.rooms = rooms
        self.subscribers = subscribers
        self.contentBytes = contentBytes
        self.outstanding = outstanding
        self.perSecond = perSecond
        self.floor = floor
        self.joinsWrites = joinsWrites
        self.matchesLength = matchesLength
        self.usesREST = usesREST
    }

    private static let postersMax = 64

    private var pace: TrafficPace {
        perSecond.map { .open(perSecond: $0) } ?? .closed(outstanding: outstanding)
    }

    package func run(_ ground: BenchGround, _ settings: BenchSettings) throws(BenchFailure) -> [Figure] {
        let connectionsMax = DescriptorLimit.raise()
        let script = LoadScript(
            gateway: ground.gateway, rest: ground.rest, way: usesREST ? .rest : .gateway, channels: ground.channels,
            tokens: ground.tokens, contentBytes: contentBytes)
        var table = FigureTable()
        for run in 1...settings.runs {
            settings.progress("run \(run) of \(settings.runs): opening sessions")
            let own = try measure(script, server: ground.process, connectionsMax, settings, run)
            add(own, to: &table, prefix: "")
            guard let floor else { continue }
            let server = try FloorServer(path: floor, joinsWrites: joinsWrites)
            defer { server.stop() }
            let plain = LoadScript(
                plain: server.endpoint, rooms: rooms,
                contentBytes: matchesLength ? max(contentBytes, Int(own.bytesPerDelivery.rounded())) : contentBytes)
            let other = try measure(plain, server: server.process, connectionsMax, settings, run)
            add(other, to: &table, prefix: "floor-")
            table.add(
                "cpu-ratio", "%", better: .lower, own.cpuPerDelivery / max(other.cpuPerDelivery, 1e-9) * 100)
            table.add(
                "edge-cpu-ratio", "%", better: .lower, own.edgePerDelivery / max(other.cpuPerDelivery, 1e-9) * 100)
        }
        return table.figures
    }

    private struct Outcome {
        var tally: Tally
        var cost: TrafficCost

        private func per(_ total: UInt64) -> Double { Double(total) / Double(max(1, tally.deliveries)) }
        var bytesPerDelivery: Double { per(tally.deliveredBytes) }
        var cpuPerDelivery: Double { per(cost.server.total) }
        var userPerDelivery: Double { per(cost.server.user) }
        var systemPerDelivery: Double { per(cost.server.system) }
        var edgePerDelivery: Double { per(cost.server.edge) }
    }

    private func measure(
        _ script: LoadScript, server: Int32, _ connectionsMax: Int, _ settings: BenchSettings, _ run: Int
    ) throws(BenchFailure) -> Outcome {
        let engine = try LoadEngine(script, connectionsMax: connectionsMax)
        if script.way == .gateway { engine.poolBatch = PublisherLimits.connectionsMin }
        let label = "run \(run) of \(settings.runs)\(script.way == .plain ? ", floor" : ""): "
        let progress = { (text: String) in settings.progress(label + text) }
        try engine.open(audience(script), progress: progress)
        var plan = TrafficPlan(pace: pace, warmUp: settings.warmUp, duration: settings.duration, server: server)
        plan.spins = settings.spins
        let cost = try engine.traffic(plan, progress)
        let outcome = Outcome(tally: engine.tally, cost: cost)
        try engine.closeAll()
        return outcome
    }

    /// Subscribers room by room, and who sends to them.
    private func audience(_ script: LoadScript) -> [Opening] {
        var openings: [Opening] = []
        let purpose = script.way == .plain ? ClientLogin.Purpose.bare : .subscriber
        let identities = max(1, script.tokens.count)
        for number in 0..<subscribers {
            for room in 0..<rooms {
                openings.append(
                    Opening(
                        role: .subscriber, purpose: purpose, room: room,
                        identity: (number * rooms + room) % identities))
            }
        }
        switch script.way {
        case .plain:
            for room in 0..<rooms {
                openings.append(Opening(role: .publisher, purpose: .bare, room: room, identity: 0))
            }
        case .rest:
            for _ in 0..<min(Self.postersMax, max(8, rooms * outstanding)) {
                openings.append(Opening(role: .poster, purpose: .bare, room: 0, identity: 0))
            }
        case .gateway:
            for number in 0..<PublisherLimits.connectionsMin * 2 {
                openings.append(Opening(role: .publisher, purpose: .publisher, room: 0, identity: number % identities))
            }
        }
        return openings
    }

    private func add(_ outcome: Outcome, to table: inout FigureTable, prefix: String) {
        let tally = outcome.tally
        let seconds = max(outcome.cost.seconds, 1e-9)
        table.add(prefix + "cpu-per-delivery", "ns", better: .lower, outcome.cpuPerDelivery)
        table.add(prefix + "user-per-delivery", "ns", better: .lower, outcome.userPerDelivery)
        table.add(prefix + "system-per-delivery", "ns", better: .lower, outcome.systemPerDelivery)
        if prefix.isEmpty { table.add("edge-cpu-per-delivery", "ns", better: .lower, outcome.edgePerDelivery) }
        table.add(prefix + "bytes-per-delivery", "bytes", better: .neither, outcome.bytesPerDelivery)
        let isOpen = perSecond != nil
        table.add(
            prefix + "deliveries", "1/s", better: isOpen ? .neither : .higher, Double(tally.deliveries) / seconds)
        table.add(prefix + "messages", "1/s", better: isOpen ? .neither : .higher, Double(tally.departed) / seconds)
        table.add(latency: prefix + "latency", tally.latency)
        table.add(prefix + "delivered-of-expected", "ppm", better: .higher, tally.deliveredPartsPerMillion)
        table.add(prefix + "duplicates", "", better: .lower, Int(clamping: tally.duplicates))
        table.add(prefix + "reordered", "", better: .lower, Int(clamping: tally.disorder &+ tally.gaps))
        table.add(prefix + "refused", "", better: .lower, Int(clamping: tally.refused))
        table.add(prefix + "lost-connections", "", better: .lower, Int(clamping: tally.lostConnections))
        table.add(prefix + "generator-idle", "%", better: .neither, outcome.cost.generatorIdlePercent)
        table.add(prefix + "stolen", "%", better: .neither, outcome.cost.stolenPercent)
    }
}

extension Tally {
    /// Deliveries of the window's messages, in millionths of what there should be; a million is all.
    var deliveredPartsPerMillion: Int {
        let wanted = expected.saturatingDifference(refusedDeliveries)
        guard wanted > 0 else { return 1_000_000 }
        return Int((Double(min(arrived, wanted)) / Double(wanted) * 1e6).rounded(.down))
    }
}
