internal import Synchronization

/// One turn: wait, then everything that is due, in this order: mails, sockets, deadlines, tick, notices, `turnEnded`.
extension SocketLoop {
    /// Makes one turn on the calling thread, waiting at most so long for something to do. To be called in a loop until
    /// it answers false: the loop was stopped and holds nothing any more. Not together with `start`.
    @discardableResult
    package func turn(maxWaitMilliseconds: Int32) -> Bool {
        bindToThread()
        if !hasStarted {
            hasStarted = true
            handler.started(on: self)
        }
        let found = poller.wait(milliseconds: waitMilliseconds(atMost: maxWaitMilliseconds))
        now = max(now, clock.milliseconds())
        counts.turns += 1
        turnIsWanted = false
        if !isStopping && stopRequested.load(ordering: .acquiring) { beginStop() }

        // A full report may leave the mailbox out, whose turn would come behind all else that is ready: the others' deliveries would wait
        // for a crowd to be gone.
        let hasMail = (0..<found).contains { poller.event($0).token == Poller.mailboxToken }
        if hasMail || found == Poller.eventsMax { deliverMail() }
        serveReady()
        for index in 0..<found {
            let (token, mask) = poller.event(index)
            switch token {
            case Poller.mailboxToken: break
            case Poller.listenerToken: acceptWaiting()
            default: serve(Poller.connection(token), mask: mask)
            }
        }
        serveDeadlines()
        if now >= nextTick {
            nextTick = now + configuration.tickMilliseconds
            closeStalled()
            handler.tick(on: self)
            publishStatistics()
        }
        deliverNotices()
        handler.turnEnded(on: self)
        keepBudget()
        // Their handlers may have left work for `turnEnded`: it gets its turn at once.
        if deliverNotices() { turnIsWanted = true }
        bury()

        guard isStopping && slab.count == 0 && notices.isEmpty else { return true }
        mailbox.close()
        publishStatistics()
        return false
    }

    private func waitMilliseconds(atMost limit: Int32) -> Int32 {
        if turnIsWanted || !ready.isEmpty || !notices.isEmpty || !graveyard.isEmpty { return 0 }
        if stopRequested.load(ordering: .acquiring) && (!isStopping || slab.count == 0) { return 0 }
        let current = max(now, clock.milliseconds())
        let wake = min(nextTick, wheel.nextWake() ?? nextTick)
        return min(max(0, limit), Int32(clamping: max(0, wake - current)))
    }

    private func deliverMail() {
        counts.mailsRefused = mailbox.take(into: &mails)
        guard !mails.isEmpty else { return }
        handler.mail(mails, on: self)
        // A rare flood should not be remembered in memory.
        mails.removeAll(keepingCapacity: mails.count <= 4096)
    }

    private func serveReady() {
        guard !ready.isEmpty else { return }
        let due = ready
        ready.removeAll(keepingCapacity: true)
        for connection in due {
            guard let state = slab.find(connection), state.pointee.flags.contains(.ready) else { continue }
            state.pointee.flags.remove(.ready)
            parseCarried(Int(connection.slot))
            readAvailable(Int(connection.slot))
        }
    }

    private func serve(_ connection: ConnectionID, mask: UInt32) {
        guard let state = slab.find(connection), state.pointee.phase != .dead else { return }
        let slot = Int(connection.slot)
        if mask & Poller.output != 0 {
            if state.pointee.flags.contains(.readWaitsForOutput) {
                state.pointee.flags.remove(.readWaitsForOutput)
                readAvailable(slot)
            }
            flush(slot)
        }
        guard state.pointee.phase != .dead, mask & (Poller.input | Poller.ended) != 0 else { return }
        readAvailable(slot)
    }

    private func serveDeadlines() {
        wheel.advance(to: now)
        for _ in 0..<configuration.deadlinesPerTurn {
            guard let entry = wheel.popExpired() else { return }
            if entry == listenerEntry {
                if let descriptor = listener?.descriptor { poller.watchListener(descriptor, true) }
                continue
            }
            switch slab[entry].pointee.phase {
            case .free, .dead:
                break
            case .tlsHandshake, .handshake:
                counts.handshakeFailures += 1
                end(entry)
            case .open:
                handler.deadlineReached(slab.identifier(of: entry), on: self)
            case .closing:
                end(entry)
            }
        }
    }

    /// Calls back for what happened inside calls of the handler. Answers whether there was anything.
    @discardableResult
    private func deliverNotices() -> Bool {
        guard !notices.isEmpty else { return false }
        let due = notices
        notices.removeAll(keepingCapacity: due.count <= 4096)
        for (connection, notice) in due {
            guard let state = slab.find(connection) else { continue }
            switch notice {
            case .closed(let reason):
                guard state.pointee.flags.contains(.owesClosed) else { continue }
                state.pointee.flags.remove(.owesClosed)
                handler.closed(connection, reason: reason, on: self)
            case .mark(let mark):
                guard state.pointee.phase == .open else { continue }
                handler.outputMark(connection, mark, on: self)
            }
        }
        return true
    }

    private func publishStatistics() {
        counts.connections = slab.count
        let counts = counts
        shared.withLock { $0.statistics = counts }
    }

    private func beginStop() {
        isStopping = true
        stopListening()
        for slot in 0..<slab.used {
            switch slab[slot].pointee.phase {
            case .free, .dead, .closing: break
            case .tlsHandshake, .handshake: end(slot)
            case .open: finish(slot, code: configuration.stopCloseCode, reason: "", notice: .stopped)
            }
        }
    }
}
