import Chat
import Interface
import Services
import Wire

/// Sessions of an earlier life of the node.
///
/// Why a client misses nothing and gets nothing twice:
///
/// - A record gives the number S of a session's last dispatch and a cut of all streams, made together: the session had been told of all
///   events that the cut covers, by dispatches up to S, and of no other.
/// - A node takes the sessions up before anything new is published. It puts them back among those who are delivered to, by the guilds'
///   present state, provided that this is the state by which the record was made; then it publishes what the cut does not cover, from
///   the log. So the session's numbers go on from S with exactly these events, and what was published in between twice is
///   refused by the bus, by its position. Whatever happens from then on arrives as ever.
/// - A client that has seen N ≤ S gets what follows N, if the ring of the record reaches so far back; else INVALID_SESSION.
/// - N > S can be honest only when the node ended without a last capture. Then the client has seen some dispatches that the record does not
///   know: events behind the cut, but also typing notices, presences or answers of which no trace is left. Which of the events it
///   has seen cannot be told, so none is sent: CHANNEL_RESYNC names each channel that had any, and the numbers go on from N. That
///   covers all it can have missed: changes of guilds and of the user would show in the state that was compared. A session that
///   subscribes lazily may have been told CHANNEL_SUBSCRIBED among those dispatches: it identifies anew.
/// - What has no position (presences, typing, voice states) is not made up for; PRESENCE_RESYNC says so. Whoever was in a voice channel by
///   a session that is taken up is in it still, and leaves when that session is over; whose session is not, leaves now.
extension SessionHandler {
    /// Dispatches that a client can have seen behind its session's record.
    private static let unrecordedMax: UInt32 = 1_000_000

    // MARK: At the node's start

    func restore(_ restoration: LoopRestoration, on loop: Loop) {
        isRestoring = true
        let frames = restoration.frames.map { saved in
            // One of which it is not known who may see it is none.
            (try? FrameScope(encoded: saved.scope)).flatMap {
                DispatchFrame(saved: saved.bytes, sequenceOffset: saved.sequenceOffset, for: $0)
            }.flatMap { log.append($0, now: loop.now) }
        }
        for snapshot in restoration.snapshots.values { _ = know(snapshot, on: loop) }
        let now = surroundings.time.unixMilliseconds
        for (record, mark) in restoration.sessions {
            let session = Int32(bitPattern: record.slot)
            guard sessions.take(at: session) else { continue }
            let age = Int64(clamping: now > mark.detachedAt ? now - mark.detachedAt : 0)
            fill(session, record, mark, detachedAt: loop.now - age, on: loop)
            for number in mark.ring {
                if let frame = frames.indices.contains(Int(number)) ? frames[Int(number)] : nil {
                    sessions.cells[Int(session)].ring.push(frame, limit: settings.ringFramesMax)
                } else {
                    sessions.cells[Int(session)].ring.removeAll()
                }
            }
            restored[session] = RestoredSession(
                secret: record.secret, sequence: mark.sequence, tail: mark.sequence, isDoubtful: restoration.isDoubtful)
            if !record.voices.isEmpty { voices[session] = record.voices }
            enter(session, record, restoration)
            noteChange(of: session)
            showPresence(of: session, guilds: record.guilds)
            let rest = UInt64(clamping: max(0, settings.resumeMilliseconds - age))
            surroundings.source.report([.detach(name(of: session), resumeMilliseconds: rest)])
        }
        // Slots are taken in ascending order, sessions expire in that of their connections' ends.
        detached.sort { $0.at < $1.at }
    }

    private func fill(
        _ session: Int32, _ record: SessionRecord, _ mark: SessionMark, detachedAt: Int64, on loop: Loop
    ) {
        let cell = sessions.cells + Int(session)
        cell.pointee.phase = .live
        // The client's own name for it is a secret. Until the client comes with it nobody can name the session.
        let unknown = SessionID.random(loop: surroundings.index, slot: record.slot)
        cell.pointee.id = SessionID(
            high: unknown.high, low: unknown.high ^ record.tag.rawValue, loop: unknown.loop, slot: unknown.slot)
        cell.pointee.user = record.user
        cell.pointee.token = TokenMark(record.token)
        cell.pointee.isLazy = record.isLazy
        cell.pointee.intents = Intents(recorded: record.intents)
        cell.pointee.platform = record.shown.platform
        cell.pointee.presence = record.shown.status
        if !record.shown.activities.isEmpty { activities[session] = record.shown.activities }
        cell.pointee.largeThreshold = record.largeThreshold
        cell.pointee.shard = Shard(id: record.shardID, count: record.shardCount)
        cell.pointee.digest = UInt32(truncatingIfNeeded: record.digest)
        cell.pointee.startedAt = UInt32(clamping: loop.now / 1_000)
        cell.pointee.readVersion = UInt32(truncatingIfNeeded: record.digest >> 32)
        cell.pointee.sequence = mark.sequence
        cell.pointee.hasMissed = cell.pointee.intents.looks
        cell.pointee.detachedAt = detachedAt
        detached.append((cell.pointee.id, detachedAt))
        statistics.detachedSessions += 1
        link(session, to: record.user)
    }

    private func enter(_ session: Int32, _ record: SessionRecord, _ restoration: LoopRestoration) {
        for id in record.guilds {
            guard let guild = guilds[id],
                let member = restoration.members[LoopRestoration.Member(user: record.user, guild: id)]
            else { continue }
            enter(session, guild, member)
        }
        for channel in record.subscriptions {
            guard let id = restoration.guilds[channel] else { continue }
            let room = rooms[channel] ?? Room(guild: id)
            rooms[channel] = room
            room.window = restoration.windows[channel] ?? []
            guilds[id]?.watched.insert(channel)
            enterRoom(session, channel, room)
        }
    }

    /// Everything that clients may have been sent before the node ended has been delivered again: what comes now is new.
    func endRestoration(on loop: Loop) {
        guard isRestoring else { return }
        flush(on: loop)
        isRestoring = false
        for session in restored.keys { restored[session]?.tail = sessions.cells[Int(session)].sequence }
    }

    /// Remembers of which channel the frame is that is to be appended next.
    func noteTail(_ channel: ChannelID, of guild: GuildID?) {
        if isRestoring { tailChannels[log.next] = (channel, guild) }
    }

    // MARK: RESUME

    /// The session that a client names and proves to be its own.
    func session(of attempt: ResumeAttempt) -> Int32? {
        let token = TokenMark(attempt.hash)
        if let session = sessions.find(attempt.session) {
            let cell = sessions.cells + Int(session)
            return cell.pointee.phase == .live && cell.pointee.token == token ? session : nil
        }
        guard let session = Int32(exactly: attempt.session.slot), let record = restored[session],
            TokenMark(record.secret) == TokenMark(surroundings.source.hash(of: attempt.session.text)),
            sessions.cells[Int(session)].token == token
        else { return nil }
        let cell = sessions.cells + Int(session)
        cell.pointee.id = attempt.session
        detached.append((attempt.session, cell.pointee.detachedAt))
        return session
    }

    /// Asks whether anything has changed for a session's user while nobody looked.
    func verify(
        _ session: Int32, _ attempt: ResumeAttempt, connection: ConnectionID, slot: Int, on loop: Loop
    ) {
        let cell = sessions.cells + Int(session)
        let verification = Verification(
            attempt: attempt, connection: connection,
            guilds: cell.pointee.isLazy ? nil : Set(cell.pointee.memberships.map(\.guild)), shard: cell.pointee.shard,
            digest: cell.pointee.digest, readVersion: cell.pointee.readVersion)
        connections[slot].phase = .identifying
        do throws(GatewayClose) {
            try submit(.verify(verification), for: session)
        } catch {
            end(connection, error, on: loop)
        }
    }

    func verified(_ verification: Verification, _ outcome: VerificationOutcome, on loop: Loop) {
        let connection = verification.connection
        let session = session(of: verification.attempt)
        if let session, restored[session] != nil {
            switch outcome {
            case .holds(let changes):
                restored[session]?.isVerified = true
                restored[session]?.readChanges = changes
            case .changed, .refused: destroy(session, on: loop)
            case .unavailable: break
            }
        }
        guard let slot = slot(of: connection), connections[slot].phase == .identifying,
            connections[slot].session < 0
        else { return }
        connections[slot].phase = .awaitingIdentify
        switch outcome {
        case .holds: resume(verification.attempt, connection: connection, on: loop)
        case .changed: invalidate(connection, .changed, on: loop)
        case .refused: invalidate(connection, .unknown, on: loop)
        case .unavailable: end(connection, .tryAgain, on: loop)
        }
    }

    /// Makes a restored session what it would be, had it lived on. `nil` when it cannot be told what the client has missed.
    func revive(_ session: Int32, seen: UInt32, on loop: Loop) -> ResumeOutcome? {
        guard let record = restored.removeValue(forKey: session) else { return .whole }
        let cell = sessions.cells + Int(session)
        guard seen > record.sequence else { return .whole }
        guard record.isDoubtful, !cell.pointee.isLazy, seen - record.sequence <= Self.unrecordedMax,
            cell.pointee.floor <= record.sequence
        else { return nil }
        let first = record.sequence - cell.pointee.floor
        // Where it was not said that all has been delivered again, whatever came may have been.
        let end = (isRestoring ? cell.pointee.sequence : record.tail) - cell.pointee.floor
        var channels: [(ChannelID, GuildID?)] = []
        for index in first..<max(first, end) {
            guard let frame = cell.pointee.ring.frame(at: index), let channel = tailChannels[frame] else { return nil }
            if !channels.contains(where: { $0.0 == channel.0 }) { channels.append(channel) }
        }
        let since = (end..<max(end, cell.pointee.ring.count)).compactMap { cell.pointee.ring.frame(at: $0) }
        cell.pointee.ring.removeAll()
        cell.pointee.sequence = seen
        for (channel, guild) in channels {
            dispatch(OwnDispatch.resync(channel, guild: guild), to: session, isKept: true, on: loop)
        }
        guard since.allSatisfy({ log.contains($0) }) else { return nil }
        for frame in since { cell.pointee.ring.push(frame, limit: settings.ringFramesMax * 2) }
        cell.pointee.sequence &+= UInt32(truncatingIfNeeded: since.count)
        return channels.isEmpty ? .whole : .resynced
    }
}
