package import Chat
package import Interface
import Synchronization

/// Who is there, in the memory of the one process that needs it.
package final class MemoryPresenceStore: PresenceStore {
    private static let usersMax = 1_000_000
    private static let usersPerRead = 1_000
    private static let usersPerSweep = 10_000

    private let table = Mutex(PresenceTable(usersMax: usersMax))

    package init() {}

    package func put(_ puts: [PresencePut], now: UInt64) async throws(BackendError) -> [PresenceNews] {
        table.withLock { $0.put(puts, now: now) }
    }

    package func refresh(
        _ sessions: [UserSession], until deadline: UInt64
    ) async throws(BackendError) -> [UserSession] {
        table.withLock { $0.refresh(sessions, until: deadline) }
    }

    package func remove(_ sessions: [UserSession], now: UInt64) async throws(BackendError) -> [PresenceNews] {
        table.withLock { $0.remove(sessions, now: now) }
    }

    package func set(
        _ user: UserID, in guild: GuildID, isMember: Bool
    ) async throws(BackendError) -> Presence? {
        table.withLock { $0.set(user, in: guild, isMember: isMember) }
    }

    package func expire(now: UInt64, limit: Int) async throws(BackendError) -> PresenceExpiry {
        table.withLock { $0.expire(now: now, limit: min(max(limit, 1), Self.usersPerSweep)) }
    }

    package func settle(_ news: [PresenceNews], now: UInt64) async throws(BackendError) -> [PresenceNews] {
        table.withLock { $0.settle(news, now: now) }
    }

    package func presences(of users: [UserID]) async throws(BackendError) -> [Presence] {
        table.withLock { $0.presences(of: Array(users.prefix(Self.usersPerRead))) }
    }

    package func records(of users: [UserID]) async throws(BackendError) -> [PresenceRecord] {
        table.withLock { $0.records(of: Array(users.prefix(Self.usersPerRead))) }
    }
}
