internal import CEpoll
internal import Glibc
internal import Wire

/// From the handler to the socket. The hot path is `send` with a socket that takes all: one look at the state, one
/// system call, nothing allocated, retained or locked.
extension SocketLoop {
    /// Writes whole unmasked frames, one or several joined: at once as much as the socket takes, the rest, copied, when
    /// it can. The bytes are the caller's again when it returns. If the rest does not fit in `outputBytesMax` the
    /// connection is closed with `overflowCloseCode`; frames of which nothing had been sent are lost, no frame is cut.
    /// Loop's thread.
    @discardableResult
    package func send(_ bytes: UnsafeRawBufferPointer, to connection: ConnectionID) -> SendOutcome {
        assertOnLoop()
        guard let state = slab.find(connection), state.pointee.phase == .open else { return .dropped }
        counts.sends += 1
        var taken = 0
        if state.pointee.output == nil {
            taken = transmit(state, bytes)
            if taken == bytes.count { return .written }
            if taken < 0 {
                vanish(Int(connection.slot))
                return .dropped
            }
        }
        return queue(Int(connection.slot), bytes, taken: taken)
    }

    /// Gives bytes to the socket. Answers how many it took, −1 when the connection is broken.
    private func transmit(_ state: UnsafeMutablePointer<SocketState>, _ bytes: UnsafeRawBufferPointer) -> Int {
        guard bytes.count > 0 else { return 0 }
        if let tls = state.pointee.tls { return transmit(state, tls, bytes) }
        while true {
            let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
            let count = send_uncancelled(state.pointee.descriptor, bytes.baseAddress, bytes.count, flags)
            if count >= 0 {
                counts.bytesOut += count
                return count
            }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS, ENOMEM: return 0
            default: return -1
            }
        }
    }

    private func transmit(
        _ state: UnsafeMutablePointer<SocketState>, _ tls: OpaquePointer, _ bytes: UnsafeRawBufferPointer
    ) -> Int {
        guard !state.pointee.flags.contains(.tlsBroken) else { return -1 }
        var taken = 0
        while taken < bytes.count {
            switch TLSChannel.write(tls, UnsafeRawBufferPointer(rebasing: bytes[taken...])) {
            case .bytes(let count):
                taken += count
                counts.bytesOut += count
            case .wantsOutput:
                return taken
            case .wantsInput, .ended, .broken:
                // After the handshake only a renegotiation would make a write wait for input, and that is refused.
                state.pointee.flags.insert(.tlsBroken)
                return -1
            }
        }
        return taken
    }

    /// Keeps what the socket did not take, or closes the connection for which that is too much.
    private func queue(_ slot: Int, _ bytes: UnsafeRawBufferPointer, taken: Int) -> SendOutcome {
        let state = slab[slot]
        counts.blockedSends += 1
        let waiting = state.pointee.output?.pointee.count ?? 0
        let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
        let isTooMuch = waiting + rest.count > configuration.outputBytesMax
        if isTooMuch || counts.pendingOutputBytes + rest.count > configuration.outputBudgetBytes {
            if waiting == 0 { hold(slot, endOfBegun(state, bytes, taken: taken), unfinished: .max) }
            shed(slot, isTooMuch ? .overflow : .budget)
            return .dropped
        }
        hold(slot, rest, unfinished: waiting == 0 ? ServerFrame.unfinished(bytes, taken: taken) : 0)
        if waiting + rest.count >= configuration.outputBytesMax / 2 && !state.pointee.flags.contains(.toldHalf) {
            state.pointee.flags.insert(.toldHalf)
            notices.append((slab.identifier(of: slot), .mark(.half)))
        }
        return .queued
    }

    /// What must follow `taken` bytes so that the peer gets no cut frame, and libssl the record it has begun.
    private func endOfBegun(
        _ state: UnsafeMutablePointer<SocketState>, _ bytes: UnsafeRawBufferPointer, taken: Int
    ) -> UnsafeRawBufferPointer {
        let begun = taken + (state.pointee.tls == nil ? 0 : min(TLSChannel.recordBytesMax, bytes.count - taken))
        let end = begun + ServerFrame.unfinished(bytes, taken: begun)
        return UnsafeRawBufferPointer(rebasing: bytes[taken..<end])
    }

    /// Copies bytes into the connection's output buffer, which is made if there is none.
    private func hold(_ slot: Int, _ bytes: UnsafeRawBufferPointer, unfinished: Int) {
        guard bytes.count > 0 else { return }
        let state = slab[slot]
        let output: UnsafeMutablePointer<OutputBuffer>
        if let existing = state.pointee.output {
            output = existing
        } else {
            output = .allocate(capacity: 1)
            output.initialize(to: OutputBuffer(capacity: max(1024, bytes.count), blockedIndex: blocked.count))
            state.pointee.output = output
            blocked.append(Int32(slot))
        }
        let resolution = configuration.outputMillisecondsMax / 16
        output.pointee.append(bytes, unfinished: unfinished, now: now, resolution: resolution)
        counts.pendingOutputBytes += bytes.count
        updateInterest(state)
    }

    /// Writes something of the loop's own, past the limits: a handshake's answer, a close frame.
    func write(_ slot: Int, _ bytes: UnsafeRawBufferPointer, isFrames: Bool) {
        let state = slab[slot]
        var taken = 0
        if state.pointee.output == nil {
            taken = transmit(state, bytes)
            if taken < 0 { return vanish(slot) }
        }
        guard taken < bytes.count else { return }
        let unfinished = state.pointee.output != nil ? 0 : isFrames ? ServerFrame.unfinished(bytes, taken: taken) : .max
        hold(slot, UnsafeRawBufferPointer(rebasing: bytes[taken...]), unfinished: unfinished)
    }

    /// Writes what waits, as far as the socket takes it.
    func flush(_ slot: Int) {
        let state = slab[slot]
        guard let output = state.pointee.output, state.pointee.phase != .dead else { return updateInterest(state) }
        let taken = transmit(state, output.pointee.waiting)
        if taken < 0 { return vanish(slot) }
        output.pointee.consume(taken)
        counts.pendingOutputBytes -= taken
        guard output.pointee.count == 0 else { return }
        dropOutput(slot)
        updateInterest(state)
        if state.pointee.flags.contains(.toldHalf) {
            state.pointee.flags.remove(.toldHalf)
            notices.append((slab.identifier(of: slot), .mark(.drained)))
        }
        if state.pointee.phase == .closing { settle(slot) }
    }

    /// Closes a connection that reads too slowly: what has not been begun is dropped, so that memory comes back now and
    /// the close frame is not behind it.
    func shed(_ slot: Int, _ reason: CloseReason) {
        let state = slab[slot]
        switch reason {
        case .overflow: counts.overflowCloses += 1
        case .stalled: counts.stallCloses += 1
        case .budget: counts.budgetCloses += 1
        case .byPeer, .vanished, .violation, .stopped: preconditionFailure("not a reason to shed: \(reason)")
        }
        if let output = state.pointee.output {
            let before = output.pointee.count
            output.pointee.dropUnbegun(begun: state.pointee.tls == nil ? 0 : TLSChannel.recordBytesMax)
            counts.pendingOutputBytes -= before - output.pointee.count
            if output.pointee.count == 0 { dropOutput(slot) }
        }
        finish(slot, code: configuration.overflowCloseCode, reason: "", notice: reason)
    }

    /// Closes those whose oldest byte has waited too long.
    func closeStalled() {
        // A copy: shedding changes the list.
        let candidates = blocked
        for entry in candidates {
            let state = slab[Int(entry)]
            guard state.pointee.phase == .open, let oldest = state.pointee.output?.pointee.oldest,
                now - oldest >= configuration.outputMillisecondsMax
            else { continue }
            shed(Int(entry), .stalled)
        }
    }

    /// Brings what waits on all connections back under 80 % of the budget: the largest first.
    func keepBudget() {
        let limit = configuration.outputBudgetBytes / 5 * 4
        guard counts.pendingOutputBytes > limit else { return }
        let candidates = blocked.map { (slot: Int($0), waiting: slab[Int($0)].pointee.output?.pointee.count ?? 0) }
        for candidate in candidates.sorted(by: { $0.waiting > $1.waiting }) {
            guard counts.pendingOutputBytes > limit else { return }
            if slab[candidate.slot].pointee.phase == .open { shed(candidate.slot, .budget) }
        }
    }

    /// Frees the output buffer and takes the connection off the list of blocked ones.
    func dropOutput(_ slot: Int) {
        guard let output = takeOutput(slot) else { return }
        output.deinitialize(count: 1)
        output.deallocate()
    }

    /// Takes the output buffer out of the connection and of the loop's accounts.
    func takeOutput(_ slot: Int) -> UnsafeMutablePointer<OutputBuffer>? {
        let state = slab[slot]
        guard let output = state.pointee.output else { return nil }
        state.pointee.output = nil
        counts.pendingOutputBytes -= output.pointee.count
        let index = output.pointee.blockedIndex
        let last = blocked.removeLast()
        if index < blocked.count {
            blocked[index] = last
            slab[Int(last)].pointee.output?.pointee.blockedIndex = index
        }
        return output
    }

    /// Has epoll report room for output exactly while somebody waits for it.
    func updateInterest(_ state: UnsafeMutablePointer<SocketState>) {
        guard state.pointee.phase != .dead else { return }
        let wanted = state.pointee.output != nil || state.pointee.flags.contains(.readWaitsForOutput)
        guard wanted != state.pointee.flags.contains(.watchesOutput) else { return }
        if wanted { state.pointee.flags.insert(.watchesOutput) } else { state.pointee.flags.remove(.watchesOutput) }
        poller.watch(state.pointee.descriptor, connection: slab.identifier(of: slab.index(of: state)), output: wanted)
    }
}
