internal import CEpoll
internal import Glibc
internal import Synchronization

/// How sockets come in.
extension SocketLoop {
    /// Takes what waits at the listener, up to `acceptsPerTurn`.
    func acceptWaiting() {
        guard let descriptor = listener?.descriptor else { return }
        for _ in 0..<configuration.acceptsPerTurn {
            switch configuration.accept(descriptor) {
            case .accepted(let taken, let address):
                _ = adopt(descriptor: taken, address: address)
            case .aborted:
                continue
            case .nobody:
                return
            case .exhausted:
                counts.acceptExhaustions += 1
                if listener?.turnOneAway(configuration.accept) == true { counts.refusals += 1 }
                // The others wait in the kernel's queue meanwhile; level-triggered epoll would report them without
                // pause.
                poller.watchListener(descriptor, false)
                wheel.set(listenerEntry, deadline: now + configuration.acceptBackoffMilliseconds)
                return
            }
        }
    }

    /// Takes over a connected stream socket, whose WebSocket handshake, after that of TLS if the loop has a
    /// certificate, is still to come. The descriptor is the loop's from here on: it is closed at once when the answer
    /// is nil, because the handler does not want the address, the slab is full or the loop is stopping. Loop's thread,
    /// or before the first turn.
    @discardableResult
    package func adopt(descriptor: Int32, address: PeerAddress = .unknown) -> ConnectionID? {
        assertOnLoop()
        counts.accepts += 1
        guard !isStopping, slab.count < slab.capacity, handler.admits(address, on: self) else {
            counts.refusals += 1
            Glibc.close(descriptor)
            return nil
        }
        // The handler may have taken the last slot meanwhile.
        guard let connection = slab.take() else {
            counts.refusals += 1
            Glibc.close(descriptor)
            handler.released(address, on: self)
            return nil
        }
        prepare(descriptor)
        let slot = Int(connection.slot)
        let state = slab[slot]
        state.pointee.descriptor = descriptor
        state.pointee.address = address
        state.pointee.flags.insert(.charged)
        state.pointee.phase = .handshake
        if let tls = shared.withLock({ $0.tls }) {
            state.pointee.phase = .tlsHandshake
            state.pointee.tls = tls.makeChannel(on: descriptor)
            if state.pointee.tls == nil {
                end(slot)
                return nil
            }
        }
        guard poller.add(descriptor, connection: connection, output: false) else {
            end(slot)
            return nil
        }
        wheel.set(slot, deadline: now + configuration.handshakeMilliseconds)
        return connection
    }

    /// Best effort: a socket of another family has no such options, and works without.
    private func prepare(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        if flags >= 0 && flags & O_NONBLOCK == 0 { _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) }
        // Writes are joined by the handler, once a turn; waiting for an acknowledgement would only delay them.
        _ = Listener.setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        if let bytes = configuration.socketSendBufferBytes {
            _ = Listener.setOption(descriptor, SOL_SOCKET, SO_SNDBUF, bytes)
        }
        if let bytes = configuration.socketReceiveBufferBytes {
            _ = Listener.setOption(descriptor, SOL_SOCKET, SO_RCVBUF, bytes)
        }
    }
}
