/// IDENTIFY and RESUME at the gate: when everybody comes back at once, they are let in at a rate that the directory and the other sessions
/// bear.
extension SessionHandler {
    /// Begins a login now or in its turn. When the line is full the client is told INVALID_SESSION, which says whether to resume or to
    /// identify: libraries come back with it on a new connection after a wait of their own, where a close code would make them resume at
    /// once what may not exist.
    func queue(_ login: ClientCommand, connection: ConnectionID, slot: Int, on loop: Loop) throws(GatewayClose) {
        guard connections[slot].phase == .awaitingIdentify else { throw .alreadyAuthenticated }
        let isResume = if case .resume = login { true } else { false }
        switch isResume ? resumeGate.arrive(now: loop.now) : identifyGate.arrive(now: loop.now) {
        case .now:
            surroundings.metrics.login(.atOnce)
            try begin(login, connection: connection, slot: slot, on: loop)
        case .later(let milliseconds):
            surroundings.metrics.login(.waited)
            connections[slot].phase = .waiting
            waitingLogins[slot] = login
            loop.setDeadline(connection, after: milliseconds)
        case .full:
            surroundings.metrics.login(.sentAway)
            let frame = isResume ? frames.resumeLater : frames.invalidSession
            send(frame, to: connection, on: loop)
        }
    }

    /// A connection's turn has come.
    func endWait(_ connection: ConnectionID, slot: Int, on loop: Loop) {
        guard let login = waitingLogins.removeValue(forKey: slot) else { return }
        connections[slot].phase = .awaitingIdentify
        loop.setDeadline(connection, after: SessionLimits.identifyMilliseconds)
        do throws(GatewayClose) {
            try begin(login, connection: connection, slot: slot, on: loop)
        } catch {
            end(connection, error, on: loop)
        }
    }

    private func begin(
        _ login: ClientCommand, connection: ConnectionID, slot: Int, on loop: Loop
    ) throws(GatewayClose) {
        switch login {
        case .identify(let request): try identify(request, connection: connection, slot: slot, on: loop)
        case .resume(let request): resume(request, connection: connection, slot: slot, on: loop)
        case .heartbeat, .updatePresence, .updateVoice, .requestMembers, .subscribe, .unsubscribe, .send, .ignored:
            preconditionFailure("not a login")
        }
    }

    private func identify(
        _ request: IdentifyRequest, connection: ConnectionID, slot: Int, on loop: Loop
    ) throws(GatewayClose) {
        guard drainNext == nil, let session = takeSession(on: loop) else { throw .tryAgain }
        let cell = sessions.cells + Int(session)
        cell.pointee.phase = .building
        cell.pointee.id = .random(loop: surroundings.index, slot: UInt32(session))
        cell.pointee.connection = connection
        cell.pointee.compression = connections[slot].compression
        connections[slot].phase = .identifying
        connections[slot].session = session
        try submit(.identify(connection, request), for: session)
    }

    /// A slot for a new session; the session that has been detached longest makes room if it must.
    private func takeSession(on loop: Loop) -> Int32? {
        if let slot = sessions.take() { return slot }
        while detachedHead < detached.count {
            let oldest = detached[detachedHead]
            detachedHead += 1
            if let slot = stillDetached(oldest.session, since: oldest.at) {
                destroy(slot, on: loop)
                return sessions.take()
            }
        }
        return nil
    }
}
