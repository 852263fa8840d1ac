import Chat
import Interface
import Services
import Synchronization

/// The message store in dictionaries, with faults. Refuses messages that say `poison`.
final class ModelStore: MessageStore {
    private struct State {
        var rows: [MessageRef: Message] = [:]
        var nonces: [NonceKey: MessageID] = [:]
        var pages = 0
        var nonceReads = 0
        var newestNow: UInt64 = 0
        var reactions: [MessageRef: MessageReactions] = [:]
        var reactors: [ReactionRef: Bool] = [:]
        var fates: [FateRef: CommandFate.Kind] = [:]
        var pinBoards: [ChannelID: (version: UInt64, lastPinAt: UInt64?)] = [:]
    }

    private let state = Mutex(State())
    let faults: Faults
    /// Called in the middle of a page's read, so that a test can hold it.
    private let duringPage: @Sendable () async -> Void

    init(faults: Faults = Faults(), duringPage: @escaping @Sendable () async -> Void = {}) {
        self.faults = faults
        self.duringPage = duringPage
    }

    var rows: [MessageRef: Message] { state.withLock(\.rows) }
    var pagesRead: Int { state.withLock(\.pages) }
    var nonceReads: Int { state.withLock(\.nonceReads) }

    func tallies(of ref: MessageRef) -> [String: UInt64] {
        state.withLock { state in
            Dictionary(uniqueKeysWithValues: (state.reactions[ref]?.tallies ?? []).map { ($0.emoji.key, $0.count) })
        }
    }

    func apply(_ batch: StoreBatch) async throws(BackendError) {
        let writes = batch.messages
        try faults.perform("messages.apply") { () throws(BackendError) in
            guard !writes.contains(where: { $0.message.content == "poison" }) else {
                throw BackendError(.rejected, operation: "messages.apply", target: "model", detail: "poison")
            }
            state.withLock { state in
                for write in writes {
                    let ref = MessageRef(channel: write.message.channel, id: write.message.id)
                    if let stored = state.rows[ref], stored.version > write.message.version { continue }
                    state.rows[ref] = write.message
                }
                for write in writes.filter(\.changesPins).sorted(by: { $0.message.version < $1.message.version }) {
                    let board = state.pinBoards[write.message.channel]
                    guard write.message.version > board?.version ?? 0 else { continue }
                    let pinnedAt = write.message.deletedAt == nil ? write.message.pinnedAt : nil
                    state.pinBoards[write.message.channel] = (write.message.version, pinnedAt ?? board?.lastPinAt)
                }
                for write in batch.reactions { Self.apply(write, &state) }
                for fate in batch.fates {
                    state.fates[FateRef(channel: fate.channel, version: fate.version)] = fate.kind
                }
                for write in writes {
                    guard let key = write.nonceKey else { continue }
                    state.nonces[key] = max(state.nonces[key] ?? write.message.id, write.message.id)
                }
            }
        }
    }

    func message(_ id: MessageID, in channel: ChannelID, includingDeleted: Bool) async throws(BackendError) -> Message?
    {
        try faults.perform("messages.message") { () throws(BackendError) in
            guard let row = rows[MessageRef(channel: channel, id: id)], includingDeleted || row.deletedAt == nil else {
                return nil
            }
            return row
        }
    }

    func page(of channel: ChannelID, _ cursor: HistoryCursor, limit: Int) async throws(BackendError) -> [Message] {
        state.withLock { $0.pages += 1 }
        let page = try faults.perform("messages.page") { () throws(BackendError) in
            let newestFirst = rows.values.filter { $0.channel == channel && $0.deletedAt == nil }.sorted {
                $0.id > $1.id
            }
            return switch cursor {
            case .latest: Array(newestFirst.prefix(limit))
            case .before(let id): Array(newestFirst.filter { $0.id < id }.prefix(limit))
            case .after(let id): Array(newestFirst.filter { $0.id > id }.suffix(limit))
            case .around(let id):
                Array(Self.around(id, newestFirst, limit))
            }
        }
        await duringPage()
        return page
    }

    private static func around(_ id: MessageID, _ newestFirst: [Message], _ limit: Int) -> ArraySlice<Message> {
        let newer: [Message] = newestFirst.filter { $0.id > id }.suffix(limit / 2)
        let older: [Message] = newestFirst.filter { $0.id <= id }
        return (newer + older).prefix(limit)
    }

    func messages(forNonces keys: [NonceKey], now: UInt64) async throws(BackendError) -> [NonceKey: MessageID] {
        try faults.perform("messages.nonces") { () throws(BackendError) in
            state.withLock { state in
                state.nonceReads += 1
                // As forgetful as the contract allows.
                state.newestNow = max(state.newestNow, now)
                let newest = state.newestNow
                state.nonces = state.nonces.filter {
                    $0.value.unixMilliseconds + Limits.nonceWindowMilliseconds >= newest
                }
                return state.nonces.filter { keys.contains($0.key) }
            }
        }
    }

    private static func apply(_ write: ReactionWrite, _ state: inout State) {
        let ref = MessageRef(channel: write.channel, id: write.message)
        var reactions = state.reactions[ref] ?? MessageReactions()
        guard write.version > reactions.version else { return }
        reactions.version = write.version
        func users(_ emoji: ReactionEmoji) -> Int {
            state.reactors.keys.count { $0.message == ref && $0.emoji.key == emoji.key }
        }
        switch write.change {
        case .add(let emoji, let user): state.reactors[ReactionRef(message: ref, emoji: emoji, user: user)] = true
        case .remove(let emoji, let user): state.reactors[ReactionRef(message: ref, emoji: emoji, user: user)] = nil
        case .clear(let emoji):
            state.reactors = state.reactors.filter { entry in
                entry.key.message != ref || (emoji != nil && entry.key.emoji.key != emoji?.key)
            }
        }
        if case .add(let emoji, _) = write.change, !reactions.tallies.contains(where: { $0.emoji.key == emoji.key }) {
            reactions.tallies.append(ReactionTally(emoji: emoji, count: 0))
        }
        reactions.tallies = reactions.tallies.map {
            ReactionTally(emoji: $0.emoji, count: UInt64(users($0.emoji)))
        }.filter { $0.count > 0 }
        state.reactions[ref] = reactions
    }

    func messages(_ ids: [MessageID], in channel: ChannelID) async throws(BackendError) -> [Message] {
        ids.compactMap { rows[MessageRef(channel: channel, id: $0)] }.filter { $0.deletedAt == nil }
    }

    func reactions(
        to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: MessageReactions] {
        try faults.perform("messages.reactions") { () throws(BackendError) in
            state.withLock { state in
                var found: [MessageID: MessageReactions] = [:]
                for id in messages { found[id] = state.reactions[MessageRef(channel: channel, id: id)] }
                return found
            }
        }
    }

    func ownReactions(
        of user: UserID, to messages: [MessageID], in channel: ChannelID
    ) async throws(BackendError) -> [MessageID: Set<String>] {
        state.withLock { state in
            var found: [MessageID: Set<String>] = [:]
            for ref in state.reactors.keys
            where ref.user == user && ref.message.channel == channel && messages.contains(ref.message.id) {
                found[ref.message.id, default: []].insert(ref.emoji.key)
            }
            return found
        }
    }

    func hasReaction(
        of user: UserID, with emoji: ReactionEmoji, to message: MessageID, in channel: ChannelID
    ) async throws(BackendError) -> Bool {
        try faults.perform("messages.has-reaction") { () throws(BackendError) in
            let ref = MessageRef(channel: channel, id: message)
            return state.withLock { $0.reactors[ReactionRef(message: ref, emoji: emoji, user: user)] != nil }
        }
    }

    func reactors(
        to message: MessageID, in channel: ChannelID, with emoji: ReactionEmoji, after: UserID, limit: Int
    ) async throws(BackendError) -> [UserID] {
        let ref = MessageRef(channel: channel, id: message)
        let users = state.withLock { state in
            state.reactors.keys.filter { $0.message == ref && $0.emoji.key == emoji.key && $0.user > after }.map(\.user)
        }
        return Array(users.sorted().prefix(limit))
    }

    func fate(of version: UInt64, in channel: ChannelID) async throws(BackendError) -> CommandFate.Kind? {
        state.withLock { $0.fates[FateRef(channel: channel, version: version)] }
    }

    func pins(of channel: ChannelID) async throws(BackendError) -> ChannelPins {
        try faults.perform("messages.pins") { () throws(BackendError) in
            let board = state.withLock { $0.pinBoards[channel] }
            let pinned = rows.values.filter { $0.channel == channel && $0.isPinned && $0.deletedAt == nil }
                .sorted { ($0.pinnedAt ?? 0, $0.id) > ($1.pinnedAt ?? 0, $1.id) }
            return ChannelPins(version: board?.version ?? 0, lastPinAt: board?.lastPinAt, messages: pinned)
        }
    }

    func buckets(of channel: ChannelID) async throws(BackendError) -> [BucketEntry] { [] }

    func lastMessages(of channels: [ChannelID]) async throws(BackendError) -> [ChannelID: MessageID] {
        var last: [ChannelID: MessageID] = [:]
        for row in rows.values where channels.contains(row.channel) {
            last[row.channel] = max(last[row.channel] ?? row.id, row.id)
        }
        return last
    }

    func scan(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [Message] {
        try faults.perform("messages.scan") { () throws(BackendError) in
            let rows = rows.values.filter { $0.deletedAt == nil && (channel == nil || $0.channel == channel) }
            let behind = rows.filter { row in place.map { (row.channel, row.id) > ($0.channel, $0.id) } ?? true }
            return Array(behind.sorted { ($0.channel, $0.id) < ($1.channel, $1.id) }.prefix(limit))
        }
    }
}
