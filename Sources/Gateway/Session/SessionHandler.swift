import Chat
import Interface
import Services
import Wire

/// The sessions of one loop: what clients send becomes changes of state and jobs, what happens becomes dispatches.
///
/// A plain class without locks: everything here runs on the loop's thread. Whatever takes a wait is a ``SessionJob``, whose answer comes
/// back as mail. Split by subject: connections and commands here, mail, guilds, subscriptions, delivery and resuming in their own files.
final class SessionHandler: SocketHandler {
    typealias Mail = SessionMail
    typealias Loop = SocketLoop<SessionHandler>

    /// What a handler works with; the same for all loops but for the index and the board.
    struct Surroundings: Sendable {
        var index: UInt16
        var settings: SessionSettings
        var source: any GatewaySource
        var hub: GatewayHub
        var pool: WorkPool<SessionJob>
        var ports: LoopPorts
        var time: any TimeSource
        var metrics: any GatewayMetrics
        var addresses: AddressLimits
        var board = StatisticsBoard()
        var bell = CaptureBell()
    }

    /// Guilds that a session still waits for while it logs in.
    struct LoadCursor {
        var guilds: [GuildID]
        var next = 0
        var isWaiting = false
    }

    let surroundings: Surroundings
    let settings: SessionSettings
    let frames = GatewayFrames()
    /// By the connection's slot.
    var connections: [ConnectionState] = []
    var identifyGate: LoginGate
    var resumeGate: LoginGate
    /// By the connection's slot: logins whose turn has not come.
    var waitingLogins: [Int: ClientCommand] = [:]
    var sessions: SessionSlab
    var log: FrameLog
    /// The first session of each user.
    var users: [UserID: Int32] = [:]
    var guilds: [GuildID: LoopGuild] = [:]
    var rooms: [ChannelID: Room] = [:]
    /// Epochs of guilds that changed while a first session's part of them was being made, with the time at which that was heard.
    var heard: [GuildID: (epoch: UInt64, at: Int64)] = [:]
    /// By session slot: what does not belong into every session.
    var loading: [Int32: LoadCursor] = [:]
    var waitingMembers: [Int32: [MembersCursor]] = [:]
    /// What sessions say that their users do, of those that say anything.
    var activities: [Int32: [Activity]] = [:]
    /// Where sessions are heard, of those that are.
    var voices: [Int32: [VoiceState]] = [:]
    /// Digests of users that are being read again, by session.
    var digests: [Int32: DigestReading] = [:]
    /// Versions of read states that were told before those in front of them, by session.
    var readAhead: [Int32: Set<UInt32>] = [:]
    /// Groups that sessions' users have left: what the sessions were told of them is not told again.
    var leftGroups: [Int32: Set<ChannelID>] = [:]
    var recent = RecentPassing()
    /// The session with which the last round of refreshing presences began.
    var refreshTick: Int32 = 0
    /// Detached sessions in the order in which they lost their connection; entries of sessions that were resumed are stale.
    var detached: [(session: SessionID, at: Int64)] = []
    var detachedHead = 0
    /// Whether sessions are left whose time is over.
    var isExpiring = false
    /// Rosters with pending frames.
    var dirty: [Roster] = []
    /// Those to which they are being delivered; empty between deliveries.
    var delivering: [Roster] = []
    /// Rosters with presences that wait.
    var passing: [Roster] = []
    var scratch = DeliveryScratch()
    var packer = FramePacker()
    var statistics = GatewayStatistics()
    /// By the connection's slot: who is behind a trusted proxy and has not logged in.
    var origins: [Int: ClientAddress] = [:]
    /// What had been counted when the statistics were last published.
    var atLastTick = (dispatches: 0, payloads: 0)
    /// Sessions whose records are not the ones that were captured last, and slots whose sessions have ended since.
    var unsaved: Set<Int32> = []
    var ended: Set<UInt32> = []
    /// Sessions of an earlier life of the node that have not been resumed yet, by slot.
    var restored: [Int32: RestoredSession] = [:]
    /// Of the frames that clients may have been sent in that life: their channels.
    var tailChannels: [UInt32: (ChannelID, GuildID?)] = [:]
    var isRestoring = false
    /// The last capture has been made: nothing is sent any more.
    var isFrozen = false
    /// While draining, the next session to be asked to leave.
    var drainNext: Int32?

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
        settings = surroundings.settings
        identifyGate = LoginGate(
            perSecond: settings.identifiesPerSecond, burst: settings.loginBurst,
            waitMilliseconds: settings.loginWaitMilliseconds)
        resumeGate = LoginGate(
            perSecond: settings.resumesPerSecond, burst: settings.loginBurst,
            waitMilliseconds: settings.loginWaitMilliseconds)
        sessions = SessionSlab(capacity: settings.sessionsMax)
        log = FrameLog(bytesMax: settings.logBytesMax, framesMax: settings.logFramesMax)
    }

    var hub: GatewayHub { surroundings.hub }
    var loopIndex: Int { Int(surroundings.index) }

    // MARK: Connections

    func started(on loop: Loop) {}

    func released(_ address: PeerAddress, on loop: Loop) {}

    func verdict(on request: HandshakeRequest, from address: PeerAddress, loop: Loop) -> HandshakeVerdict {
        guard request.path == "/" else { return .refuse(HandshakeRefusal(.notFound, "The gateway is at the path /.")) }
        if let origin = request.origin, let allowed = settings.allowedOrigins, !allowed.contains(origin) {
            return .refuse(HandshakeRefusal(.forbidden, "This origin is not allowed to connect."))
        }
        guard admits(request, from: address) else {
            return .refuse(HandshakeRefusal(.tooManyRequests, "This address opens too many connections."))
        }
        return .accept
    }

    func opened(_ connection: ConnectionID, request: HandshakeRequest, from address: PeerAddress, on loop: Loop) {
        let version = request.parameter("v") ?? "10"
        let encoding = request.parameter("encoding") ?? "json"
        let compression = TransportCompression(parameter: request.parameter("compress"))
        let origin = isProxy(address) ? origin(of: request, from: address) : nil
        take(connection, allowance: PayloadAllowance(), compression: compression, origin: origin, on: loop)
        guard version == "10", encoding == "json" else { return end(connection, .invalidVersion, on: loop) }
        send(frames.hello, to: connection, on: loop)
    }

    /// Starts keeping the state of a connection.
    func take(
        _ connection: ConnectionID, allowance: PayloadAllowance, compression: TransportCompression,
        origin: ClientAddress?, on loop: Loop
    ) {
        let slot = Int(connection.slot)
        while connections.count <= slot { connections.append(ConnectionState()) }
        var state = ConnectionState()
        state.generation = connection.generation
        state.phase = .awaitingIdentify
        state.liveness = Liveness(openedAt: loop.now)
        state.allowance = allowance
        state.compression = compression
        connections[slot] = state
        origins[slot] = origin
        statistics.activeConnections += 1
        loop.setDeadline(connection, after: SessionLimits.identifyMilliseconds)
    }

    /// The slot of a connection that is ours.
    func slot(of connection: ConnectionID) -> Int? {
        let slot = Int(connection.slot)
        guard slot < connections.count, connections[slot].phase != .free,
            connections[slot].generation == connection.generation
        else { return nil }
        return slot
    }

    func deadlineReached(_ connection: ConnectionID, on loop: Loop) {
        guard let slot = slot(of: connection) else { return }
        guard connections[slot].phase != .waiting else { return endWait(connection, slot: slot, on: loop) }
        switch connections[slot].liveness.verdict(now: loop.now, hasSession: connections[slot].phase == .live) {
        case .wait(let milliseconds): loop.setDeadline(connection, after: milliseconds)
        case .close(let reason): end(connection, reason, on: loop)
        }
    }

    func closed(_ connection: ConnectionID, reason: CloseReason, on loop: Loop) {
        switch reason {
        case .byPeer(code: .normalClosure), .byPeer(code: .goingAway): forget(connection, endsSession: true, on: loop)
        case .overflow, .stalled, .budget:
            statistics.slowCloses += 1
            forget(connection, endsSession: false, on: loop)
        case .byPeer, .vanished, .violation, .stopped: forget(connection, endsSession: false, on: loop)
        }
    }

    /// Closes a connection; its session, if it has one, may be resumed.
    func end(_ connection: ConnectionID, _ reason: GatewayClose, on loop: Loop) {
        if reason == .authenticationFailed { noteWrongToken(connection, on: loop) }
        surroundings.metrics.closed(reason)
        if reason.isTheClients { statistics.clientErrors += 1 }
        loop.close(connection, code: reason.code, reason: reason.reason)
        forget(connection, endsSession: false, on: loop)
    }

    private func forget(_ connection: ConnectionID, endsSession: Bool, on loop: Loop) {
        guard let slot = slot(of: connection) else { return }
        let state = connections[slot]
        connections[slot] = ConnectionState()
        origins[slot] = nil
        statistics.activeConnections -= 1
        if state.phase == .waiting { waitingLogins[slot] = nil }
        guard state.session >= 0 else { return }
        let cell = sessions.cells + Int(state.session)
        switch cell.pointee.phase {
        case .free: break
        // Nothing hangs on it yet; the worker's answer will find nobody and give back what it took.
        case .building: sessions.release(state.session)
        case .live where endsSession: destroy(state.session, on: loop)
        case .live: detach(state.session, on: loop)
        }
    }

    // MARK: Commands

    func received(
        _ connection: ConnectionID, kind: PayloadKind, payload: UnsafeRawBufferPointer, on loop: Loop
    ) {
        guard let slot = slot(of: connection) else { return }
        connections[slot].liveness.heard(now: loop.now)
        statistics.payloads &+= 1
        do throws(GatewayClose) {
            let command = try ClientCommand.parse(payload, hasSession: connections[slot].phase == .live)
            let isHeartbeat = if case .heartbeat = command { true } else { false }
            guard connections[slot].allowance.take(isHeartbeat: isHeartbeat, now: loop.now) else {
                throw .rateLimited
            }
            try obey(command, connection: connection, slot: slot, on: loop)
        } catch {
            end(connection, error, on: loop)
        }
    }

    private func obey(
        _ command: ClientCommand, connection: ConnectionID, slot: Int, on loop: Loop
    ) throws(GatewayClose) {
        let session = connections[slot].session
        switch command {
        case _ where isFrozen: break
        case .heartbeat(let seen):
            send(frames.heartbeatAcknowledged, to: connection, on: loop)
            if let seen, connections[slot].phase == .live { acknowledge(seen, by: session, on: loop) }
        case .identify, .resume: try queue(command, connection: connection, slot: slot, on: loop)
        case .updatePresence(let update): self.update(update, of: session)
        case .updateVoice(let request): try submit(.voice(request), for: session)
        case .requestMembers(let request): try requestMembers(request, session: session, on: loop)
        case .subscribe(let channel):
            let intents = sessions.cells[Int(session)].intents
            try submit(.subscribe(channel, atLeast: 0, since: recent.serial, intents), for: session)
        case .unsubscribe(let channel): try submit(.unsubscribe(channel), for: session)
        case .send(let request): try send(request, from: session, on: loop)
        case .ignored: break
        }
    }

    /// The client has everything up to a sequence: what came later is still on its way, all else was delivered.
    private func acknowledge(_ seen: UInt32, by session: Int32, on loop: Loop) {
        let cell = sessions.cells + Int(session)
        guard seen <= cell.pointee.sequence, !cell.pointee.isReplaying else { return }
        cell.pointee.acknowledge(seen)
        var through = loop.now
        if seen < cell.pointee.sequence {
            guard let next = cell.pointee.ring.frame(at: 0), let sent = log.time(of: next) else { return }
            through = sent
        }
        let age = UInt64(clamping: loop.now - through)
        let now = surroundings.time.unixMilliseconds
        surroundings.source.delivered(to: cell.pointee.user, through: now - min(age, now))
    }

    private func requestMembers(_ request: MembersRequest, session: Int32, on loop: Loop) throws(GatewayClose) {
        let cell = sessions.cells + Int(session)
        guard Int(cell.pointee.memberRequests) < SessionLimits.memberRequestsMax else {
            let error = OwnDispatch.commandError(
                .requestMembers, nonce: request.nonce.map(Nonce.text), .tooManyRequests)
            return dispatch(error, to: session, isKept: true, on: loop)
        }
        cell.pointee.memberRequests += 1
        let showsPresences = request.wantsPresences && cell.pointee.intents.contains(.guildPresences)
        try submit(.members(MembersCursor(request: request, showsPresences: showsPresences)), for: session)
    }

    /// Leaves a message for the workers if the node takes it on. It is refused here, before it waits for anybody: a queue that grows helps
    /// no one.
    private func send(_ request: SendRequest, from session: Int32, on loop: Loop) throws(GatewayClose) {
        let ticket: AdmissionTicket
        do throws(ServiceError) {
            ticket = try surroundings.source.admit()
        } catch {
            let refusal = OwnDispatch.commandError(
                .sendMessage, channel: request.channel, nonce: request.nonce, CommandError(error))
            return dispatch(refusal, to: session, isKept: true, on: loop)
        }
        do throws(GatewayClose) {
            try submit(.send(request, ticket), for: session)
        } catch {
            surroundings.source.withdraw(ticket)
            throw error
        }
    }

    /// Leaves a job for the workers. When they are too far behind the client has to come back later: overflow policy `closeResumable`.
    func submit(_ task: SessionJob.Task, for session: Int32) throws(GatewayClose) {
        let cell = sessions.cells + Int(session)
        let job = SessionJob(
            session: cell.pointee.id, user: cell.pointee.user, compression: cell.pointee.compression, task: task)
        let key = UInt64(surroundings.index) << 32 | UInt64(UInt32(bitPattern: session))
        guard surroundings.pool.submit(job, key: key) else { throw .tryAgain }
    }

    /// The same where no caller closes the connection. False when the job was not taken.
    @discardableResult
    func submitOrEnd(_ task: SessionJob.Task, for session: Int32, on loop: Loop) -> Bool {
        do throws(GatewayClose) {
            try submit(task, for: session)
            return true
        } catch {
            let cell = sessions.cells + Int(session)
            if cell.pointee.isConnected { end(cell.pointee.connection, error, on: loop) }
            return false
        }
    }
}
