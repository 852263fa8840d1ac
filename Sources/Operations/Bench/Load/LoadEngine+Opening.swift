import CEpoll
import Glibc

extension LoadEngine {
    /// Opens connections and waits until all are live.
    /// - Parameters:
    ///   - limit: how long without any progress is too long.
    ///   - progress: told now and then how many are live.
    /// - Throws: ``BenchFailure`` when one fails.
    func open(
        _ wanted: [Opening], limit: Duration = .seconds(30), progress: (String) -> Void
    ) throws(BenchFailure) {
        try checkRoom(for: wanted.count)
        openings.append(contentsOf: wanted)
        let goal = liveCount + wanted.count
        let lostBefore = tally.lostConnections
        try settle(limit, progress) {
            $0.liveCount >= goal || $0.failedOpenings > 0 || $0.tally.lostConnections > lostBefore
        } note: {
            "\($0.liveCount) of \(goal) sessions are live"
        }
        guard failedOpenings == 0 else {
            throw BenchFailure(.server, "a connection did not get through: \(failureNote ?? "it was closed")")
        }
        guard tally.lostConnections == lostBefore else {
            throw BenchFailure(
                .server, "a session was lost while others were opened: \(failureNote ?? "it was closed")")
        }
    }

    /// - Throws: ``BenchFailure`` when the process cannot have so many more connections.
    func checkRoom(for count: Int) throws(BenchFailure) {
        guard openCount + count > connectionsMax else { return }
        throw BenchFailure(
            .impossible,
            "\(openCount + count) connections were asked for, and this process can have \(connectionsMax)",
            hint: "the limit is RLIMIT_NOFILE; ask for fewer sessions, or raise it with: ulimit -Hn"
        )
    }

    /// Turns until a condition holds.
    func settle(
        _ limit: Duration, _ progress: (String) -> Void, until isDone: (LoadEngine) -> Bool,
        note: (LoadEngine) -> String
    ) throws(BenchFailure) {
        let patience = UInt64(clamping: limit.components.seconds) &* 1_000_000_000
        var lastSign = monotonicNow()
        var lastLive = liveCount
        while !isDone(self) {
            try turn(20)
            let now = monotonicNow()
            if liveCount != lastLive {
                lastLive = liveCount
                lastSign = now
            }
            progress(note(self))
            guard now &- lastSign < patience else {
                throw BenchFailure(.server, "nothing happened for \(limit.components.seconds) s: \(note(self))")
            }
        }
    }

    func startOpenings(_ now: UInt64) {
        while underWay < underWayMax, openingsNext < openings.count {
            let opening = openings[openingsNext]
            openingsNext += 1
            start(opening)
        }
        if openingsNext == openings.count, openingsNext > 0 {
            openings.removeAll(keepingCapacity: true)
            openingsNext = 0
        }
    }

    private func start(_ opening: Opening) {
        let endpoint = opening.role == .poster ? script.rest ?? script.gateway : script.gateway
        do throws(SystemError) {
            let descriptor = try endpoint.connect()
            underWay += 1
            let index = add(
                Connection(
                    descriptor: descriptor, role: opening.role, login: ClientLogin(opening.purpose),
                    room: Int32(opening.room), identity: Int32(opening.identity), since: monotonicNow()
                )
            )
            if let ticket = opening.ticket { tickets[index] = ticket } else { tickets[index] = nil }
        } catch {
            failedOpenings += 1
            failureNote = error.text
        }
    }

    func connected(_ index: Int) {
        var number: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(connections[index].descriptor, SOL_SOCKET, SO_ERROR, &number, &length)
        guard number == 0 else { return ended(index, SystemError(number: number).text) }
        connections[index].isConnecting = false
        watch(index, EPOLL_CTL_MOD, EPOLLIN.rawValue)
        guard connections[index].role != .poster else {
            underWay -= 1
            liveCount += 1
            idlePosters.append(index)
            return
        }
        write(index, script.upgrade(connections[index].role, room: Int(connections[index].room)))
    }

    /// Does what the login says.
    func act(_ action: ClientLogin.Action, _ index: Int, _ now: UInt64) {
        switch action {
        case .nothing: break
        case .identify: write(index, script.identify(Int(connections[index].identity)))
        case .subscribe: write(index, script.subscribe(Int(connections[index].room)))
        case .resume:
            guard let ticket = tickets[index] else {
                return ended(index, "a session without a ticket cannot be resumed")
            }
            write(index, script.resume(ticket, identity: Int(connections[index].identity)))
        case .live: wentLive(index, now)
        case .lost:
            lostSessions += 1
            underWay -= 1
            leave(index)
        case .fail: ended(index, "the login was refused")
        }
    }

    private func wentLive(_ index: Int, _ now: UInt64) {
        underWay -= 1
        liveCount += 1
        openLatency.record(now.saturatingDifference(connections[index].since))
        let room = Int(connections[index].room)
        switch connections[index].role {
        case .subscriber: rooms[room].subscribers += 1
        case .publisher where script.way == .plain: plainPublishers[room] = index
        case .publisher:
            connections[index].budget = Int32(PublisherLimits.messagesPerConnection)
            poolBudget += PublisherLimits.messagesPerConnection
            pool.append(index)
        case .poster: break
        }
    }

    // MARK: Ending

    /// The connection is gone.
    func ended(_ index: Int, _ reason: @autoclosure () -> String) {
        let connection = connections[index]
        guard connection.descriptor >= 0 else { return }
        release(index)
        let wasLive = connection.role == .poster ? !connection.isConnecting : connection.login.phase == .live
        if wasLive {
            liveCount -= 1
            if connection.role == .subscriber { rooms[Int(connection.room)].subscribers -= 1 }
            if connection.role == .publisher, let place = pool.firstIndex(of: index) {
                pool.swapAt(place, pool.count - 1)
                pool.removeLast()
                poolBudget -= Int(connection.budget)
            }
            if connection.role == .poster, let place = idlePosters.firstIndex(of: index) {
                idlePosters.swapAt(place, idlePosters.count - 1)
                idlePosters.removeLast()
            }
            if !connection.isLeaving {
                tally.lostConnections += 1
                if failureNote == nil { failureNote = reason() }
            }
        } else if !connection.isLeaving {
            underWay -= 1
            failedOpenings += 1
            if failureNote == nil { failureNote = reason() }
        }
    }

    /// Says good-bye; the server closes.
    func leave(_ index: Int) {
        guard connections[index].descriptor >= 0 else { return }
        connections[index].isLeaving = true
        write(index, script.goodbye)
    }

    /// Ends everything: sessions for good, so that the node keeps nothing of them.
    func closeAll() throws(BenchFailure) {
        let isPolite = script.way != .plain
        openings.removeAll()
        openingsNext = 0
        retiring.removeAll()
        for index in connections.indices where connections[index].descriptor >= 0 {
            connections[index].isLeaving = true
            if isPolite, connections[index].role != .poster, !connections[index].isConnecting {
                leave(index)
            } else {
                reset(index)
            }
        }
        let end = monotonicNow() &+ 5_000_000_000
        while openCount > 0, monotonicNow() < end { try turn(10) }
        for index in connections.indices where connections[index].descriptor >= 0 { reset(index) }
        underWay = 0
    }

    /// Cuts a connection with a RST.
    func reset(_ index: Int) {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connections[index].descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        connections[index].isLeaving = true
        ended(index, "")
    }
}
