import Chat
import Interface
import Services

/// What the log means, record by record, with nothing going wrong: the specification the chat service is held against.
struct Reference {
    var rows: [MessageRef: Message] = [:]
    var positions: [ChannelID: [UInt64]] = [:]
    var events: [ChannelID: [String]] = [:]
    var deadLetters: Set<UInt64> = []
    var answers: [UInt64: String] = [:]
    /// Who reacts, by message and emoji.
    var reactions: [MessageRef: [String: Set<UserID>]] = [:]
    var duplicates = 0
    /// A nonce that came again after its window.
    var secondMessages = 0
    private var fold = MessageIDFold(partition: 0)
    private var nonces: [NonceKey: MessageID] = [:]

    static func replay(_ records: [LogRecord], _ world: World) -> Reference {
        var reference = Reference()
        for record in records { reference.process(record, world) }
        return reference
    }

    static func name(_ event: ChannelEvent) -> String {
        switch event {
        case .messageCreated(let message): "created \(message.message.id) \(message.message.content)"
        case .messageUpdated(let message):
            "updated \(message.message.id) \(message.message.version) \(message.message.content)"
        case .messageDeleted(let id, let channel, _): "deleted \(id) \(channel)"
        case .messagesDeleted(let ids, let channel, _): "deleted many \(ids) \(channel)"
        case .reactionAdded(let note): "reacted \(note.message) \(note.emoji.key) \(note.user)"
        case .reactionRemoved(let note): "unreacted \(note.message) \(note.emoji.key) \(note.user)"
        case .reactionsCleared(let clearing): "cleared \(clearing.message) \(clearing.emoji?.key ?? "all")"
        // What the message says may be of later when a redelivered record is told again.
        case .pinsChanged(let message, _): "pins \(message.message.id)"
        }
    }

    static func name(_ result: CommandOutcome.Result) -> String {
        switch result {
        // The first message of a nonce may have been edited or deleted when a redelivered record asks for it again.
        case .done(.messageCreated(let message)): "created \(message.message.id)"
        case .done(let event): name(event)
        case .refused(let refusal): "refused \(refusal)"
        case .settled: "settled"
        }
    }

    private mutating func process(_ record: LogRecord, _ world: World) {
        guard let command = try? MessageCommand(encoded: record.payload) else {
            deadLetters.insert(record.position.offset)
            return
        }
        var key: NonceKey?
        if case .create(let draft) = command.action, let nonce = draft.nonce {
            key = NonceKey(channel: command.channel, author: command.actor, nonce: nonce)
        }
        if let key, let first = nonces[key] {
            let candidate = MessageID(fold.candidate(timestamp: record.position.timestamp))
            if candidate.unixMilliseconds - first.unixMilliseconds <= Limits.nonceWindowMilliseconds {
                duplicates += 1
                return answer(command, "created \(first)")
            }
            secondMessages += 1
        }
        let version = fold.next(timestamp: record.position.timestamp)
        let isModerator = command.actor == world.moderator.id && command.guild != nil
        switch command.action {
        case .create(let draft):
            guard draft.content != "poison" else {
                deadLetters.insert(record.position.offset)
                return answer(command, "refused unprocessable")
            }
            let message = Message(
                id: MessageID(version), channel: command.channel, guild: command.guild, author: command.actor,
                content: draft.content, nonce: draft.nonce, mentions: draft.mentions, version: version
            )
            rows[MessageRef(channel: command.channel, id: message.id)] = message
            if let key { nonces[key] = message.id }
            publish("created \(version) \(draft.content)", command, record)
            answer(command, "created \(version)")
        case .edit(let id, let edit):
            let ref = MessageRef(channel: command.channel, id: id)
            guard var message = rows[ref], message.deletedAt == nil else {
                return answer(command, "refused unknownMessage")
            }
            guard message.author == command.actor else { return answer(command, "refused notTheAuthor") }
            message.content = edit.content ?? message.content
            message.editedAt = record.position.timestamp
            message.version = version
            rows[ref] = message
            publish("updated \(id) \(version) \(message.content)", command, record)
            answer(command, "updated \(id) \(version) \(message.content)")
        case .delete(let id):
            let ref = MessageRef(channel: command.channel, id: id)
            guard let message = rows[ref], message.deletedAt == nil else {
                return answer(command, "refused unknownMessage")
            }
            guard message.author == command.actor || isModerator else {
                return answer(command, "refused missingPermission")
            }
            remove([ref], version, record)
            publish("deleted \(id) \(command.channel)", command, record)
            answer(command, "deleted \(id) \(command.channel)")
        case .deleteMany(let ids):
            guard isModerator else { return answer(command, "refused missingPermission") }
            let refs = Set(ids).sorted().map { MessageRef(channel: command.channel, id: $0) }
                .filter { rows[$0]?.deletedAt == nil && rows[$0] != nil }
            remove(refs, version, record)
            let name = "deleted many \(refs.map(\.id)) \(command.channel)"
            if !refs.isEmpty { publish(name, command, record) }
            answer(command, name)
        case .react(let id, let change): react(id, change, command, record)
        case .unreact(let id, let emoji, let user):
            let name = "unreacted \(id) \(emoji.key) \(user)"
            guard let ref = alive(id, command) else { return }
            guard user == command.actor || isModerator else { return answer(command, "refused missingPermission") }
            if reactions[ref]?[emoji.key]?.remove(user) != nil { publish(name, command, record) }
            if reactions[ref]?[emoji.key]?.isEmpty == true { reactions[ref]?[emoji.key] = nil }
            answer(command, name)
        case .clearReactions(let id, let emoji):
            let name = "cleared \(id) \(emoji?.key ?? "all")"
            guard let ref = alive(id, command) else { return }
            guard isModerator else { return answer(command, "refused missingPermission") }
            let before = reactions[ref] ?? [:]
            reactions[ref] = emoji == nil ? [:] : before.filter { $0.key != emoji?.key }
            if reactions[ref]?.count != before.count { publish(name, command, record) }
            answer(command, name)
        case .pin(let id): pin(id, at: record.position.timestamp, version, command, record)
        case .unpin(let id): pin(id, at: nil, version, command, record)
        }
    }

    private mutating func alive(_ id: MessageID, _ command: MessageCommand) -> MessageRef? {
        let ref = MessageRef(channel: command.channel, id: id)
        guard let message = rows[ref], message.deletedAt == nil else {
            answer(command, "refused unknownMessage")
            return nil
        }
        return ref
    }

    private mutating func react(
        _ id: MessageID, _ change: ReactionChange, _ command: MessageCommand, _ record: LogRecord
    ) {
        let name = "reacted \(id) \(change.emoji.key) \(command.actor)"
        guard let ref = alive(id, command) else { return }
        let there = reactions[ref] ?? [:]
        if there[change.emoji.key]?.contains(command.actor) == true { return answer(command, name) }
        if there[change.emoji.key] == nil {
            guard change.mayBeFirst else { return answer(command, "refused missingPermission") }
            guard there.count < Limits.reactionsPerMessageMax else {
                return answer(command, "refused tooManyReactions")
            }
        }
        reactions[ref, default: [:]][change.emoji.key, default: []].insert(command.actor)
        publish(name, command, record)
        answer(command, name)
    }

    private mutating func pin(
        _ id: MessageID, at time: UInt64?, _ version: UInt64, _ command: MessageCommand, _ record: LogRecord
    ) {
        guard let ref = alive(id, command) else { return }
        let isChange = rows[ref]?.isPinned != (time != nil)
        if isChange, time != nil {
            let pinned = rows.values.count { $0.channel == ref.channel && $0.isPinned && $0.deletedAt == nil }
            guard pinned < Limits.pinsPerChannelMax else { return answer(command, "refused tooManyPins") }
        }
        if isChange {
            rows[ref]?.pinnedAt = time
            rows[ref]?.version = version
            publish("pins \(id)", command, record)
        }
        answer(command, "pins \(id)")
    }

    private mutating func remove(_ refs: [MessageRef], _ version: UInt64, _ record: LogRecord) {
        for ref in refs {
            rows[ref]?.deletedAt = record.position.timestamp
            rows[ref]?.version = version
        }
    }

    private mutating func publish(_ event: String, _ command: MessageCommand, _ record: LogRecord) {
        positions[command.channel, default: []].append(record.position.offset + 1)
        events[command.channel, default: []].append(event)
    }

    private mutating func answer(_ command: MessageCommand, _ name: String) {
        guard let origin = command.origin else { return }
        answers[origin.request] = name
    }
}
