package import Chat
import Interface

/// What a gateway tells of its sessions. Nobody waits for an answer.
package enum PresenceCommand: Sendable {
    /// A session has come, has come back, or shows something else. Guilds are named when it comes, `nil` later.
    case show(UserSession, SessionPresence, guilds: [GuildID]?)
    /// The connections of these sessions are there. Those that the store does not know are named to the closure, to be shown again.
    case refresh([UserSession], unknown: @Sendable ([UserSession]) -> Void)
    /// A session has lost its connection, and may be resumed for so long.
    case detach(UserSession, resumeMilliseconds: UInt64)
    /// A session is over for good.
    case end(UserSession)
    /// A user has become a member of a guild, or is none any more.
    case member(UserID, GuildID, isMember: Bool)
}

/// Commands of one kind that were given one after the other, for one call of the store.
enum PresenceBatch: Sendable {
    case put([PresencePut])
    case refresh([UserSession], until: UInt64, unknown: @Sendable ([UserSession]) -> Void)
    case end([UserSession])
    case member(UserID, GuildID, isMember: Bool)
}

/// Commands that wait, made into batches in their order. A value: no I/O, no clock.
///
/// Bounded: beyond ``sessionsMax`` waiting sessions commands are dropped (overflow policy `dropNewest`). What is lost so is made good: a
/// session that is not put is unknown at its next refresh and is asked for again, one that is not ended runs out.
struct PresenceQueue: Sendable {
    static let sessionsMax = 262_144
    /// Sessions in one call of the store.
    static let batchMax = 1_000

    private var batches: [PresenceBatch] = []
    private var head = 0
    private(set) var waiting = 0
    private(set) var dropped = 0

    var isEmpty: Bool { head == batches.count }

    mutating func add(_ command: PresenceCommand, now: UInt64) {
        guard waiting < Self.sessionsMax else {
            dropped += 1
            return
        }
        switch command {
        case .show(let session, let shown, let guilds):
            add(PresencePut(session: session, shown: shown, guilds: guilds, deadline: now + Self.life))
        case .refresh(let sessions, let unknown):
            guard !sessions.isEmpty else { return }
            waiting += sessions.count
            batches.append(.refresh(sessions, until: now + Self.life, unknown: unknown))
        case .detach(let session, let milliseconds):
            waiting += 1
            // Never before its life would end: a session that is gone is not refreshed.
            batches.append(.refresh([session], until: now + max(milliseconds, Self.life), unknown: { _ in }))
        case .end(let session): end(session)
        case .member(let user, let guild, let isMember):
            waiting += 1
            batches.append(.member(user, guild, isMember: isMember))
        }
    }

    private mutating func add(_ put: PresencePut) {
        waiting += 1
        if !isEmpty, case .put(var puts)? = batches.last, puts.count < Self.batchMax {
            batches.removeLast()
            puts.append(put)
            batches.append(.put(puts))
        } else {
            batches.append(.put([put]))
        }
    }

    private mutating func end(_ session: UserSession) {
        waiting += 1
        if !isEmpty, case .end(var sessions)? = batches.last, sessions.count < Self.batchMax {
            batches.removeLast()
            sessions.append(session)
            batches.append(.end(sessions))
        } else {
            batches.append(.end([session]))
        }
    }

    mutating func next() -> PresenceBatch? {
        guard head < batches.count else { return nil }
        let batch = batches[head]
        head += 1
        switch batch {
        case .put(let puts): waiting -= puts.count
        case .refresh(let sessions, _, _): waiting -= sessions.count
        case .end(let sessions): waiting -= sessions.count
        case .member: waiting -= 1
        }
        if head == batches.count || head > 1_024 {
            batches.removeFirst(head)
            head = 0
        }
        return batch
    }

    private static let life = PresenceRules.lifeMilliseconds
}
