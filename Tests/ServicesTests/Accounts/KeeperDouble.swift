import Chat
import Interface
import Synchronization

/// A keeper whose hashes can be read, and which remembers what it was asked. Hashing slowly is tested where it is done.
final class KeeperDouble: SecretKeeper {
    struct Calls: Sendable {
        var verified: [String?] = []
        var isFull = false
        /// Hashes made before this is set are outdated afterwards.
        var generation = 1
        var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    }

    private let calls = Mutex(Calls())

    var verified: [String?] { calls.withLock { $0.verified } }

    func setFull(_ isFull: Bool) {
        calls.withLock { $0.isFull = isFull }
    }

    func raiseCost() {
        calls.withLock { $0.generation += 1 }
    }

    private func enter(_ operation: String) throws(BackendError) {
        guard calls.withLock({ !$0.isFull }) else {
            throw BackendError(.full, operation: operation, target: "pool", detail: "the queue is full")
        }
    }

    func hash(password: String) async throws(BackendError) -> String {
        try enter("secrets.hash")
        return "\(calls.withLock { $0.generation })$\(password)"
    }

    func verify(password: String, against hash: String?) async throws(BackendError) -> PasswordVerdict {
        try enter("secrets.verify")
        let generation = calls.withLock { calls in
            calls.verified.append(hash)
            return calls.generation
        }
        guard let hash, hash.drop(while: { $0 != "$" }).dropFirst() == password else { return .wrong }
        return hash.hasPrefix("\(generation)$") ? .right : .rightButOutdated
    }

    func hash(token: String) -> TokenHash {
        TokenHash(bytes: Array(token.utf8))
    }

    /// From a fixed sequence (xorshift), so that tests repeat.
    func randomBytes(_ count: Int) -> [UInt8] {
        calls.withLock { calls in
            (0..<count).map { _ in
                calls.random ^= calls.random << 13
                calls.random ^= calls.random >> 7
                calls.random ^= calls.random << 17
                return UInt8(truncatingIfNeeded: calls.random >> 32)
            }
        }
    }
}
