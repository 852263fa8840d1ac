import Glibc

/// What the node allows one connection to send, and how the generator lives with it.
enum PublisherLimits {
    /// The node takes 120 payloads in a minute; a publisher says good-bye before, having identified and perhaps beaten.
    static let messagesPerConnection = 110
    /// From a publisher's last message to its good-bye.
    static let retirementNanoseconds: UInt64 = 2_000_000_000
    static let connectionsMin = 32
    static let connectionsMax = 512

    /// How many publishers to begin with; half of them are replaced before the other half is used up.
    static func count(perSecond rate: Double) -> Int {
        let wanted = rate.isFinite ? Int(max(0, min(1e6, rate / 50))) : 0
        return min(connectionsMax, max(connectionsMin, wanted))
    }
}

/// When messages are sent.
enum TrafficPace: Sendable {
    /// So many messages are under way in each room; the next one leaves when all subscribers have the oldest.
    case closed(outstanding: Int)
    /// So many a second over all rooms, whether or not the server keeps up.
    case open(perSecond: Double)
}

/// What a stretch of traffic needed.
struct TrafficCost {
    var seconds: Double
    var server: (total: UInt64, user: UInt64, system: UInt64, edge: UInt64)
    /// Share of the window in which the generator had nothing to do, in percent.
    var generatorIdlePercent: Int
    /// Share of one processor that the hypervisor gave to others, in percent.
    var stolenPercent: Int
}

struct TrafficPlan {
    var pace: TrafficPace
    var warmUp: Duration
    var duration: Duration
    /// Looks for events without sleeping, so that the server never pays for waking the generator.
    var spins = false
    /// Process of the server.
    var server: Int32
}

extension LoadEngine {
    private static let stallNanoseconds: UInt64 = 3_000_000_000
    private static let drainNanoseconds: UInt64 = 5_000_000_000

    private struct Edge {
        var time: UInt64
        var server: ProcessReading
        var idle: UInt64
        var stolen: UInt64
    }

    private func edge(_ server: Int32) -> Edge {
        Edge(
            time: monotonicNow(), server: ProcessReading.of(server), idle: idleNanoseconds,
            stolen: Machine.stolenTicks)
    }

    /// Sends for a while and counts into ``tally``.
    func traffic(_ plan: TrafficPlan, _ progress: (String) -> Void) throws(BenchFailure) -> TrafficCost {
        tally = Tally()
        let start = monotonicNow()
        tally.windowStart = start &+ plan.warmUp.nanoseconds
        tally.windowEnd = tally.windowStart &+ plan.duration.nanoseconds
        var first: Edge?
        var lastStallCheck = start
        var sending = OpenSending(plan.pace, start: start)
        beginSending(plan.pace)
        while true {
            let now = monotonicNow()
            if first == nil, now >= tally.windowStart {
                first = edge(plan.server)
                isMeasuring = true
            }
            sendDue(&sending, min(now, tally.windowEnd &- 1))
            if now >= tally.windowEnd { break }
            let wait = plan.spins ? 0 : sending.waitMilliseconds(now: monotonicNow())
            try turn(wait)
            pumpDirtyRooms(plan.pace)
            refillPool()
            if now &- lastStallCheck > 250_000_000 {
                lastStallCheck = now
                giveUpStalledRooms(now)
                progress("\(tally.deliveries) deliveries")
            }
        }
        let last = edge(plan.server)
        isMeasuring = false
        notesDirtyRooms = false
        tally.unsent = sending.due(before: tally.windowEnd)
        try drain()
        return cost(from: first ?? last, to: last)
    }

    private func cost(from first: Edge, to last: Edge) -> TrafficCost {
        let nanoseconds = Double(max(1, last.time &- first.time))
        let stolen = last.stolen.saturatingDifference(first.stolen)
        return TrafficCost(
            seconds: nanoseconds / 1e9, server: last.server.used(since: first.server),
            generatorIdlePercent: Int(Double(last.idle &- first.idle) / nanoseconds * 100),
            stolenPercent: Int(Double(stolen) / Double(Machine.ticksPerSecond) / nanoseconds * 1e11)
        )
    }

    private func beginSending(_ pace: TrafficPace) {
        for room in rooms.indices {
            rooms[room].expected = 0
            rooms[room].delivered = 0
            rooms[room].isDirty = false
        }
        dirtyRooms.removeAll(keepingCapacity: true)
        guard case .closed = pace else { return }
        notesDirtyRooms = true
        for room in rooms.indices where rooms[room].subscribers > 0 { pump(room, pace) }
    }

    // MARK: Closed loop

    private func pumpDirtyRooms(_ pace: TrafficPace) {
        guard notesDirtyRooms else { return }
        let moved = dirtyRooms
        dirtyRooms.removeAll(keepingCapacity: true)
        for room in moved {
            rooms[room].isDirty = false
            pump(room, pace)
        }
    }

    private func pump(_ room: Int, _ pace: TrafficPace) {
        guard case .closed(let outstanding) = pace else { return }
        let subscribers = rooms[room].subscribers
        while rooms[room].expected.saturatingDifference(rooms[room].delivered) &+ subscribers
            <= UInt64(outstanding) &* subscribers
        {
            guard publish(room, intended: monotonicNow()) else {
                // Tried again in the next turn, when a publisher may be free.
                if !rooms[room].isDirty {
                    rooms[room].isDirty = true
                    dirtyRooms.append(room)
                }
                return
            }
        }
    }

    private func giveUpStalledRooms(_ now: UInt64) {
        for room in rooms.indices where rooms[room].expected > rooms[room].delivered {
            guard now.saturatingDifference(rooms[room].lastProgress) > Self.stallNanoseconds else { continue }
            if notesDirtyRooms {
                tally.givenUp &+= rooms[room].expected &- rooms[room].delivered
                rooms[room].delivered = rooms[room].expected
                if !rooms[room].isDirty {
                    rooms[room].isDirty = true
                    dirtyRooms.append(room)
                }
            }
        }
    }

    // MARK: Open loop

    /// Which message of an open loop is next: all others follow from the start and the rate.
    private struct OpenSending {
        private let start: UInt64
        private let interval: Double?
        private var number: UInt64 = 0

        init(_ pace: TrafficPace, start: UInt64) {
            self.start = start
            interval = if case .open(let rate) = pace { 1e9 / max(rate, 1e-3) } else { nil }
        }

        /// The next message's number and intended time; `nil` in a closed loop.
        var next: (number: UInt64, time: UInt64)? {
            interval.map { (number, start &+ UInt64(Double(number) * $0)) }
        }

        mutating func advance() { number &+= 1 }

        /// How long to sleep at most. Never too short for the next message, so that a high rate does not keep the generator
        /// looking at the clock: messages leave up to a millisecond late, which their latency counts.
        func waitMilliseconds(now: UInt64) -> Int32 {
            guard let next else { return 10 }
            guard next.time > now else { return 0 }
            return Int32(clamping: min(10, (next.time - now) / 1_000_000 + 1))
        }

        /// Messages that are due before `time` and have not been sent.
        func due(before time: UInt64) -> UInt64 {
            guard let interval, let next, next.time < time else { return 0 }
            return UInt64(Double(time &- next.time) / interval) &+ 1
        }
    }

    private func sendDue(_ sending: inout OpenSending, _ now: UInt64) {
        while let next = sending.next, next.time <= now {
            let room = Int(next.number % UInt64(rooms.count))
            guard publish(room, intended: next.time) else { return }
            sending.advance()
        }
    }

    private func drain() throws(BenchFailure) {
        let end = monotonicNow() &+ Self.drainNanoseconds
        while monotonicNow() < end, rooms.contains(where: { $0.expected > $0.delivered }) { try turn(10) }
    }

    // MARK: Publishing

    /// - Returns: whether a way was free.
    func publish(_ room: Int, intended: UInt64) -> Bool {
        let publisher: Int
        switch script.way {
        case .gateway:
            guard let next = nextPublisher() else { return false }
            publisher = next
        case .rest:
            guard let next = idlePosters.popLast() else { return false }
            publisher = next
            connections[publisher].since = intended
            connections[publisher].postedRoom = Int32(room)
        case .plain:
            publisher = plainPublishers[room]
            guard publisher >= 0 else { return false }
        }
        rooms[room].issued &+= 1
        nonce &+= 1
        let subscribers = rooms[room].subscribers
        if rooms[room].expected == rooms[room].delivered { rooms[room].lastProgress = monotonicNow() }
        rooms[room].expected &+= subscribers
        if isMeasuring { tally.departed &+= 1 }
        if tally.contains(intended) { tally.expected &+= subscribers }
        let template = script.templates[room]
        let stamp = Stamp(nanoseconds: intended, sequence: rooms[room].issued)
        template.fill(stamp, nonce: nonce, key: nonce &* 2_654_435_761, into: scratch)
        write(publisher, UnsafeRawBufferPointer(rebasing: scratch[..<template.count]))
        if script.way == .gateway, connections[publisher].descriptor >= 0 { retireIfSpent(publisher) }
        return true
    }

    private func nextPublisher() -> Int? {
        guard !pool.isEmpty else { return nil }
        poolCursor = poolCursor + 1 < pool.count ? poolCursor + 1 : 0
        let index = pool[poolCursor]
        connections[index].budget -= 1
        poolBudget -= 1
        return index
    }

    private func retireIfSpent(_ index: Int) {
        guard connections[index].budget <= 0, poolCursor < pool.count, pool[poolCursor] == index else { return }
        pool.swapAt(poolCursor, pool.count - 1)
        pool.removeLast()
        connections[index].isLeaving = true
        retiring.append((index, monotonicNow() &+ PublisherLimits.retirementNanoseconds))
    }

    /// Opens new publishers before the present ones are spent.
    private func refillPool() {
        guard script.way == .gateway, poolBatch > 0, underWay == 0, openings.isEmpty,
            poolBudget < poolBatch * PublisherLimits.messagesPerConnection,
            openCount + poolBatch <= connectionsMax
        else { return }
        for number in 0..<poolBatch {
            openings.append(
                Opening(role: .publisher, purpose: .publisher, room: 0, identity: number % script.tokens.count))
        }
    }
}

extension Duration {
    /// Whole nanoseconds, clamped to 64 bits.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000).partialValue
            &+ UInt64(clamping: attoseconds / 1_000_000_000)
    }
}
