package import Interface
import Synchronization

/// Counts in the memory of the one process that needs it. A call is a look into a dictionary under a short lock, one for each action.
package final class MemoryRateLimiter: RateLimiter {
    /// Of 8 bytes, for each action of users: 16 MB, more than 100,000 users at once.
    private static let wordsMax = 1 << 21
    /// The same for each action of strangers, of whom one may have many addresses: 4 MB.
    private static let strangerWordsMax = 1 << 19

    private final class Shelf: Sendable {
        let table: Mutex<WindowTable>

        init(wordsMax: Int) {
            table = Mutex(WindowTable(wordsMax: wordsMax))
        }
    }

    private let time: any TimeSource
    /// By the action's number.
    private let shelves: [Shelf]

    package convenience init(time: any TimeSource) {
        self.init(time: time, wordsMax: Self.wordsMax)
    }

    /// - Parameter wordsMax: memory for each action, in words of 8 bytes.
    init(time: any TimeSource, wordsMax: Int) {
        self.time = time
        shelves = LimitedAction.allCases.map { action in
            switch action {
            case .message, .reaction, .channelCreate, .dmCreate, .typing, .global, .route, .identify:
                Shelf(wordsMax: wordsMax)
            case .address, .file, .login, .loginAccount, .register, .webhook:
                Shelf(wordsMax: min(wordsMax, Self.strangerWordsMax))
            }
        }
    }

    package func take(_ key: RateLimitKey, within limit: RateLimit) async -> RateStanding {
        // What falls out of the table is freed behind the lock.
        let (standing, _) = shelves[key.action.rawValue].table.withLock {
            $0.take(key, limit, now: time.monotonicMilliseconds)
        }
        return standing
    }

    package func look(at key: RateLimitKey, within limit: RateLimit) async -> RateStanding {
        shelves[key.action.rawValue].table.withLock { $0.look(at: key, limit, now: time.monotonicMilliseconds) }
    }

    /// Keys that are kept of an action.
    func count(of action: LimitedAction) -> Int { shelves[action.rawValue].table.withLock { $0.count } }
}
