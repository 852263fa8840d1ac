internal import CEpoll
internal import Glibc
package import Wire

/// How connections end.
extension SocketLoop {
    /// Sends a close frame behind what waits already, gives the peer `closeMilliseconds` to answer it, and closes. For
    /// the handler the connection has ended: no callback names it again, not even `closed`. `reason` is cut to 123
    /// bytes. Loop's thread.
    package func close(_ connection: ConnectionID, code: WebSocketCloseCode, reason: String = "") {
        assertOnLoop()
        guard let state = slab.find(connection) else { return }
        state.pointee.flags.remove(.owesClosed)
        guard state.pointee.phase == .open else { return }
        finish(Int(connection.slot), code: code, reason: reason, notice: nil)
    }

    /// Drops the connection at once, without a close frame, and with it what waits to be written. As with `close` no
    /// callback follows. Loop's thread.
    package func abort(_ connection: ConnectionID) {
        assertOnLoop()
        guard let state = slab.find(connection) else { return }
        state.pointee.flags.remove(.owesClosed)
        end(Int(connection.slot))
    }

    /// Turns an open connection into a closing one. The handler is told by a notice, or knows.
    func finish(_ slot: Int, code: WebSocketCloseCode, reason: String, notice: CloseReason?) {
        let state = slab[slot]
        state.pointee.phase = .closing
        if let notice { promiseClosed(slot, notice) }
        FrameEncoder.close(code, reason: reason).withUnsafeBytes { write(slot, $0, isFrames: true) }
        settle(slot)
    }

    /// Takes a closing connection as far as it can go now, and sets the deadline for the rest.
    func settle(_ slot: Int) {
        let state = slab[slot]
        guard state.pointee.phase == .closing else { return }
        guard state.pointee.output == nil else {
            // Set once, so that a peer that reads a byte now and then does not put it off.
            if !state.pointee.flags.contains(.flushing) {
                state.pointee.flags.insert(.flushing)
                wheel.set(slot, deadline: now + configuration.flushMilliseconds)
            }
            return
        }
        if state.pointee.flags.contains(.peerDone) { return end(slot) }
        if state.pointee.flags.contains(.discards) && !state.pointee.flags.contains(.halfShut) {
            state.pointee.flags.insert(.halfShut)
            if let tls = state.pointee.tls, !state.pointee.flags.contains(.tlsBroken) { TLSChannel.shutdown(tls) }
            _ = shutdown(state.pointee.descriptor, Int32(SHUT_WR))
        } else if state.pointee.flags.contains(.awaitsPeer) {
            return
        }
        state.pointee.flags.insert(.awaitsPeer)
        wheel.set(slot, deadline: now + configuration.closeMilliseconds)
    }

    /// The peer has gone, or the socket is broken.
    func vanish(_ slot: Int) {
        switch slab[slot].pointee.phase {
        case .free, .dead:
            return
        case .tlsHandshake, .handshake:
            counts.handshakeFailures += 1
        case .open:
            promiseClosed(slot, .vanished)
        case .closing:
            break
        }
        end(slot)
    }

    /// Nothing more is read or written; the slot is freed at the end of the turn, when nobody can be using its state.
    func end(_ slot: Int) {
        let state = slab[slot]
        guard state.pointee.phase != .dead && state.pointee.phase != .free else { return }
        state.pointee.phase = .dead
        wheel.cancel(slot)
        dropOutput(slot)
        graveyard.append(slot)
    }

    /// Frees the slots of the connections that ended, but not before the handler knows.
    func bury() {
        guard !graveyard.isEmpty else { return }
        let due = graveyard
        graveyard.removeAll(keepingCapacity: due.count <= 4096)
        for slot in due {
            let state = slab[slot]
            if state.pointee.flags.contains(.owesClosed) {
                graveyard.append(slot)
                continue
            }
            if state.pointee.descriptor >= 0 { part(state) }
            let isCharged = state.pointee.flags.contains(.charged)
            let address = state.pointee.address
            releaseResources(of: state)
            slab.giveBack(slot)
            if isCharged { handler.released(address, on: self) }
        }
    }

    /// Says goodbye as far as that needs no waiting.
    private func part(_ state: UnsafeMutablePointer<SocketState>) {
        guard state.pointee.flags.contains(.peerDone) else { return }
        if let tls = state.pointee.tls, !state.pointee.flags.contains(.tlsBroken) { TLSChannel.shutdown(tls) }
        // Closing a socket with unread bytes resets the connection, and our close frame with it.
        for _ in 0..<configuration.readsPerTurn {
            let flags = Int32(MSG_DONTWAIT)
            if recv(state.pointee.descriptor, readBuffer.start, ReadBuffer.readBytes, flags) <= 0 { break }
        }
    }

    /// Frees what the state owns.
    func releaseResources(of state: UnsafeMutablePointer<SocketState>) {
        if let tls = state.pointee.tls { TLSChannel.free(tls) }
        state.pointee.tls = nil
        if let output = state.pointee.output {
            output.deinitialize(count: 1)
            output.deallocate()
        }
        state.pointee.output = nil
        state.pointee.carry.release()
        if state.pointee.descriptor >= 0 { Glibc.close(state.pointee.descriptor) }
        state.pointee.descriptor = -1
    }

    private func promiseClosed(_ slot: Int, _ reason: CloseReason) {
        slab[slot].pointee.flags.insert(.owesClosed)
        notices.append((slab.identifier(of: slot), .closed(reason)))
    }
}
