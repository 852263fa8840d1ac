package import Chat
import Interface
import Synchronization

/// Which of a gateway's sessions an operator asks for.
package struct SessionFilter: Hashable, Sendable {
    package var user: UserID?
    /// Those that are delivered to from this guild.
    package var guild: GuildID?
    package var state: SessionSight.State?
    /// Those for whose connections more waits than half of what may.
    package var isSlow: Bool

    package init(user: UserID? = nil, guild: GuildID? = nil, state: SessionSight.State? = nil, isSlow: Bool = false) {
        self.user = user
        self.guild = guild
        self.state = state
        self.isSlow = isSlow
    }
}

/// One session, as an operator sees it. Durations are milliseconds.
package struct SessionSight: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// Its guilds are still being sent to it.
        case loading
        case connected
        /// What it missed is being sent to it.
        case replaying
        /// It waits to be resumed.
        case detached
    }

    /// Where it lives: in ascending order through all loops.
    package var place: UInt64
    package var tag: SessionTag
    package var user: UserID
    package var state: State
    package var platform: ClientPlatform
    package var isLazy: Bool
    package var shardID: UInt16
    package var shardCount: UInt16
    /// Since it logged in, or was taken up by this process.
    package var age: UInt64
    /// The number of its last dispatch.
    package var sequence: UInt32
    /// Dispatches that the client has not said to have.
    package var unacknowledged: UInt32
    /// Bytes that wait for its connection.
    package var pendingBytes: Int
    /// Since the client was last heard; without a connection, since that was lost.
    package var silence: UInt64
    package var guilds: Int
    /// Channels subscribed to lazily.
    package var subscriptions: Int
}

/// One look at a loop's sessions, from a slot on. Whoever asked is answered once: by the loop, or by nobody in time.
package final class SessionSurvey: Sendable {
    let filter: SessionFilter
    let first: Int32
    /// Sessions named at most.
    let limit: Int

    private struct State {
        var answer: [SessionSight]?
        var isAbandoned = false
        var waiting: CheckedContinuation<[SessionSight]?, Never>?
    }

    private let state = Mutex(State())

    init(_ filter: SessionFilter, from first: Int32, limit: Int) {
        self.filter = filter
        self.first = first
        self.limit = limit
    }

    func answer(_ sights: [SessionSight]) { settle { $0.answer = $0.answer ?? sights } }

    /// No answer will come, or not in time.
    func abandon() { settle { $0.isAbandoned = true } }

    /// `nil` when it was abandoned. To be called once.
    func sights() async -> [SessionSight]? {
        await withCheckedContinuation { continuation in
            let settled = state.withLock { state -> (isSettled: Bool, answer: [SessionSight]?) in
                let isSettled = state.answer != nil || state.isAbandoned
                if !isSettled { state.waiting = continuation }
                return (isSettled, state.answer)
            }
            if settled.isSettled { continuation.resume(returning: settled.answer) }
        }
    }

    private func settle(_ change: (inout State) -> Void) {
        let (waiting, answer) = state.withLock { state in
            change(&state)
            defer { state.waiting = nil }
            return (state.waiting, state.answer)
        }
        waiting?.resume(returning: answer)
    }
}

extension SessionHandler {
    /// Names the sessions that are asked for. One look costs what one second's refreshing of presences does.
    func answer(_ survey: SessionSurvey, on loop: Loop) {
        var sights: [SessionSight] = []
        var session = max(0, survey.first)
        while session < sessions.slots.upperBound, sights.count < survey.limit {
            if let sight = sight(of: session, survey.filter, on: loop) { sights.append(sight) }
            session += 1
        }
        survey.answer(sights)
    }

    private func sight(of session: Int32, _ filter: SessionFilter, on loop: Loop) -> SessionSight? {
        let cell = sessions.cells + Int(session)
        guard cell.pointee.phase == .live, cell.pointee.user == filter.user ?? cell.pointee.user else { return nil }
        if let guild = filter.guild, membership(of: session, in: guild) == nil { return nil }
        let state: SessionSight.State =
            if loading[session] != nil {
                .loading
            } else if !cell.pointee.isConnected {
                .detached
            } else {
                cell.pointee.isReplaying ? .replaying : .connected
            }
        let pending = cell.pointee.isConnected ? loop.pendingOutput(of: cell.pointee.connection) : 0
        guard state == filter.state ?? state, !filter.isSlow || pending >= settings.pauseBytes else { return nil }
        var heardAt = cell.pointee.detachedAt
        if cell.pointee.isConnected, let slot = slot(of: cell.pointee.connection) {
            heardAt = connections[slot].liveness.lastHeard
        }
        let age = loop.now - Int64(cell.pointee.startedAt) * 1_000
        return SessionSight(
            place: UInt64(surroundings.index) << 32 | UInt64(UInt32(bitPattern: session)), tag: cell.pointee.id.tag,
            user: cell.pointee.user, state: state, platform: cell.pointee.platform, isLazy: cell.pointee.isLazy,
            shardID: cell.pointee.shard.id, shardCount: cell.pointee.shard.count, age: UInt64(clamping: age),
            sequence: cell.pointee.sequence, unacknowledged: cell.pointee.ring.count, pendingBytes: pending,
            silence: UInt64(clamping: loop.now - heardAt), guilds: cell.pointee.memberships.count,
            subscriptions: cell.pointee.subscriptions.count)
    }
}

extension GatewayServer {
    /// How long a loop may take to name its sessions.
    private static let surveyMilliseconds: UInt64 = 5_000

    /// Sessions in the order of their places.
    /// - Parameters:
    ///   - place: where to begin; 0 for the first.
    ///   - limit: sessions named at most, 1 to 1,000.
    /// - Returns: `nil` when a loop is too busy to answer.
    package func sessions(
        matching filter: SessionFilter, from place: UInt64, limit: Int
    ) async -> [SessionSight]? {
        var found: [SessionSight] = []
        let limit = min(max(limit, 1), 1_000)
        guard let first = Int(exactly: place >> 32), first < loopCount else { return [] }
        for loop in first..<loopCount where found.count < limit {
            let slot = loop == first ? Int32(clamping: place & 0xFFFF_FFFF) : 0
            let survey = SessionSurvey(filter, from: slot, limit: limit - found.count)
            guard let sights = await ask(survey, loop: loop) else { return nil }
            found += sights
        }
        return found
    }

    private func ask(_ survey: SessionSurvey, loop: Int) async -> [SessionSight]? {
        guard post(.survey(survey), to: loop) else { return nil }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                try? await self.time.sleep(milliseconds: Self.surveyMilliseconds)
                // Harmless when the answer is there.
                survey.abandon()
            }
            let sights = await survey.sights()
            group.cancelAll()
            return sights
        }
    }
}
