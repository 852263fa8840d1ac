import CEpoll
import Glibc
import Wire

extension LoadEngine {
    /// Reads once and works off what is whole.
    func receive(_ index: Int, _ now: UInt64) {
        var start = 0
        if connections[index].hasCarry, let carry = carries[index] {
            buffer.copyBytes(from: carry)
            start = carry.count
        }
        guard let base = buffer.baseAddress else { return }
        let count = recv(connections[index].descriptor, base + start, buffer.count - start, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { ended(index, "the server closed the connection") }
            return
        }
        let bytes = UnsafeRawBufferPointer(start: base, count: start + count)
        let used = connections[index].role == .poster ? answers(index, bytes, now) : stream(index, bytes, now)
        guard connections[index].descriptor >= 0 else { return }
        if used < bytes.count {
            carries[index] = Array(bytes[used...])
            connections[index].hasCarry = true
        } else if connections[index].hasCarry {
            carries[index] = nil
            connections[index].hasCarry = false
        }
    }

    /// The upgrade's answer, then frames.
    /// - Returns: bytes that are done with.
    private func stream(_ index: Int, _ bytes: UnsafeRawBufferPointer, _ now: UInt64) -> Int {
        var offset = 0
        if connections[index].login.phase == .upgrading {
            switch HTTPAnswer.first(in: bytes) {
            case .incomplete: return 0
            case .invalid:
                ended(index, "the answer to the upgrade is not HTTP")
                return 0
            case .answer(let answer):
                act(connections[index].login.take(.upgraded(status: answer.status)), index, now)
                offset = answer.end
            }
        }
        while connections[index].descriptor >= 0 {
            switch ServerFrames.next(in: bytes, from: offset) {
            case .incomplete: return offset
            case .invalid:
                ended(index, "a frame that no server of ours sends")
                return offset
            case .frame(let opcode, let payload):
                offset = payload.upperBound
                take(opcode, UnsafeRawBufferPointer(rebasing: bytes[payload]), index, now)
            }
        }
        return offset
    }

    private func take(_ opcode: UInt8, _ payload: UnsafeRawBufferPointer, _ index: Int, _ now: UInt64) {
        switch opcode {
        case ClientFrame.text: break
        case 9: return write(index, ClientFrame.frame(ClientFrame.pong, Array(payload)))
        case ClientFrame.close:
            let code = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 1005
            return ended(index, "the server closed with \(code)")
        default: return
        }
        if keepsTickets, let number = ResumeTicket.sequence(of: payload) { connections[index].sequence = number }
        if let stamp = Stamp.first(in: payload) {
            if connections[index].login.phase == .live {
                if connections[index].role == .subscriber { deliver(stamp, payload.count, index, now) }
            } else {
                replayed += 1
            }
            return
        }
        let kind = ServerPayload.of(payload)
        if connections[index].login.phase == .live {
            if kind == .commandError { refusedCommand(payload) }
            return
        }
        if kind == .ready, keepsTickets { keepTicket(index, payload) }
        act(connections[index].login.take(.payload(kind)), index, now)
    }

    private func keepTicket(_ index: Int, _ payload: UnsafeRawBufferPointer) {
        guard let session = (try? JSONReader.parse(payload))?["d"]?["session_id"]?.string else { return }
        tickets[index] = ResumeTicket(session: session, sequence: connections[index].sequence)
    }

    private func deliver(_ stamp: Stamp, _ bytes: Int, _ index: Int, _ now: UInt64) {
        let room = Int(connections[index].room)
        if isMeasuring {
            tally.deliveries &+= 1
            tally.deliveredBytes &+= UInt64(bytes)
        }
        let isCounted = tally.contains(stamp.nanoseconds)
        switch book.arrived(stamp.sequence, room: room, place: &connections[index].place) {
        case .first: if isMeasuring { tally.stored &+= 1 }
        case .inOrder: break
        case .gap: tally.gaps &+= 1
        case .disorder: tally.disorder &+= 1
        case .duplicate:
            tally.duplicates &+= 1
            return
        }
        rooms[room].delivered &+= 1
        rooms[room].lastProgress = now
        if isCounted { tally.arrived &+= 1 }
        if isCounted || isMeasuring { tally.latency.record(now.saturatingDifference(stamp.nanoseconds)) }
        if notesDirtyRooms, !rooms[room].isDirty {
            rooms[room].isDirty = true
            dirtyRooms.append(room)
        }
    }

    // MARK: REST

    private func answers(_ index: Int, _ bytes: UnsafeRawBufferPointer, _ now: UInt64) -> Int {
        switch HTTPAnswer.first(in: bytes) {
        case .incomplete: return 0
        case .invalid:
            ended(index, "the answer is not HTTP")
            return 0
        case .answer(let answer):
            answered(index, answer.status, now)
            return answer.end
        }
    }

    private func answered(_ index: Int, _ status: Int, _ now: UInt64) {
        let intended = connections[index].since
        let room = Int(connections[index].postedRoom)
        connections[index].postedRoom = -1
        idlePosters.append(index)
        if status / 100 == 2 {
            if isMeasuring { tally.answered &+= 1 }
            guard isMeasuring || tally.contains(intended) else { return }
            tally.answerLatency.record(now.saturatingDifference(intended))
        } else if room >= 0 {
            refused(status, room: room, isCounted: tally.contains(intended))
        }
    }

    private func refusedCommand(_ payload: UnsafeRawBufferPointer) {
        guard let channel = (try? JSONReader.parse(payload))?["d"]?["channel_id"]?.snowflake,
            let room = script.channels.firstIndex(of: channel)
        else { return }
        refused(0, room: room, isCounted: isMeasuring)
    }

    /// A refused message makes no deliveries; a closed loop must not wait for them.
    private func refused(_ status: Int, room: Int, isCounted: Bool) {
        if isMeasuring { tally.refusals[status, default: 0] &+= 1 }
        if isCounted { tally.refusedDeliveries &+= rooms[room].subscribers }
        rooms[room].expected = rooms[room].expected.saturatingDifference(rooms[room].subscribers)
        if notesDirtyRooms, !rooms[room].isDirty {
            rooms[room].isDirty = true
            dirtyRooms.append(room)
        }
    }

    // MARK: Writing

    func write(_ index: Int, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { write(index, $0) }
    }

    func write(_ index: Int, _ bytes: UnsafeRawBufferPointer) {
        guard connections[index].descriptor >= 0, let base = bytes.baseAddress else { return }
        guard !connections[index].wantsWrite else { return outputs[index, default: []].append(contentsOf: bytes) }
        let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
        let count = send(connections[index].descriptor, base, bytes.count, flags)
        guard count >= 0 || errno == EAGAIN else { return ended(index, "the connection broke") }
        guard count < bytes.count else { return }
        outputs[index] = Array(bytes[max(0, count)...])
        connections[index].wantsWrite = true
        watch(index, EPOLL_CTL_MOD, EPOLLIN.rawValue | EPOLLOUT.rawValue)
    }

    func flush(_ index: Int) {
        guard connections[index].wantsWrite, let rest = outputs.removeValue(forKey: index) else { return }
        connections[index].wantsWrite = false
        watch(index, EPOLL_CTL_MOD, EPOLLIN.rawValue)
        write(index, rest)
    }
}
