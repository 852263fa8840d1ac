import Chat
import Interface
import Wire

/// Frames on their way to sessions, put behind each other. Pointers, since whatever is counted would be counted for each session; they
/// are good until the next batch is prepared.
struct DeliveryBatch {
    var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Where in `bytes` the sequence fields lie.
    var fields = UnsafeBufferPointer<Int>(start: nil, count: 0)
    /// The frames' numbers in the log.
    var frames = UnsafeBufferPointer<UInt32>(start: nil, count: 0)
}

/// Memory that deliveries use again and again.
struct DeliveryScratch: ~Copyable {
    /// Frames copied behind each other when they do not lie so in the log.
    var bytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Of the batch that was prepared last.
    private(set) var fields = UnsafeMutableBufferPointer<Int>(start: nil, count: 0)
    private(set) var frames = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
    /// Sessions in several rosters of the turn: the session and the roster's index.
    var shared: [(session: Int32, roster: Int)] = []
    /// When the messages of the turn were accepted.
    var acceptedAt: [UInt64] = []
    /// Which call of `prepare` was the last.
    var delivery: UInt64 = 0
    /// What that call prepared, for connections with compression; by its raw value.
    var packed = TransportCompression.allCases.map { _ in PackedBatch() }
    /// What waits in rosters: frames and their bytes.
    var waitingFrames = 0
    var waitingBytes = 0

    init() {}

    deinit {
        bytes.deallocate()
        fields.deallocate()
        frames.deallocate()
    }

    /// Makes room for the numbers and fields of so many frames.
    mutating func reserve(frames count: Int) {
        guard frames.count < count else { return }
        fields.deallocate()
        frames.deallocate()
        fields = .allocate(capacity: max(2 * count, 64))
        frames = .allocate(capacity: max(2 * count, 64))
    }

    /// Makes room for so many bytes, of which the first `kept` stay what they are.
    mutating func reserve(_ count: Int, keeping kept: Int = 0) {
        guard bytes.count < count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(count, 2 * bytes.count, 16_384), alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<min(kept, bytes.count)]))
        bytes.deallocate()
        bytes = larger
    }
}

/// From events to bytes: the hot path. Everything a turn has for a session leaves in one call of `send`; per session nothing is allocated,
/// retained, locked or encoded.
extension SessionHandler {
    /// Leaves a dispatch for rosters until the end of the turn.
    func enqueue(_ frame: DispatchFrame, to rosters: [Roster], on loop: Loop) {
        makeRoom(for: frame, on: loop)
        guard let number = log.append(frame, now: loop.now) else {
            // Too long to be kept: each gets it now, and cannot resume from before it.
            for roster in rosters {
                for session in roster.members { dispatch(frame, to: session, isKept: false, on: loop) }
            }
            return
        }
        for roster in rosters where !roster.members.isEmpty {
            if roster.pending.isEmpty { dirty.append(roster) }
            roster.pending.append(number)
        }
    }

    /// A quarter of the log may wait, so that nothing waiting is overwritten by what comes behind it.
    func makeRoom(for frame: DispatchFrame, on loop: Loop) {
        if scratch.waitingBytes + frame.bytes.count > log.bytesMax / 4
            || scratch.waitingFrames >= Int(settings.logFramesMax / 4)
        {
            flush(on: loop)
        }
        scratch.waitingBytes += frame.bytes.count
        scratch.waitingFrames += 1
    }

    func turnEnded(on loop: Loop) {
        flush(on: loop)
        if isExpiring { expireDetached(on: loop) }
    }

    /// Delivers what waits. Called at the end of the turn, and before anything that changes who belongs to a roster or that has to come
    /// behind what waits.
    func flush(on loop: Loop) {
        if !passing.isEmpty { flushPassing(on: loop) }
        guard !dirty.isEmpty else { return }
        // Exchanged: emptying a list that is still held would give it new memory.
        swap(&dirty, &delivering)
        scratch.waitingBytes = 0
        scratch.waitingFrames = 0
        if delivering.count == 1 {
            deliver(delivering[0], index: 0, on: loop)
        } else {
            deliver(joining: delivering, on: loop)
        }
        for roster in delivering { roster.pending.removeAll(keepingCapacity: true) }
        delivering.removeAll(keepingCapacity: true)
        guard !scratch.acceptedAt.isEmpty else { return }
        let now = surroundings.time.unixMilliseconds
        for accepted in scratch.acceptedAt {
            surroundings.metrics.delivered(latencyMilliseconds: now > accepted ? now - accepted : 0)
        }
        scratch.acceptedAt.removeAll(keepingCapacity: true)
    }

    /// Delivers to several rosters, one write for each session however many of them it stands in.
    private func deliver(joining rosters: [Roster], on loop: Loop) {
        let cells = sessions.cells
        for roster in rosters {
            for session in roster.members { cells[Int(session)].touched &+= 1 }
        }
        for (index, roster) in rosters.enumerated() { deliver(roster, index: index, on: loop) }
        scratch.shared.sort { ($0.session, $0.roster) < ($1.session, $1.roster) }
        var start = 0
        var pending: [UInt32] = []
        while start < scratch.shared.count {
            let session = scratch.shared[start].session
            var end = start
            pending.removeAll(keepingCapacity: true)
            while end < scratch.shared.count, scratch.shared[end].session == session {
                pending.append(contentsOf: rosters[scratch.shared[end].roster].pending)
                end += 1
            }
            // The order of the log is the order in which things happened, also between rosters.
            let newest = log.next
            pending.sort { newest &- $0 > newest &- $1 }
            deliver(prepare(pending), to: cells + Int(session), on: loop)
            start = end
        }
        scratch.shared.removeAll(keepingCapacity: true)
        for roster in rosters {
            for session in roster.members { cells[Int(session)].touched = 0 }
        }
    }

    private func deliver(_ roster: Roster, index: Int, on loop: Loop) {
        let batch = prepare(roster.pending)
        let cells = sessions.cells
        for session in roster.members {
            let cell = cells + Int(session)
            if cell.pointee.touched > 1 {
                scratch.shared.append((session, index))
            } else {
                deliver(batch, to: cell, on: loop)
            }
        }
    }

    /// Puts frames behind each other, and notes where their sequence fields are. Frames appended one after the other lie so already.
    func prepare(_ pending: [UInt32]) -> DeliveryBatch {
        scratch.delivery &+= 1
        scratch.reserve(frames: pending.count)
        _ = scratch.frames.update(fromContentsOf: pending)
        var batch = DeliveryBatch()
        batch.frames = UnsafeBufferPointer(rebasing: scratch.frames[..<pending.count])
        var length = 0
        var start = -1
        var isJoined = true
        var fieldCount = 0
        for frame in batch.frames {
            guard let place = log.place(of: frame) else { continue }
            if start < 0 { start = place.offset }
            isJoined = isJoined && place.offset == start + length
            scratch.fields[fieldCount] = length + place.sequenceOffset
            fieldCount += 1
            length += place.length
        }
        batch.fields = UnsafeBufferPointer(rebasing: scratch.fields[..<fieldCount])
        guard start >= 0 else { return batch }
        if isJoined {
            batch.bytes = UnsafeMutableRawBufferPointer(start: log.bytes + start, count: length)
            return batch
        }
        scratch.reserve(length)
        var offset = 0
        for frame in batch.frames {
            guard let place = log.place(of: frame) else { continue }
            UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[offset..<(offset + place.length)])
                .copyMemory(from: UnsafeRawBufferPointer(start: log.bytes + place.offset, count: place.length))
            offset += place.length
        }
        batch.bytes = UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<length])
        return batch
    }

    @inline(__always)
    func deliver(_ batch: DeliveryBatch, to cell: UnsafeMutablePointer<LiveSession>, on loop: Loop) {
        var sequence = cell.pointee.sequence
        cell.pointee.sequence &+= UInt32(truncatingIfNeeded: batch.frames.count)
        let limit = ringLimit(cell)
        for frame in batch.frames { cell.pointee.ring.push(frame, limit: limit) }
        statistics.dispatches &+= batch.frames.count
        guard cell.pointee.takesDispatches else { return }
        guard cell.pointee.compression == .none else {
            return deliverPacked(batch.frames, after: sequence, to: cell, on: loop)
        }
        for field in batch.fields {
            sequence &+= 1
            DispatchFrame.patch(sequence: sequence, in: batch.bytes, at: field)
        }
        loop.send(UnsafeRawBufferPointer(batch.bytes), to: cell.pointee.connection)
    }

    /// What happens while a session is being replayed must not push out what still has to be sent.
    @inline(__always)
    private func ringLimit(_ cell: UnsafeMutablePointer<LiveSession>) -> UInt32 {
        cell.pointee.isReplaying ? settings.ringFramesMax * 2 : settings.ringFramesMax
    }

    /// Sends a dispatch to one session, behind all that waits for it.
    /// - Parameter isKept: whether it may have to be sent again. A session cannot resume from before one that is not kept.
    func dispatch(_ frame: DispatchFrame, to session: Int32, isKept: Bool, on loop: Loop) {
        dispatch(frame, deflated: nil, to: session, isKept: isKept, on: loop)
    }

    /// The same for what a worker made.
    func dispatch(_ made: SessionFrame, to session: Int32, isKept: Bool, on loop: Loop) {
        dispatch(made.frame, deflated: made.deflated, to: session, isKept: isKept, on: loop)
    }

    private func dispatch(
        _ frame: DispatchFrame, deflated: DispatchFrame?, to session: Int32, isKept: Bool, on loop: Loop
    ) {
        flush(on: loop)
        let cell = sessions.cells + Int(session)
        guard cell.pointee.phase == .live, !isFrozen else { return }
        cell.pointee.sequence &+= 1
        statistics.dispatches &+= 1
        let number = isKept ? log.append(frame, now: loop.now) : nil
        if let number {
            cell.pointee.ring.push(number, limit: ringLimit(cell))
        } else {
            cell.pointee.ring.removeAll()
        }
        guard cell.pointee.takesDispatches else { return }
        let compression = cell.pointee.compression
        var copy =
            switch compression {
            case .none: frame
            case .zlib: deflated ?? packer.pack(frame, as: compression)
            case .zstd: packer.pack(frame, as: compression)
            }
        copy.patch(sequence: cell.pointee.sequence)
        copy.bytes.withUnsafeBytes { _ = loop.send($0, to: cell.pointee.connection) }
    }
}
