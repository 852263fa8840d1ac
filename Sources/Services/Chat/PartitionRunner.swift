import Chat
package import Interface
import Logging

/// Carries out what ``ChatPartition`` decides, for one partition of the topic `messages`:
///
///     read → decide → MessageStore.apply → EventLog.append → FanoutBus.publish → EventLog.commit → adopt
///
/// A crash between any two steps is harmless: the records come again and lead to the same rows (by version), to the
/// same positions on the bus (which refuses those it has), and to events in `messages-stored` that may stand there
/// twice. Consumers of that topic take a message's greatest version; a deletion is final.
package struct PartitionRunner: Sendable {
    /// The consumer group of the chat service.
    package static let group = "chat-service"

    private let backends: ChatBackends
    private let ref: PartitionRef
    private let epoch: UInt64
    private let patience: Patience
    private let metrics: ChatMetrics
    private var partition: ChatPartition

    /// Takes up the work where the group's checkpoint stands.
    /// - Parameter ownership: of a partition of the topic `messages` for ``group``.
    package static func resume(_ ownership: Ownership, _ backends: ChatBackends) async throws(ChatHalt)
        -> PartitionRunner
    {
        try await resume(ownership, backends, ChatMetrics())
    }

    static func resume(
        _ ownership: Ownership, _ backends: ChatBackends, _ metrics: ChatMetrics
    ) async throws(ChatHalt) -> PartitionRunner {
        let patience = Patience(time: backends.time, logger: backends.logger, metrics: metrics)
        let ref = ownership.ref
        let checkpoint = try await patience.call(.restore) { () async throws(BackendError) in
            try await backends.log.checkpoint(of: ref)
        }
        do {
            let partition = try ChatPartition(partition: ref.partition, checkpoint: checkpoint)
            return PartitionRunner(
                backends: backends, ref: ref, epoch: ownership.epoch, patience: patience, metrics: metrics,
                partition: partition
            )
        } catch {
            throw .unreadableCheckpoint
        }
    }

    private init(
        backends: ChatBackends, ref: PartitionRef, epoch: UInt64, patience: Patience, metrics: ChatMetrics,
        partition: ChatPartition
    ) {
        self.backends = backends
        self.ref = ref
        self.epoch = epoch
        self.patience = patience
        self.metrics = metrics
        self.partition = partition
    }

    /// The offset of the next record to process.
    package var next: UInt64 { partition.next }

    /// Works until it is cancelled or fenced.
    package mutating func run() async -> ChatHalt {
        do throws(ChatHalt) {
            while !Task.isCancelled {
                let start = backends.time.monotonicMilliseconds
                let count = try await step()
                if count > 0 {
                    let spent = backends.time.monotonicMilliseconds - start
                    try await patience.rest(ChatPace.rest(afterBatchOf: count, millisecondsSpent: spent))
                } else {
                    let next = partition.next
                    try await patience.call(.wait) { () async throws(BackendError) in
                        try await backends.log.waitForRecords(ref.topic, partition: ref.partition, beyond: next)
                    }
                }
            }
            return .cancelled
        } catch {
            return error
        }
    }

    /// Processes one batch and returns how many records it held; 0 when there was none.
    package mutating func step() async throws(ChatHalt) -> Int {
        let next = partition.next
        let records = try await patience.call(.read) { () async throws(BackendError) in
            try await backends.log.read(
                ref.topic, partition: ref.partition, from: next, limit: ChatBatch.recordsMax,
                bytesMax: ChatBatch.bytesMax
            )
        }
        let batch = ChatBatch(records)
        guard !batch.items.isEmpty else { return 0 }
        let plan = try await writtenPlan(of: batch)

        let newest = plan.newestInDirects()
        if !newest.isEmpty {
            let appeared = try await patience.call(.note) { () async throws(BackendError) in
                try await backends.access.cache.directs.noteMessages(newest)
            }
            if !appeared.isEmpty { await backends.announce(appeared) }
        }
        let appends = plan.appends()
        if !appends.isEmpty {
            try await patience.call(.append) { () async throws(BackendError) in
                _ = try await backends.log.append(appends)
            }
        }
        let publications = plan.publications()
        if !publications.isEmpty {
            try await patience.call(.publish) { () async throws(BackendError) in
                _ = try await backends.bus.publish(publications)
            }
        }
        try await tellMentioned(plan.mentionNotes())
        try await patience.call(.commit) { () async throws(BackendError) in try await commit(plan.checkpoint) }
        partition.adopt(plan)
        report(plan)
        return plan.entries.count
    }

    private func commit(_ checkpoint: Checkpoint) async throws(BackendError) {
        do {
            try await backends.log.commit(checkpoint, for: ref, epoch: epoch)
        } catch {
            // A place beyond ours under our own epoch: another process believes to be us. It is ahead, so it goes on.
            guard error.code != .conflict else {
                throw BackendError(.fenced, operation: error.operation, target: error.target, detail: error.detail)
            }
            throw error
        }
    }

    private func report(_ plan: ChatPlan) {
        metrics.count(plan)
        var created: [GuildID?: Int] = [:]
        for index in plan.entries.indices where plan.entries[index].verdict == .created {
            created[plan.entries[index].guild, default: 0] += 1
        }
        for (guild, count) in created { backends.onStored(guild, count) }
        for index in plan.entries.indices {
            guard let letter = plan.entries[index].deadLetter else { continue }
            backends.logger.error(
                "record set aside",
                metadata: [
                    "log.partition": "\(letter.partition)", "log.offset": "\(letter.offset)",
                    "error.code": "\(letter.errorCode)",
                ]
            )
        }
    }
}

// From a batch to what the store has taken.
extension PartitionRunner {
    /// Decides a batch and writes it; records that the store refuses for good are found one by one and set aside.
    private func writtenPlan(of batch: ChatBatch) async throws(ChatHalt) -> ChatPlan {
        var knowledge = ChatKnowledge()
        var setAside: [UInt64: SetAside] = [:]
        while true {
            let plan: ChatPlan
            switch partition.plan(batch, knowing: knowledge, setAside: setAside, now: backends.time.unixMilliseconds) {
            case .needs(let needs):
                // Ends: each round answers everything it was asked for, and there are finitely many names in a batch.
                try await lookUp(needs, for: batch, into: &knowledge)
                continue
            case .ready(let ready):
                plan = ready
            }
            guard let refusal = try await write(plan.writes(ofFirst: plan.entries.count)) else { return plan }
            let firstFailureAt = backends.time.unixMilliseconds
            let (culprit, attempts) = try await culprit(in: plan)
            // One more record is set aside in each round, so that this ends as well.
            setAside[culprit] = SetAside(
                code: refusal.code.rawValue, text: refusal.detail, attempts: attempts, firstFailureAt: firstFailureAt,
                lastFailureAt: backends.time.unixMilliseconds
            )
        }
    }

    /// Writes, and returns the store's refusal if a record is at fault.
    private func write(_ batch: StoreBatch) async throws(ChatHalt) -> BackendError? {
        guard !batch.isEmpty else { return nil }
        return try await patience.call(.write) { () async throws(BackendError) -> BackendError? in
            do throws(BackendError) {
                try await backends.store.apply(batch)
                return nil
            } catch {
                guard error.isRecordAtFault else { throw error }
                return error
            }
        }
    }

    /// Searches for the first record without which the batch would have been taken. What it writes on the way are
    /// beginnings of the batch, in order: no more than a crash could have left behind.
    private func culprit(in plan: ChatPlan) async throws(ChatHalt) -> (offset: UInt64, attempts: UInt32) {
        var accepted = 0
        var refused = plan.entries.count
        var attempts: UInt32 = 1
        while refused - accepted > 1 {
            let middle = accepted + (refused - accepted) / 2
            attempts += 1
            if try await write(plan.writes(ofFirst: middle)) == nil { accepted = middle } else { refused = middle }
        }
        return (plan.entries[accepted].record.position.offset, attempts)
    }

    private func lookUp(
        _ needs: ChatNeeds, for batch: ChatBatch, into knowledge: inout ChatKnowledge
    ) async throws(ChatHalt) {
        if !needs.nonces.isEmpty {
            // The time is the log's, not the clock's: a record is judged alike however late it is read.
            let now = batch.items.first?.record.position.timestamp ?? 0
            let keys = Array(needs.nonces)
            let found = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await backends.store.messages(forNonces: keys, now: now)
            }
            for key in keys { knowledge.nonces[key] = .some(found[key]) }
        }
        for name in needs.messages {
            let message = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await backends.store.message(name.id, in: name.channel, includingDeleted: true)
            }
            knowledge.messages[name] = .some(message)
        }
        try await lookUpReactionsAndPins(needs, into: &knowledge)
        for name in needs.moderators {
            knowledge.moderators[name] = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await isModerator(name)
            }
        }
        for id in needs.directs {
            let channel = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await answer("directs.load") { () async throws(ServiceError) in
                    try await backends.access.cache.directs.channel(id)
                }
            }
            knowledge.directs[id] = .some(channel)
        }
        if !needs.users.isEmpty {
            let ids = Array(needs.users)
            let found = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await answer("users.load") { () async throws(ServiceError) in
                    try await backends.access.cache.users(ids)
                }
            }
            for id in ids { knowledge.users[id] = .some(found[id]) }
        }
    }

    private func lookUpReactionsAndPins(
        _ needs: ChatNeeds, into knowledge: inout ChatKnowledge
    ) async throws(ChatHalt) {
        for name in needs.reactions {
            knowledge.reactions[name] = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await backends.store.reactions(to: [name.id], in: name.channel)[name.id] ?? MessageReactions()
            }
        }
        for name in needs.reactors {
            knowledge.reactors[name] = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await backends.store.hasReaction(
                    of: name.user, with: name.emoji, to: name.message.id, in: name.message.channel)
            }
        }
        for name in needs.fates {
            let fate = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await backends.store.fate(of: name.version, in: name.channel)
            }
            knowledge.fates[name] = .some(fate)
        }
        for channel in needs.pins {
            knowledge.pins[channel] = try await patience.call(.lookUp) { () async throws(BackendError) in
                try await backends.store.pins(of: channel)
            }
        }
    }

    /// Counts the mentions that a batch brought, all at once, and tells the mentioned. Not on the way of the messages to
    /// their readers; when it is done again, nothing is counted twice. Who has lost sight of the channel since the message
    /// was accepted is not told.
    private func tellMentioned(_ notes: [MentionNote]) async throws(ChatHalt) {
        guard !notes.isEmpty else { return }
        var sees: [ModeratorRef: Bool] = [:]
        var seen: [MentionNote] = []
        var guilds: [ChannelID: GuildID] = [:]
        for var note in notes {
            var viewers: [UserID] = []
            for user in note.users {
                let name = ModeratorRef(channel: note.channel, user: user)
                let known: Bool =
                    if let answer = sees[name] {
                        answer
                    } else {
                        try await patience.call(.lookUp) { () async throws(BackendError) in
                            try await holds([], name)
                        }
                    }
                sees[name] = known
                if known { viewers.append(user) }
            }
            note.users = viewers
            seen.append(note)
            guilds[note.channel] = note.guild
        }
        let counted = try await patience.call(.note) { () async throws(BackendError) in
            try await backends.access.cache.noteMentions(seen)
        }
        let publications = counted.map { counted in
            let state = counted.state
            let notice = ReadNotice(
                channel: state.channel, guild: guilds[state.channel], message: state.counted,
                mentionCount: state.mentionCount, version: state.version)
            return FanoutMessage(
                topic: .user(counted.user), position: nil, epoch: 0, acceptedAt: backends.time.unixMilliseconds,
                payload: UserEvent.mentioned(notice).encoded())
        }
        guard !publications.isEmpty else { return }
        try await patience.call(.publish) { () async throws(BackendError) in
            _ = try await backends.bus.publish(publications)
        }
    }

    private func isModerator(_ name: ModeratorRef) async throws(BackendError) -> Bool {
        try await holds(.manageMessages, name)
    }

    /// Whether a user sees a channel and holds permissions in it now.
    private func holds(_ needed: Permissions, _ name: ModeratorRef) async throws(BackendError) -> Bool {
        try await answer("access.channel") { () async throws(ServiceError) -> Bool in
            do throws(ServiceError) {
                _ = try await backends.access.channel(name.channel, for: name.user, needing: needed)
                return true
            } catch {
                switch error.code {
                case .unknownChannel, .unknownGuild, .unknownMember, .missingAccess, .missingPermissions,
                    .notInDirectMessages:
                    return false
                default: throw error
                }
            }
        }
    }

    /// A service that cannot answer is waited for like the backend behind it.
    private func answer<Value: Sendable>(
        _ operation: String, _ body: () async throws(ServiceError) -> Value
    ) async throws(BackendError) -> Value {
        do {
            return try await body()
        } catch {
            throw BackendError(.unavailable, operation: operation, target: "directory", detail: error.detail)
        }
    }
}
