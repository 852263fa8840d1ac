import Chat

/// When members last sent to channels with slow mode.
///
/// Law: of one member's messages to one channel, each is let through at least the channel's interval after the one before,
/// for as long as the member's entry is kept. Bounded: beyond ``capacity`` members and channels the one not seen for the
/// longest time is forgotten (overflow policy `forgetOldest`), as all are when the node ends: its next message is let
/// through.
struct SlowMode: Sendable {
    struct Key: Hashable, Sendable {
        var user: UserID
        var channel: ChannelID
    }

    private struct Entry: Sendable {
        /// Monotonic milliseconds.
        var sentAt: UInt64
        /// The nonce that stands for the message, if one does.
        var nonce: Nonce?
    }

    static let capacity = 100_000

    private var entries = RecencyCache<Key, Entry>(capacity: Self.capacity)

    /// Lets a message through, or says how many milliseconds it has to wait. One that repeats the message before under its
    /// nonce makes no second one, and passes.
    /// - Parameters:
    ///   - nonce: `nil` unless it is enforced.
    ///   - now: monotonic milliseconds.
    mutating func take(_ key: Key, intervalSeconds: UInt32, nonce: Nonce?, now: UInt64) -> UInt64? {
        if let last = entries.use(key) {
            let passed = now > last.sentAt ? now - last.sentAt : 0
            if let nonce, nonce == last.nonce, passed < Limits.nonceWindowMilliseconds { return nil }
            let interval = UInt64(intervalSeconds) * 1_000
            if passed < interval { return interval - passed }
        }
        entries.insert(Entry(sentAt: now, nonce: nonce), for: key)
        return nil
    }

    /// Forgets a message that was let through at a time and did not reach the log.
    mutating func giveBack(_ key: Key, takenAt now: UInt64) {
        if entries.peek(key)?.sentAt == now { entries.remove(key) }
    }
}
