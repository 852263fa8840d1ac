import Chat
import Interface

/// The reactions of one message: what the store had before the batch, and what the batch has changed since.
struct ReactionSheet: Sendable {
    /// The version of the last change that the store holds.
    let storedVersion: UInt64
    private(set) var tallies: [ReactionTally]
    /// Emojis whose reactions in the store no longer count.
    private var clearedKeys: Set<String> = []
    private var isCleared = false
    /// By emoji: who came and who went since.
    private var changes: [String: [UserID: Bool]] = [:]

    init(_ stored: MessageReactions) {
        storedVersion = stored.version
        tallies = stored.tallies
    }

    func has(_ emoji: ReactionEmoji) -> Bool {
        tallies.contains { $0.emoji.key == emoji.key }
    }

    /// Whether a user reacts with an emoji.
    /// - Parameter stored: what the store says.
    func has(_ user: UserID, _ emoji: ReactionEmoji, stored: Bool) -> Bool {
        if let change = changes[emoji.key]?[user] { return change }
        return stored && !isCleared && !clearedKeys.contains(emoji.key)
    }

    mutating func add(_ user: UserID, _ emoji: ReactionEmoji) {
        changes[emoji.key, default: [:]][user] = true
        if let index = tallies.firstIndex(where: { $0.emoji.key == emoji.key }) {
            tallies[index].count += 1
        } else {
            tallies.append(ReactionTally(emoji: emoji, count: 1))
        }
    }

    mutating func remove(_ user: UserID, _ emoji: ReactionEmoji) {
        changes[emoji.key, default: [:]][user] = false
        guard let index = tallies.firstIndex(where: { $0.emoji.key == emoji.key }) else { return }
        if tallies[index].count > 1 { tallies[index].count -= 1 } else { tallies.remove(at: index) }
    }

    mutating func clear(_ emoji: ReactionEmoji?) {
        guard let emoji else {
            isCleared = true
            changes = [:]
            tallies = []
            return
        }
        clearedKeys.insert(emoji.key)
        changes[emoji.key] = [:]
        tallies.removeAll { $0.emoji.key == emoji.key }
    }
}
