internal import CEpoll
internal import Glibc
internal import Wire

/// From a readable socket to the handler.
extension SocketLoop {
    private enum Receipt {
        case bytes(Int)
        case nothing
        case ended
    }

    /// Reads and hands over what there is, within the connection's share of the turn; epoll reports the rest again.
    func readAvailable(_ slot: Int) {
        let state = slab[slot]
        if state.pointee.phase == .tlsHandshake { shakeHands(slot) }
        guard state.pointee.phase != .tlsHandshake else { return }
        for _ in 0..<configuration.readsPerTurn {
            guard state.pointee.phase != .dead else { return }
            let carried = state.pointee.carry.count
            switch receive(state, into: readBuffer.start + carried) {
            case .bytes(let count):
                counts.bytesIn += count
                state.pointee.carry.copy(to: readBuffer.start)
                parse(slot, count: carried + count, scanned: carried)
                // A short read emptied the socket: asking again would only be told so.
                if state.pointee.tls == nil && count < ReadBuffer.readBytes { return }
            case .nothing:
                return
            case .ended:
                vanish(slot)
                return
            }
        }
        if let tls = state.pointee.tls, state.pointee.phase != .dead, TLSChannel.hasPending(tls) { makeReady(slot) }
    }

    /// Parses what an adopted connection brought along, before anything is read.
    func parseCarried(_ slot: Int) {
        let state = slab[slot]
        let carried = state.pointee.carry.count
        guard carried > 0, state.pointee.phase != .dead else { return }
        state.pointee.carry.copy(to: readBuffer.start)
        parse(slot, count: carried, scanned: 0)
    }

    func makeReady(_ slot: Int) {
        guard !slab[slot].pointee.flags.contains(.ready) else { return }
        slab[slot].pointee.flags.insert(.ready)
        ready.append(slab.identifier(of: slot))
    }

    private func receive(_ state: UnsafeMutablePointer<SocketState>, into target: UnsafeMutableRawPointer) -> Receipt {
        if let tls = state.pointee.tls {
            switch TLSChannel.read(tls, into: target, count: ReadBuffer.readBytes) {
            case .bytes(let count): return .bytes(count)
            case .wantsInput: return .nothing
            case .wantsOutput:
                state.pointee.flags.insert(.readWaitsForOutput)
                updateInterest(state)
                return .nothing
            case .ended: return .ended
            case .broken:
                state.pointee.flags.insert(.tlsBroken)
                return .ended
            }
        }
        while true {
            let count = recv(state.pointee.descriptor, target, ReadBuffer.readBytes, Int32(MSG_DONTWAIT))
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothing
            default: return .ended
            }
        }
    }

    private func shakeHands(_ slot: Int) {
        let state = slab[slot]
        guard let tls = state.pointee.tls else { preconditionFailure("a TLS handshake without TLS") }
        state.pointee.flags.remove(.readWaitsForOutput)
        switch TLSChannel.handshake(tls) {
        case .bytes:
            state.pointee.phase = .handshake
            counts.tlsHandshakes += 1
            if TLSChannel.writesInKernel(tls) { counts.kernelTLSHandshakes += 1 }
        case .wantsInput:
            break
        case .wantsOutput:
            state.pointee.flags.insert(.readWaitsForOutput)
        case .ended, .broken:
            state.pointee.flags.insert(.tlsBroken)
            counts.handshakeFailures += 1
            end(slot)
            return
        }
        updateInterest(state)
    }

    /// Hands over the first `count` bytes of the read buffer and keeps what is no whole frame yet. The first `scanned`
    /// of them have been looked at before.
    private func parse(_ slot: Int, count: Int, scanned: Int) {
        let state = slab[slot]
        reading = slot
        unread = 0..<count
        if state.pointee.phase == .handshake { parseRequest(slot, scanned: scanned) }
        if state.pointee.phase == .open || state.pointee.phase == .closing { parseFrames(slot) }
        reading = -1
        switch state.pointee.phase {
        case .dead, .free:
            break
        case .tlsHandshake, .handshake, .open, .closing:
            state.pointee.carry.hold(UnsafeRawBufferPointer(rebasing: readBuffer.bytes(unread.upperBound)[unread]))
        }
    }

    private func parseRequest(_ slot: Int, scanned: Int) {
        let state = slab[slot]
        let bytes = UnsafeRawBufferPointer(readBuffer.bytes(unread.upperBound))
        switch HandshakeParser.parse(bytes, scanned: scanned) {
        case .incomplete:
            // The parser refuses long before; this holds the read buffer's own law.
            guard bytes.count <= ReadBuffer.carryBytesMax else { return refuse(slot, with: []) }
        case .refused(let refusal):
            refuse(slot, with: refusal.response())
        case .request(let request, let consumed):
            unread = consumed..<unread.upperBound
            let address = state.pointee.address
            switch handler.verdict(on: request, from: address, loop: self) {
            case .refuse(let refusal):
                refuse(slot, with: refusal.response())
            case .accept:
                guard state.pointee.phase == .handshake else { return }
                wheel.cancel(slot)
                state.pointee.phase = .open
                counts.opens += 1
                HandshakeResponse.accept(key: request.key).withUnsafeBytes { write(slot, $0, isFrames: false) }
                guard state.pointee.phase == .open else { return }
                handler.opened(slab.identifier(of: slot), request: request, from: address, on: self)
            }
        }
    }

    /// Answers with an HTTP response and shuts the connection when that has left.
    private func refuse(_ slot: Int, with response: [UInt8]) {
        counts.handshakeFailures += 1
        let state = slab[slot]
        state.pointee.phase = .closing
        state.pointee.flags.insert(.discards)
        unread = unread.upperBound..<unread.upperBound
        response.withUnsafeBytes { write(slot, $0, isFrames: false) }
        settle(slot)
    }

    private func parseFrames(_ slot: Int) {
        let state = slab[slot]
        let bytes = readBuffer.bytes(unread.upperBound)
        // Of several pings only the last need be answered (RFC 6455, 5.5.3): a flood of them costs one write a read, not thousands.
        var pinged = -1
        defer { if pinged >= 0, state.pointee.phase == .open { answerPing(slot, payloadBytes: pinged) } }
        while state.pointee.phase == .open || state.pointee.phase == .closing {
            if state.pointee.flags.contains(.discards) {
                unread = bytes.count..<bytes.count
                return
            }
            var cursor = unread.lowerBound
            let event = state.pointee.decoder.next(in: bytes, from: &cursor)
            unread = cursor..<bytes.count
            let isOpen = state.pointee.phase == .open
            switch event {
            case .needMore:
                guard unread.count <= ReadBuffer.carryBytesMax else { return violate(slot, .messageTooBig) }
                return
            case .message(let kind, let payload):
                guard isOpen else { continue }
                counts.messagesIn += 1
                handler.received(slab.identifier(of: slot), kind: kind, payload: payload, on: self)
            case .ping(let payload):
                readBuffer.ping.copyMemory(from: payload)
                pinged = payload.count
            case .pong:
                break
            case .close(let code, _):
                state.pointee.flags.insert(.peerDone)
                if isOpen {
                    finish(slot, code: code ?? .normalClosure, reason: "", notice: .byPeer(code: code))
                } else {
                    settle(slot)
                }
            case .failure(let code):
                violate(slot, code)
            }
        }
    }

    private func violate(_ slot: Int, _ code: WebSocketCloseCode) {
        let state = slab[slot]
        state.pointee.flags.insert(.discards)
        if state.pointee.phase == .open {
            finish(slot, code: code, reason: "", notice: .violation(code: code))
        } else {
            settle(slot)
        }
    }

    private func answerPing(_ slot: Int, payloadBytes: Int) {
        let header = FrameEncoder.headerBytes(payloadBytes: payloadBytes)
        withUnsafeTemporaryAllocation(byteCount: header + payloadBytes, alignment: 8) { frame in
            FrameEncoder.writeHeader(.pong, payloadBytes: payloadBytes, into: frame)
            UnsafeMutableRawBufferPointer(rebasing: frame[header...])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: readBuffer.ping[..<payloadBytes]))
            _ = send(UnsafeRawBufferPointer(frame), to: slab.identifier(of: slot))
        }
    }
}
