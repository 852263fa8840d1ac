import Chat
import Interface

// Edits and deletes: decided against what this batch and the store hold.
//
// The store may be ahead of the record: a crash after the write and before the commit makes the records come again. A
// stored version says which record made the row, so that the record's fate the first time can be read off it:
//   stored version < record's    the ordinary case
//   stored version = record's    this very record was applied
//   stored version > record's    a later record was applied; the message was alive here: a deleted one takes no writes
extension BatchPlanner {
    enum Standing {
        case unknown
        /// `isOutrun`: the store holds the work of a later record.
        case alive(Message, isOutrun: Bool)
        case deletedByThisRecord(Message)
    }

    mutating func standing(of ref: MessageRef, at version: UInt64) -> Standing {
        // An id that is not below the record's own belongs to a message that did not exist yet.
        guard ref.id.rawValue < version else { return .unknown }
        let stored = storedMessage(ref)
        if let stored, stored.version == version, stored.deletedAt != nil { return .deletedByThisRecord(stored) }
        let isOutrun = stored.map { $0.version > version } ?? false
        if let mine = message(of: ref) {
            return mine.deletedAt == nil ? .alive(mine, isOutrun: isOutrun) : .unknown
        }
        guard var base = stored else { return .unknown }
        if isOutrun { base.deletedAt = nil }
        return base.deletedAt == nil ? .alive(base, isOutrun: isOutrun) : .unknown
    }

    /// Only the author edits. An event made again while the store is ahead may show later states of the parts that this
    /// edit left alone; the later events follow it, and the row keeps the later version.
    mutating func edit(
        _ id: MessageID, _ edit: MessageEdit, _ command: MessageCommand, _ version: UInt64,
        _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        let ref = MessageRef(channel: command.channel, id: id)
        guard case .alive(var message, let isOutrun) = standing(of: ref, at: version) else {
            return .refused(.unknownMessage)
        }
        guard message.author == command.actor else { return .refused(.notTheAuthor) }
        message.content = edit.content ?? message.content
        message.embeds = edit.embeds ?? message.embeds
        message.flags = edit.flags ?? message.flags
        if let change = edit.attachments { message.attachments = change.applied(to: message.attachments) }
        let isEmpty = message.content.isEmpty && message.embeds.isEmpty && message.attachments.isEmpty
        guard isOutrun || !isEmpty else { return .refused(.emptyMessage) }
        guard isOutrun || message.attachments.count <= Limits.attachmentsPerMessageMax else {
            return .refused(.tooManyFiles)
        }
        var mentioned = edit.mentioned
        if let mentions = edit.mentions {
            message.mentions = mentions
        } else {
            mentioned = users(message.mentions.users)
        }
        message.editedAt = entry.record.position.timestamp
        message.version = version
        let event = ChannelEvent.messageUpdated(
            HydratedMessage(
                message: message, author: edit.author, member: edit.member, mentioned: mentioned,
                referenced: message.kind == .reply ? quotation(in: message, at: version) ?? .deleted : nil)
        )
        entry.verdict = .edited
        entry.writes = [MessageWrite(message: message)]
        entry.event = event
        return .done(event)
    }

    /// The author deletes, or who holds MANAGE_MESSAGES now.
    mutating func delete(
        _ id: MessageID, _ command: MessageCommand, _ version: UInt64, _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        switch standing(of: MessageRef(channel: command.channel, id: id), at: version) {
        case .unknown:
            return .refused(.unknownMessage)
        case .alive(let message, let isOutrun):
            // Had this record deleted the message, no later one could have written it: it was refused the first time.
            guard !isOutrun, message.author == command.actor || isModerator(command) else {
                return .refused(.missingPermission)
            }
            notePinGone(message)
            entry.writes = [Self.deletion(of: message, entry.record, version)]
        case .deletedByThisRecord(let message):
            entry.writes = [MessageWrite(message: message)]
        }
        let event = ChannelEvent.messageDeleted(id, channel: command.channel, guild: command.guild)
        entry.verdict = .deleted
        entry.event = event
        return .done(event)
    }

    /// Takes MANAGE_MESSAGES, whoever wrote the messages. Unknown ids are skipped; when none is left nobody hears of it
    /// but the one who asked.
    mutating func deleteMany(
        _ ids: [MessageID], _ command: MessageCommand, _ version: UInt64, _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        var writes: [MessageWrite] = []
        var wasAllowed = false
        for id in Set(ids).sorted() {
            switch standing(of: MessageRef(channel: command.channel, id: id), at: version) {
            case .unknown, .alive(_, isOutrun: true): continue
            case .alive(let message, isOutrun: false): writes.append(Self.deletion(of: message, entry.record, version))
            case .deletedByThisRecord(let message):
                wasAllowed = true
                writes.append(MessageWrite(message: message))
            }
        }
        guard wasAllowed || isModerator(command) else { return .refused(.missingPermission) }
        let event = ChannelEvent.messagesDeleted(
            writes.map(\.message.id), channel: command.channel, guild: command.guild)
        guard !writes.isEmpty else { return .done(event) }
        for write in writes where write.changesPins { notePinGone(write.message) }
        entry.verdict = .deleted
        entry.writes = writes
        entry.event = event
        return .done(event)
    }

    private static func deletion(of message: Message, _ record: LogRecord, _ version: UInt64) -> MessageWrite {
        var deleted = message
        deleted.deletedAt = record.position.timestamp
        deleted.version = version
        return MessageWrite(message: deleted, changesPins: message.isPinned)
    }
}
