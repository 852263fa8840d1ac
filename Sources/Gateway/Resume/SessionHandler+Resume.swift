import Chat
import Wire

/// RESUME: the same session on another connection.
///
/// What was missed goes out in portions, each when the one before has left the process; until all of it has, what happens meanwhile only goes
/// to the ring. Whoever may not resume, for whatever reason, gets INVALID_SESSION and keeps the connection: a close code would make
/// client libraries try the same again for ever.
extension SessionHandler {
    /// Bytes of one portion.
    private static let portionBytes = 32 * 1_024

    func resume(_ request: ResumeRequest, connection: ConnectionID, slot: Int, on loop: Loop) {
        guard let session = request.session else { return invalidate(connection, .unknown, on: loop) }
        let attempt = ResumeAttempt(
            session: session, token: request.token, hash: surroundings.source.hash(of: request.token),
            sequence: request.sequence)
        guard session.loop != surroundings.index else { return resume(attempt, connection: connection, on: loop) }
        let (allowance, compression) = (connections[slot].allowance, connections[slot].compression)
        let origin = origins[slot]
        guard let socket = loop.detach(connection) else { return }
        connections[slot] = ConnectionState()
        origins[slot] = nil
        statistics.activeConnections -= 1
        let moved = MovedConnection(
            socket: socket, attempt: attempt, allowance: allowance, compression: compression, origin: origin)
        if !surroundings.ports.post(.moved(moved), to: Int(session.loop)), let connection = loop.adopt(socket) {
            // No such loop, or it is too far behind: the answer is the same as for an unknown session.
            take(connection, allowance: allowance, compression: compression, origin: origin, on: loop)
            invalidate(connection, .unknown, on: loop)
        }
    }

    /// A connection from another loop that resumes a session of this one.
    func takeOver(_ moved: MovedConnection, on loop: Loop) {
        guard let connection = loop.adopt(moved.socket) else { return }
        take(
            connection, allowance: moved.allowance, compression: moved.compression, origin: moved.origin, on: loop)
        resume(moved.attempt, connection: connection, on: loop)
    }

    func resume(_ attempt: ResumeAttempt, connection: ConnectionID, on loop: Loop) {
        guard let slot = slot(of: connection) else { return }
        guard let session = session(of: attempt) else { return invalidate(connection, .unknown, on: loop) }
        if let record = restored[session], !record.isVerified {
            return verify(session, attempt, connection: connection, slot: slot, on: loop)
        }
        flush(on: loop)
        let cell = sessions.cells + Int(session)
        if cell.pointee.isConnected { end(cell.pointee.connection, .tryAgain, on: loop) }
        guard let seen = UInt32(exactly: attempt.sequence) else {
            destroy(session, on: loop)
            return invalidate(connection, .outOfRange, on: loop)
        }
        let readChanges = restored[session]?.readChanges ?? []
        guard let outcome = revive(session, seen: seen, on: loop) else {
            destroy(session, on: loop)
            return invalidate(connection, .doubtful, on: loop)
        }
        guard holdsAll(after: seen, of: cell) else {
            destroy(session, on: loop)
            return invalidate(connection, .outOfRange, on: loop)
        }
        connections[slot].phase = .live
        origins[slot] = nil
        connections[slot].session = session
        cell.pointee.acknowledge(seen)
        cell.pointee.connection = connection
        cell.pointee.compression = connections[slot].compression
        cell.pointee.isConnected = true
        cell.pointee.isReplaying = true
        cell.pointee.replayed = seen
        statistics.detachedSessions -= 1
        if outcome == .whole { statistics.resumesWhole += 1 } else { statistics.resumesResynced += 1 }
        surroundings.metrics.resumed(outcome)
        loop.setDeadline(connection, after: SessionLimits.silenceMilliseconds)
        refresh([name(of: session)])
        tell(readChanges, to: session, on: loop)
        dispatch(frames.resumed, to: session, isKept: true, on: loop)
        replay(session, on: loop)
        proceed(session, on: loop)
    }

    /// Whether every dispatch after this one can be sent again.
    private func holdsAll(after seen: UInt32, of cell: UnsafeMutablePointer<LiveSession>) -> Bool {
        guard seen >= cell.pointee.floor, seen <= cell.pointee.sequence else { return false }
        guard seen < cell.pointee.sequence else { return true }
        // The log forgets in order, so the oldest that is needed speaks for all.
        guard let oldest = cell.pointee.ring.frame(at: seen - cell.pointee.floor) else { return false }
        return log.contains(oldest)
    }

    func invalidate(_ connection: ConnectionID, _ outcome: ResumeOutcome, on loop: Loop) {
        statistics.resumesRefused += 1
        surroundings.metrics.resumed(outcome)
        send(frames.invalidSession, to: connection, on: loop)
    }

    /// Sends the next portions of what a session missed, as long as its connection keeps up.
    func replay(_ session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        if cell.pointee.isReplaying { sift(session, on: loop) }
        while cell.pointee.isReplaying {
            guard cell.pointee.replayed != cell.pointee.sequence else {
                cell.pointee.isReplaying = false
                return
            }
            guard loop.pendingOutput(of: cell.pointee.connection) < settings.pauseBytes else { return }
            guard sendPortion(cell, on: loop) else {
                // Too much came meanwhile; the client is told when it comes back.
                let connection = cell.pointee.connection
                end(connection, .tryAgain, on: loop)
                return destroy(session, on: loop)
            }
        }
    }

    /// False when the next dispatch is kept no longer.
    private func sendPortion(_ cell: UnsafeMutablePointer<LiveSession>, on loop: Loop) -> Bool {
        guard cell.pointee.replayed >= cell.pointee.floor else { return false }
        var length = 0
        var next = cell.pointee.replayed
        while next != cell.pointee.sequence {
            guard let frame = cell.pointee.ring.frame(at: next - cell.pointee.floor), let place = log.place(of: frame)
            else { return false }
            guard length == 0 || length + place.length <= Self.portionBytes else { break }
            next &+= 1
            if cell.pointee.compression == .none {
                let bytes = UnsafeRawBufferPointer(start: log.bytes + place.offset, count: place.length)
                append(bytes, at: length, sequence: next, sequenceOffset: place.sequenceOffset)
                length += bytes.count
            } else if let packed = packed(frame, as: cell.pointee.compression) {
                packed.bytes.withUnsafeBytes {
                    append($0, at: length, sequence: next, sequenceOffset: packed.sequenceOffset)
                }
                length += packed.bytes.count
            }
        }
        cell.pointee.replayed = next
        loop.send(UnsafeRawBufferPointer(rebasing: scratch.bytes[..<length]), to: cell.pointee.connection)
        return true
    }

    /// Puts a frame into the portion behind what is in it.
    private func append(_ frame: UnsafeRawBufferPointer, at offset: Int, sequence: UInt32, sequenceOffset: Int) {
        scratch.reserve(offset + frame.count, keeping: offset)
        let room = UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[offset..<(offset + frame.count)])
        room.copyMemory(from: frame)
        DispatchFrame.patch(sequence: sequence, in: room, at: sequenceOffset)
    }
}
