import Chat
import Interface

/// What a batch changes of a channel's pins.
struct PinChange: Sendable {
    /// How many more there are.
    var count = 0
    /// When one was last pinned by the batch, in Unix milliseconds.
    var lastPinAt: UInt64?
}

// Pins: decided against what this batch and the store hold. As with reactions, the version of the channel's pins tells
// whether the store is ahead of the record.
extension BatchPlanner {
    mutating func pin(
        _ id: MessageID, _ command: MessageCommand, _ version: UInt64, _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        changePin(of: id, to: entry.record.position.timestamp, command, version, &entry)
    }

    mutating func unpin(
        _ id: MessageID, _ command: MessageCommand, _ version: UInt64, _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        changePin(of: id, to: nil, command, version, &entry)
    }

    private mutating func changePin(
        of id: MessageID, to pinnedAt: UInt64?, _ command: MessageCommand, _ version: UInt64,
        _ entry: inout ChatPlan.Entry
    ) -> CommandOutcome.Result {
        let ref = MessageRef(channel: command.channel, id: id)
        guard case .alive(var message, _) = standing(of: ref, at: version) else { return .refused(.unknownMessage) }
        needPins(of: command.channel)
        let stored = knowledge.pins[command.channel] ?? ChannelPins()
        let change = pinChanges[command.channel] ?? PinChange()
        let fate: CommandFate.Kind
        if stored.version >= version {
            fate = self.fate(of: version, in: command.channel)
        } else if message.isPinned == (pinnedAt != nil) {
            fate = .unchanged
        } else if pinnedAt != nil, stored.messages.count + change.count >= Limits.pinsPerChannelMax {
            fate = .tooMany
        } else {
            fate = .changed
            message.pinnedAt = pinnedAt
            message.version = version
            entry.writes = [MessageWrite(message: message, changesPins: true)]
            pinChanges[command.channel] = PinChange(
                count: change.count + (pinnedAt == nil ? -1 : 1), lastPinAt: pinnedAt ?? change.lastPinAt)
        }
        let hydrated = HydratedMessage(
            message: message, author: author(of: message), member: nil, mentioned: users(message.mentions.users),
            referenced: message.kind == .reply ? quotation(in: message, at: version) ?? .deleted : nil)
        let lastPinAt = pinChanges[command.channel]?.lastPinAt ?? stored.lastPinAt
        let event = ChannelEvent.pinsChanged(hydrated, lastPinAt: lastPinAt)
        return close(fate, event, command, version, &entry, full: .tooManyPins)
    }

    /// Notes that a message goes that may be pinned.
    mutating func notePinGone(_ message: Message) {
        guard message.isPinned else { return }
        pinChanges[message.channel, default: PinChange()].count -= 1
    }

    mutating func needPins(of channel: ChannelID) {
        if knowledge.pins[channel] == nil { needs.pins.insert(channel) }
    }
}
