package import Chat
package import Interface
import Synchronization

/// Takes what gateways hear of acknowledgements, from any thread and without waiting, and tells the store of it once a
/// second.
package final class DeliveryReports: Sendable {
    static let intervalMilliseconds: UInt64 = 1_000
    /// Users that wait to be told of; beyond it news of others are dropped, and come again with their next heartbeat.
    static let waitingMax = 10_000

    private let store: any DeliveryStore
    private let time: any TimeSource
    private let waiting = Mutex<[UserID: UInt64]>([:])

    package init(store: any DeliveryStore, time: any TimeSource) {
        self.store = store
        self.time = time
    }

    /// A session of a user has everything that was sent to it up to a time (Unix milliseconds).
    package func note(_ user: UserID, through: UInt64) {
        waiting.withLock { waiting in
            if let known = waiting[user] {
                waiting[user] = max(known, through)
            } else if waiting.count < Self.waitingMax {
                waiting[user] = through
            }
        }
    }

    /// Tells until it is cancelled.
    func run() async {
        while (try? await time.sleep(milliseconds: Self.intervalMilliseconds)) != nil { await tell() }
    }

    /// Tells what waits. What the store does not take is lost: the next heartbeats say it again.
    func tell() async {
        let news = waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        guard !news.isEmpty else { return }
        try? await store.note(news, now: time.unixMilliseconds)
    }
}
