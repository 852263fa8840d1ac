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

    func apply(_ writes: [MessageWrite]) async throws(BackendError) {
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
