import Chat
import Interface

/// One pass over a batch. What is not known is noted in ``needs`` and the pass goes on, so that one round asks for as
/// much as possible; its plan counts only when nothing was missing.
struct BatchPlanner {
    private let partition: Int
    private let nonces: NonceTable
    let knowledge: ChatKnowledge
    private let setAside: [UInt64: SetAside]
    private let now: UInt64

    private(set) var plan: ChatPlan
    var needs = ChatNeeds()
    /// Where the plan says how this batch leaves a message: the entry and its write.
    private var written: [MessageRef: (entry: Int, write: Int)] = [:]
    private var batchNonces: [NonceKey: MessageID] = [:]
    private var metNonces: Set<NonceKey> = []
    /// Reactions as this batch leaves them, of messages whose reactions it changes.
    var sheets: [MessageRef: ReactionSheet] = [:]
    /// What this batch changes of the channels' pins.
    var pinChanges: [ChannelID: PinChange] = [:]

    init(
        partition: Int, fold: MessageIDFold, next: UInt64, nonces: NonceTable, knowledge: ChatKnowledge,
        setAside: [UInt64: SetAside], now: UInt64
    ) {
        self.partition = partition
        self.nonces = nonces
        self.knowledge = knowledge
        self.setAside = setAside
        self.now = now
        plan = ChatPlan(fold: fold, next: next)
    }

    /// Notes what can be told to be needed without deciding anything: most batches need one round.
    mutating func preview(_ batch: ChatBatch) {
        plan.entries.reserveCapacity(batch.items.count)
        for item in batch.items {
            guard case .command(let command) = item.content else { continue }
            if command.guild == nil { _ = parties(of: command.channel) }
            switch command.action {
            case .create(let draft):
                if let key = Self.nonceKey(of: draft, command), nonces[key] == nil {
                    needNonce(key, at: plan.fold.previous)
                }
                if draft.kind == .reply, let reference = draft.reference {
                    needMessage(MessageRef(channel: command.channel, id: reference.message))
                }
            case .edit(let id, _), .delete(let id):
                needMessage(MessageRef(channel: command.channel, id: id))
            case .deleteMany(let ids):
                for id in ids { needMessage(MessageRef(channel: command.channel, id: id)) }
            case .react(let id, let change):
                needReaction(of: command.actor, change.emoji, to: MessageRef(channel: command.channel, id: id))
            case .unreact(let id, let emoji, let user):
                needReaction(of: user, emoji, to: MessageRef(channel: command.channel, id: id))
            case .clearReactions(let id, _):
                needReactions(to: MessageRef(channel: command.channel, id: id))
            case .pin(let id), .unpin(let id):
                needMessage(MessageRef(channel: command.channel, id: id))
                needPins(of: command.channel)
            }
        }
    }

    /// Decides one record; false when the batch has to end before it.
    mutating func decide(_ item: ChatBatch.Item) -> Bool {
        let record = item.record
        switch item.content {
        case .undecodable(let error):
            let reason = SetAside(
                code: error.code.rawValue, text: "the record cannot be read from byte \(error.offset) on", attempts: 1,
                firstFailureAt: now, lastFailureAt: now
            )
            plan.entries.append(
                ChatPlan.Entry(record: record, verdict: .deadLettered, deadLetter: letter(for: record, id: nil, reason))
            )
        case .command(let command):
            if case .create(let draft) = command.action, setAside[record.position.offset] == nil,
                let key = Self.nonceKey(of: draft, command)
            {
                if let first = firstMessage(of: key, at: record.position.timestamp) {
                    metNonces.insert(key)
                    appendDuplicate(of: first, draft, command, record)
                    break
                }
                guard metNonces.insert(key).inserted else { return false }
            }
            admit(command, record)
        }
        plan.next = record.position.offset + 1
        return true
    }

    /// Draws the record's id and enters what becomes of it.
    private mutating func admit(_ command: MessageCommand, _ record: LogRecord) {
        let version = plan.draw(timestamp: record.position.timestamp)
        if let reason = setAside[record.position.offset] {
            return appendDeadLetter(command, record, id: version, reason)
        }
        var entry = ChatPlan.Entry(record: record, verdict: .refused, epoch: command.epoch, guild: command.guild)
        let result: CommandOutcome.Result
        switch command.action {
        case .create(let draft): result = create(draft, command, version, &entry)
        case .edit(let id, let edit): result = self.edit(id, edit, command, version, &entry)
        case .delete(let id): result = delete(id, command, version, &entry)
        case .deleteMany(let ids): result = deleteMany(ids, command, version, &entry)
        case .react(let id, let change): result = react(to: id, change, command, version, &entry)
        case .unreact(let id, let emoji, let user):
            result = unreact(to: id, emoji, of: user, command, version, &entry)
        case .clearReactions(let id, let emoji): result = clearReactions(to: id, emoji, command, version, &entry)
        case .pin(let id): result = pin(id, command, version, &entry)
        case .unpin(let id): result = unpin(id, command, version, &entry)
        }
        entry.eventBytes = entry.event.map { Self.encoded($0, record, epoch: command.epoch) } ?? []
        if command.guild == nil, entry.event != nil { entry.parties = parties(of: command.channel) }
        guard entry.eventBytes.count <= Limits.recordBytesMax else {
            let reason = SetAside(
                code: "oversized", text: "its event takes \(entry.eventBytes.count) bytes", attempts: 1,
                firstFailureAt: now,
                lastFailureAt: now
            )
            return appendDeadLetter(command, record, id: version, reason)
        }
        if let origin = command.origin { entry.answer = (origin, result) }
        for index in entry.writes.indices {
            let id = entry.writes[index].message.id
            written[MessageRef(channel: command.channel, id: id)] = (plan.entries.count, index)
            if let key = entry.writes[index].nonceKey {
                batchNonces[key] = id
                plan.nonces.append((key, id))
            }
        }
        plan.entries.append(entry)
    }

    private static func encoded(_ event: ChannelEvent, _ record: LogRecord, epoch: UInt64) -> [UInt8] {
        StoredEvent(
            partition: record.position.partition, position: record.position.offset + 1, epoch: epoch, event: event
        ).encoded()
    }

    private mutating func create(
        _ draft: MessageDraft, _ command: MessageCommand, _ version: UInt64, _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        var message = Self.message(MessageID(version), draft, command)
        let referenced = quotation(in: message, at: version)
        if message.kind == .reply, referenced == nil {
            guard !draft.needsReference else { return .refused(.unknownReference) }
            message.kind = .regular
            message.reference = nil
        }
        let event = ChannelEvent.messageCreated(
            HydratedMessage(
                message: message, author: draft.author, member: draft.member, mentioned: draft.mentioned,
                referenced: referenced)
        )
        entry.verdict = .created
        entry.writes = [MessageWrite(message: message, nonceKey: Self.nonceKey(of: draft, command))]
        entry.event = event
        return .done(event)
    }

    private static func message(_ id: MessageID, _ draft: MessageDraft, _ command: MessageCommand) -> Message {
        Message(
            id: id, channel: command.channel, guild: command.guild, author: command.actor, kind: draft.kind,
            content: draft.content, nonce: draft.nonce, isTTS: draft.isTTS, flags: draft.flags, embeds: draft.embeds,
            mentions: draft.mentions, reference: draft.reference, webhook: draft.webhook,
            attachments: draft.attachments, version: id.rawValue
        )
    }

    /// A repeated nonce: its sender gets the first message, nothing else happens. When the first was deleted meanwhile,
    /// what it said is not served again: the sender sees their own words under its id.
    private mutating func appendDuplicate(
        of first: MessageID, _ draft: MessageDraft, _ command: MessageCommand, _ record: LogRecord
    ) {
        var entry = ChatPlan.Entry(record: record, verdict: .duplicate, epoch: command.epoch, guild: command.guild)
        let ref = MessageRef(channel: command.channel, id: first)
        var message = Self.message(first, draft, command)
        if let known = self.message(of: ref) ?? storedMessage(ref), known.deletedAt == nil { message = known }
        if let origin = command.origin {
            let hydrated = HydratedMessage(
                message: message, author: draft.author, member: draft.member,
                mentioned: draft.mentioned.filter { message.mentions.users.contains($0.id) },
                referenced: quotation(in: message, at: plan.fold.previous + 1)
            )
            entry.answer = (origin, .done(.messageCreated(hydrated)))
        }
        plan.entries.append(entry)
    }

    private mutating func appendDeadLetter(
        _ command: MessageCommand, _ record: LogRecord, id: UInt64, _ reason: SetAside
    ) {
        var entry = ChatPlan.Entry(record: record, verdict: .deadLettered, epoch: command.epoch, guild: command.guild)
        entry.deadLetter = letter(for: record, id: MessageID(id), reason)
        if let origin = command.origin { entry.answer = (origin, .refused(.unprocessable)) }
        plan.entries.append(entry)
    }

    private func letter(for record: LogRecord, id: MessageID?, _ reason: SetAside) -> DeadLetter {
        DeadLetter(
            topic: Topic.messages.rawValue, partition: UInt32(truncatingIfNeeded: partition),
            offset: record.position.offset,
            timestamp: record.position.timestamp, key: record.key, payload: record.payload, mintedID: id,
            errorCode: reason.code,
            errorText: reason.text, attempts: reason.attempts, firstFailureAt: reason.firstFailureAt,
            lastFailureAt: reason.lastFailureAt
        )
    }
}

// What is known, and what has to be.
extension BatchPlanner {
    static func nonceKey(of draft: MessageDraft, _ command: MessageCommand) -> NonceKey? {
        guard draft.enforcesNonce, let nonce = draft.nonce else { return nil }
        return NonceKey(channel: command.channel, author: command.actor, nonce: nonce)
    }

    /// The message that a nonce already stands for. An id at or above the record's own tells that the record is being
    /// redelivered.
    private mutating func firstMessage(of key: NonceKey, at timestamp: UInt64) -> MessageID? {
        let candidate = MessageID(plan.fold.candidate(timestamp: timestamp))
        guard let found = batchNonces[key] ?? nonces[key] ?? storedNonce(key, at: candidate.rawValue),
            found < candidate,
            candidate.unixMilliseconds - found.unixMilliseconds <= Limits.nonceWindowMilliseconds
        else { return nil }
        return found
    }

    private mutating func storedNonce(_ key: NonceKey, at id: UInt64) -> MessageID? {
        needNonce(key, at: id)
        return knowledge.nonces[key] ?? nil
    }

    private mutating func needNonce(_ key: NonceKey, at id: UInt64) {
        guard knowledge.nonces[key] == nil, !nonces.isComplete(at: Snowflake.unixMilliseconds(of: id)) else { return }
        needs.nonces.insert(key)
    }

    /// The message as this batch leaves it so far; `nil` when it does not touch it.
    func message(of ref: MessageRef) -> Message? {
        written[ref].map { plan.entries[$0.entry].writes[$0.write].message }
    }

    /// The message as the store has it, deleted or not.
    mutating func storedMessage(_ ref: MessageRef) -> Message? {
        needMessage(ref)
        return knowledge.messages[ref] ?? nil
    }

    mutating func needMessage(_ ref: MessageRef) {
        guard knowledge.messages[ref] == nil else { return }
        needs.messages.insert(ref)
    }

    /// Whether a user may act on the messages of others; only members of a guild can.
    mutating func isModerator(_ command: MessageCommand) -> Bool {
        guard command.guild != nil else { return false }
        let ref = ModeratorRef(channel: command.channel, user: command.actor)
        guard let isOne = knowledge.moderators[ref] else {
            needs.moderators.insert(ref)
            return false
        }
        return isOne
    }

    /// Whom an event of a direct channel concerns; nobody once it has ended.
    private mutating func parties(of channel: ChannelID) -> [UserID] {
        guard let known = knowledge.directs[channel] else {
            needs.directs.insert(channel)
            return []
        }
        return known?.parties ?? []
    }

    /// Users by id, in the order asked for; those who no longer exist are left out.
    mutating func users(_ ids: [UserID]) -> [User] {
        ids.compactMap { id in
            guard let known = knowledge.users[id] else {
                needs.users.insert(id)
                return nil
            }
            return known
        }
    }
}
