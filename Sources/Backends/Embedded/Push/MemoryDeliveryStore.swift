package import Chat
package import Interface
import Synchronization

/// What users have, in this process. Bounded: beyond the capacity, those of whom was heard longest ago go.
package final class MemoryDeliveryStore: DeliveryStore {
    private struct Entry {
        var through: UInt64
        var notedAt: UInt64
    }

    private let capacity: Int
    private let entries = Mutex<[UserID: Entry]>([:])

    package init(capacity: Int = 200_000) {
        self.capacity = capacity
    }

    package func note(_ positions: [UserID: UInt64], now: UInt64) async throws(BackendError) {
        entries.withLock { entries in
            for (user, through) in positions {
                entries[user] = Entry(through: max(through, entries[user]?.through ?? 0), notedAt: now)
            }
            guard entries.count > capacity else { return }
            let oldest = now - min(now, DeliveryRules.lifeMilliseconds)
            entries = entries.filter { $0.value.notedAt >= oldest }
            guard entries.count > capacity else { return }
            // So many at once that the next call need not look again.
            let times = entries.values.map(\.notedAt).sorted()
            let limit = times[entries.count - capacity * 9 / 10]
            entries = entries.filter { $0.value.notedAt > limit }
        }
    }

    package func positions(of users: [UserID]) async throws(BackendError) -> [UserID: UInt64] {
        entries.withLock { entries in
            users.reduce(into: [:]) { found, user in found[user] = entries[user]?.through }
        }
    }
}
