package import Chat
package import Interface

/// Why a record goes to the dead letters.
package struct SetAside: Hashable, Sendable {
    package var code: String
    package var text: String
    package var attempts: UInt32
    /// Unix milliseconds.
    package var firstFailureAt: UInt64
    /// Unix milliseconds.
    package var lastFailureAt: UInt64

    package init(code: String, text: String, attempts: UInt32, firstFailureAt: UInt64, lastFailureAt: UInt64) {
        self.code = code
        self.text = text
        self.attempts = attempts
        self.firstFailureAt = firstFailureAt
        self.lastFailureAt = lastFailureAt
    }
}

/// All that a batch does, decided and not yet done.
package struct ChatPlan: Sendable {
    /// What became of one record.
    package enum Verdict: String, Hashable, Sendable, CaseIterable {
        case created, edited, deleted, duplicate, refused, reacted, pinned
        /// There was nothing to do: the reaction was there, the pin was gone.
        case unchanged
        case deadLettered = "dead_lettered"
    }

    package struct Entry: Sendable {
        package var record: LogRecord
        package var verdict: Verdict
        /// What the guild's permissions, or the direct channel, were when the record was accepted.
        package var epoch: UInt64 = 0
        package var guild: GuildID?
        package var writes: [MessageWrite] = []
        package var reactions: [ReactionWrite] = []
        package var fate: CommandFate?
        /// What everybody sees; `nil` when nothing changed.
        package var event: ChannelEvent?
        /// The event as a ``Chat/StoredEvent``, as it is kept and published: encoded once.
        package var eventBytes: [UInt8] = []
        /// In direct messages, whose sessions have to be told that there is an event.
        package var parties: [UserID] = []
        /// Who waits, and for what answer.
        package var answer: (origin: CommandOrigin, result: CommandOutcome.Result)?
        package var deadLetter: DeadLetter?
    }

    package internal(set) var entries: [Entry] = []
    /// The fold after the batch; its `previous` goes into the checkpoint.
    package private(set) var fold: MessageIDFold
    /// The offset of the next record.
    package internal(set) var next: UInt64
    /// The nonces that the batch brought, in order.
    package internal(set) var nonces: [(key: NonceKey, id: MessageID)] = []

    /// The first id that the batch drew; `nil` when it drew none.
    private(set) var firstDrawn: UInt64?

    init(fold: MessageIDFold, next: UInt64) {
        self.fold = fold
        self.next = next
    }

    /// Draws the next id; `timestamp` is the record's, in Unix milliseconds.
    mutating func draw(timestamp: UInt64) -> UInt64 {
        let id = fold.next(timestamp: timestamp)
        if firstDrawn == nil { firstDrawn = id }
        return id
    }

    /// The writes of the batch's first entries, in order.
    package func writes(ofFirst count: Int) -> StoreBatch {
        let first = entries.prefix(count)
        return StoreBatch(
            messages: first.flatMap(\.writes), reactions: first.flatMap(\.reactions), fates: first.compactMap(\.fate))
    }

    /// Events for `messages-stored`, and dead letters: one append, so that neither is there without the other.
    package func appends() -> [NewRecord] {
        var records: [NewRecord] = []
        records.reserveCapacity(entries.count)
        // By index, here and below: an entry is large, and a copy counts every reference in it.
        for index in entries.indices {
            let key = entries[index].record.key
            if entries[index].event != nil {
                records.append(NewRecord(topic: .messagesStored, key: key, payload: entries[index].eventBytes))
            }
            if let letter = entries[index].deadLetter {
                records.append(NewRecord(topic: .messagesDLQ, key: key, payload: letter.encoded()))
            }
        }
        return records
    }

    /// The newest message that the batch brought to each direct channel.
    package func newestInDirects() -> [ChannelID: MessageID] {
        var newest: [ChannelID: MessageID] = [:]
        for index in entries.indices where entries[index].verdict == .created && entries[index].guild == nil {
            for write in entries[index].writes { newest[write.message.channel] = write.message.id }
        }
        return newest
    }

    /// Whom the batch's new messages mention, in the order of the log: not their authors, and not bots, which read
    /// nothing.
    package func mentionNotes() -> [MentionNote] {
        entries.indices.compactMap { index in
            guard entries[index].verdict == .created, case .messageCreated(let hydrated)? = entries[index].event,
                !hydrated.message.mentions.isEmpty
            else { return nil }
            let message = hydrated.message
            let users = hydrated.mentioned.filter { !$0.isBot && $0.id != message.author }.map(\.id)
            let crowd = message.guild == nil ? nil : MentionNote.Crowd(message.mentions)
            guard !users.isEmpty || crowd != nil else { return nil }
            return MentionNote(
                message: message.id, channel: message.channel, guild: message.guild, author: message.author,
                users: users, crowd: crowd)
        }
    }

    /// Events to the channels' streams under the log's own positions, and answers to the edges that wait. Nobody is
    /// subscribed to a direct channel that is quiet, so that its parties' streams announce what comes, before it does.
    /// An announcement has no position of its own; that of a redelivered record says again what was said.
    package func publications() -> [FanoutMessage] {
        var messages: [FanoutMessage] = []
        messages.reserveCapacity(2 * entries.count)
        for index in entries.indices {
            let position = entries[index].record.position
            if let channel = entries[index].event?.channel {
                announce(position, in: channel, to: entries[index].parties, &messages)
                messages.append(
                    FanoutMessage(
                        topic: .channel(channel), position: position.offset + 1, epoch: entries[index].epoch,
                        acceptedAt: position.timestamp, payload: entries[index].eventBytes,
                        content: FanoutContent(entries[index].event)
                    )
                )
            }
            if let answer = entries[index].answer {
                let outcome = CommandOutcome(request: answer.origin.request, result: Self.told(answer))
                messages.append(
                    FanoutMessage(
                        topic: .node(answer.origin.node), position: nil, epoch: 0, acceptedAt: position.timestamp,
                        payload: outcome.encoded()
                    )
                )
            }
        }
        return messages
    }

    private static func told(_ answer: (origin: CommandOrigin, result: CommandOutcome.Result)) -> CommandOutcome.Result
    {
        if case .done = answer.result, !answer.origin.wantsEvent { return .settled }
        return answer.result
    }

    private func announce(
        _ position: RecordPosition, in channel: ChannelID, to parties: [UserID], _ messages: inout [FanoutMessage]
    ) {
        guard !parties.isEmpty else { return }
        let announcement = UserEvent.directActivity(channel, position: position.offset + 1).encoded()
        for party in parties {
            messages.append(
                FanoutMessage(
                    topic: .user(party), position: nil, epoch: 0, acceptedAt: position.timestamp, payload: announcement
                )
            )
        }
    }

    /// Where the group stands once the batch is done.
    package var checkpoint: Checkpoint {
        Checkpoint(next: next, state: ChatCheckpoint(previous: fold.previous).encoded())
    }
}

/// The chat service's own part of its checkpoint: what the fold needs to give a redelivered record the same id again.
package struct ChatCheckpoint: Hashable, Sendable {
    /// The id drawn last; 0 before the first.
    package var previous: UInt64

    package init(previous: UInt64) {
        self.previous = previous
    }
}

extension ChatCheckpoint: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        previous = try reader.readUInt64()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(previous)
    }
}
