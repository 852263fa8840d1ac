import Chat
import Interface

// Reactions: decided against what this batch and the store hold.
//
// As with edits, the store may be ahead of the record: it was processed before a crash. The version of the message's
// reactions tells:
//   stored version < record's    the ordinary case: the store holds what was before the record
//   stored version ≥ record's    its fate the first time is its fate; nothing is written again
extension BatchPlanner {
    /// A repeated reaction changes nothing, and nobody hears of it. A new emoji takes ADD_REACTIONS and room.
    mutating func react(
        to id: MessageID, _ change: ReactionChange, _ command: MessageCommand, _ version: UInt64,
        _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        let ref = MessageRef(channel: command.channel, id: id)
        guard case .alive(let message, _) = standing(of: ref, at: version) else { return .refused(.unknownMessage) }
        let sheet = sheet(of: ref)
        var note = Self.note(of: message, change.emoji, command.actor)
        if command.guild != nil, let member = change.member {
            note.member = MemberProfile(user: change.user, member: member)
        }
        let fate: CommandFate.Kind
        if sheet.storedVersion >= version {
            fate = self.fate(of: version, in: command.channel)
        } else if sheet.has(command.actor, change.emoji, stored: isStored(command.actor, change.emoji, to: ref)) {
            fate = .unchanged
        } else if !sheet.has(change.emoji), !change.mayBeFirst {
            fate = .missingPermission
        } else if !sheet.has(change.emoji), sheet.tallies.count >= Limits.reactionsPerMessageMax {
            fate = .tooMany
        } else {
            fate = .changed
            sheets[ref]?.add(command.actor, change.emoji)
            write(.add(change.emoji, command.actor), to: ref, version, &entry)
        }
        return close(fate, .reactionAdded(note), command, version, &entry, full: .tooManyReactions)
    }

    /// The reaction of another takes MANAGE_MESSAGES.
    mutating func unreact(
        to id: MessageID, _ emoji: ReactionEmoji, of user: UserID, _ command: MessageCommand, _ version: UInt64,
        _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        let ref = MessageRef(channel: command.channel, id: id)
        guard case .alive(let message, _) = standing(of: ref, at: version) else { return .refused(.unknownMessage) }
        let isAllowed = user == command.actor || isModerator(command)
        let sheet = sheet(of: ref)
        let fate: CommandFate.Kind
        if sheet.storedVersion >= version {
            fate = self.fate(of: version, in: command.channel)
        } else if !isAllowed {
            fate = .missingPermission
        } else if !sheet.has(user, emoji, stored: isStored(user, emoji, to: ref)) {
            fate = .unchanged
        } else {
            fate = .changed
            sheets[ref]?.remove(user, emoji)
            write(.remove(emoji, user), to: ref, version, &entry)
        }
        let event = ChannelEvent.reactionRemoved(Self.note(of: message, emoji, user))
        return close(fate, event, command, version, &entry, full: .tooManyReactions)
    }

    /// Takes MANAGE_MESSAGES.
    mutating func clearReactions(
        to id: MessageID, _ emoji: ReactionEmoji?, _ command: MessageCommand, _ version: UInt64,
        _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        let ref = MessageRef(channel: command.channel, id: id)
        guard case .alive = standing(of: ref, at: version) else { return .refused(.unknownMessage) }
        let isAllowed = isModerator(command)
        let sheet = sheet(of: ref)
        let fate: CommandFate.Kind
        if sheet.storedVersion >= version {
            fate = self.fate(of: version, in: command.channel)
        } else if !isAllowed {
            fate = .missingPermission
        } else if !(emoji.map(sheet.has) ?? !sheet.tallies.isEmpty) {
            fate = .unchanged
        } else {
            fate = .changed
            sheets[ref]?.clear(emoji)
            write(.clear(emoji), to: ref, version, &entry)
        }
        let clearing = ReactionClearing(message: id, channel: command.channel, guild: command.guild, emoji: emoji)
        return close(fate, .reactionsCleared(clearing), command, version, &entry, full: .tooManyReactions)
    }

    /// Enters a fate, and whom it concerns.
    /// - Parameter full: what it is called when there is no room.
    func close(
        _ fate: CommandFate.Kind, _ event: ChannelEvent, _ command: MessageCommand, _ version: UInt64,
        _ entry: inout ChatPlan.Entry, full: CommandOutcome.Refusal
    ) -> CommandOutcome.Result {
        entry.fate = CommandFate(channel: command.channel, version: version, kind: fate)
        switch fate {
        case .changed:
            if case .pinsChanged = event { entry.verdict = .pinned } else { entry.verdict = .reacted }
            entry.event = event
            return .done(event)
        case .unchanged:
            entry.verdict = .unchanged
            return .done(event)
        case .missingPermission:
            return .refused(.missingPermission)
        case .tooMany:
            return .refused(full)
        }
    }

    private func write(
        _ change: ReactionWrite.Change, to ref: MessageRef, _ version: UInt64, _ entry: inout ChatPlan.Entry
    ) {
        entry.reactions = [ReactionWrite(channel: ref.channel, message: ref.id, change: change, version: version)]
    }

    private static func note(of message: Message, _ emoji: ReactionEmoji, _ user: UserID) -> ReactionNote {
        ReactionNote(
            message: message.id, channel: message.channel, guild: message.guild, emoji: emoji, user: user,
            author: message.author)
    }

    // What is known, and what has to be.

    private mutating func sheet(of ref: MessageRef) -> ReactionSheet {
        if let sheet = sheets[ref] { return sheet }
        needReactions(to: ref)
        let sheet = ReactionSheet(knowledge.reactions[ref] ?? MessageReactions())
        sheets[ref] = sheet
        return sheet
    }

    private mutating func isStored(_ user: UserID, _ emoji: ReactionEmoji, to ref: MessageRef) -> Bool {
        let name = ReactionRef(message: ref, emoji: emoji, user: user)
        if knowledge.reactors[name] == nil { needs.reactors.insert(name) }
        return knowledge.reactors[name] ?? false
    }

    /// What became of a command the first time. One that is older than what the store remembers is not told again.
    mutating func fate(of version: UInt64, in channel: ChannelID) -> CommandFate.Kind {
        let name = FateRef(channel: channel, version: version)
        guard let known = knowledge.fates[name] else {
            needs.fates.insert(name)
            return .unchanged
        }
        return known ?? .unchanged
    }

    mutating func needReactions(to ref: MessageRef) {
        needMessage(ref)
        if knowledge.reactions[ref] == nil { needs.reactions.insert(ref) }
    }

    mutating func needReaction(of user: UserID, _ emoji: ReactionEmoji, to ref: MessageRef) {
        needReactions(to: ref)
        _ = isStored(user, emoji, to: ref)
    }
}
