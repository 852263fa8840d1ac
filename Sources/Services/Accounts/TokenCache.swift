import Chat
import Interface
import Synchronization

/// Whose tokens were looked up lately. An entry lives for ``lifeMilliseconds`` at most, and goes at once when the
/// user's tokens are revoked, here or, by `user:{id}`, on another node.
final class TokenCache: FanoutReceiver, Sendable {
    static let lifeMilliseconds: UInt64 = 30_000

    private struct Entry {
        var user: User
        var expiresAt: UInt64
    }

    private struct State {
        var entries: RecencyCache<TokenHash, Entry>
        /// Rises with every revocation: what was looked up before one is not kept after it.
        var revocations: UInt64 = 0
    }

    private let state: Mutex<State>

    init(capacity: Int) {
        state = Mutex(State(entries: RecencyCache(capacity: capacity)))
    }

    /// - Parameter now: monotonic milliseconds.
    func user(for hash: TokenHash, now: UInt64) -> User? {
        state.withLock { state in
            guard let entry = state.entries.use(hash), now < entry.expiresAt else { return nil }
            return entry.user
        }
    }

    var revocations: UInt64 { state.withLock { $0.revocations } }

    /// Keeps what was looked up, unless something was revoked since. Each entry stands for one hold of the user's
    /// topic: returns the users whose holds are to be released, the given one among them when nothing was kept.
    func put(_ user: User, for hash: TokenHash, now: UInt64, revocations: UInt64) -> [UserID] {
        state.withLock { state in
            guard state.revocations == revocations else { return [user.id] }
            let replaced = state.entries.peek(hash)?.user.id
            let evicted = state.entries.insert(
                Entry(user: user, expiresAt: now + Self.lifeMilliseconds), for: hash
            )
            return [replaced, evicted?.value.user.id].compactMap(\.self)
        }
    }

    /// Forgets tokens that were revoked. Returns the users whose holds are to be released.
    @discardableResult
    func revoke(_ hashes: [TokenHash]) -> [UserID] {
        state.withLock { state in
            state.revocations += 1
            return hashes.compactMap { state.entries.remove($0)?.user.id }
        }
    }

    /// A revocation on some node. The entry's hold stays behind, as a receiver must not call the bus: ``released``
    /// hands it on.
    func receive(_ event: FanoutEvent) {
        guard case .user = event.topic, case .tokensRevoked(let hashes)? = try? UserEvent(encoded: event.payload) else {
            return
        }
        let users = revoke(hashes)
        guard !users.isEmpty else { return }
        pending.withLock { $0.append(contentsOf: users) }
    }

    /// Holds whose entries an event took away; at most as many as there were entries.
    private let pending = Mutex<[UserID]>([])

    /// The users whose holds are to be released since the last call.
    func released() -> [UserID] {
        pending.withLock { pending in
            defer { pending = [] }
            return pending
        }
    }
}
