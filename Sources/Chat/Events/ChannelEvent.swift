/// Something that happened in a channel, as the topic `messages-stored` keeps it and as `channel:{id}` carries it to gateways.
package enum ChannelEvent: Hashable, Sendable {
    case messageCreated(HydratedMessage)
    case messageUpdated(HydratedMessage)
    case messageDeleted(MessageID, channel: ChannelID, guild: GuildID?)
    case messagesDeleted([MessageID], channel: ChannelID, guild: GuildID?)
    // Indirect, so that events are small: they are handed on many times on their way.
    indirect case reactionAdded(ReactionNote)
    indirect case reactionRemoved(ReactionNote)
    indirect case reactionsCleared(ReactionClearing)
    /// A message was pinned or unpinned; `lastPinAt` is when the channel last had one pinned, in Unix milliseconds.
    case pinsChanged(HydratedMessage, lastPinAt: UInt64?)

    package var channel: ChannelID {
        switch self {
        case .messageCreated(let message), .messageUpdated(let message): message.message.channel
        case .messageDeleted(_, let channel, _), .messagesDeleted(_, let channel, _): channel
        case .reactionAdded(let note), .reactionRemoved(let note): note.channel
        case .reactionsCleared(let clearing): clearing.channel
        case .pinsChanged(let message, _): message.message.channel
        }
    }

    package var guild: GuildID? {
        switch self {
        case .messageCreated(let message), .messageUpdated(let message): message.message.guild
        case .messageDeleted(_, _, let guild), .messagesDeleted(_, _, let guild): guild
        case .reactionAdded(let note), .reactionRemoved(let note): note.guild
        case .reactionsCleared(let clearing): clearing.guild
        case .pinsChanged(let message, _): message.message.guild
        }
    }
}

extension ChannelEvent: RecordCodable {
    /// Reads over what a ``StoredEvent`` says of its origin.
    package init(from reader: inout RecordReader) throws(RecordError) {
        var kind = try reader.readByte()
        if kind == StoredEvent.mark {
            _ = try StoredEvent.origin(from: &reader)
            kind = try reader.readByte()
        }
        try self.init(kind: kind, from: &reader)
    }

    init(kind: UInt8, from reader: inout RecordReader) throws(RecordError) {
        switch kind {
        case 0: self = .messageCreated(try HydratedMessage(from: &reader))
        case 1: self = .messageUpdated(try HydratedMessage(from: &reader))
        case 2:
            self = .messageDeleted(
                try reader.readID(), channel: try reader.readID(),
                guild: try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
            )
        case 3:
            self = .messagesDeleted(
                try reader.readList { (reader) throws(RecordError) in try reader.readID() },
                channel: try reader.readID(),
                guild: try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
            )
        case 4: self = .reactionAdded(try ReactionNote(from: &reader))
        case 5: self = .reactionRemoved(try ReactionNote(from: &reader))
        case 6: self = .reactionsCleared(try ReactionClearing(from: &reader))
        case 7:
            self = .pinsChanged(
                try HydratedMessage(from: &reader),
                lastPinAt: try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
            )
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .messageCreated(let message):
            writer.write(UInt8(0))
            writer.write(message)
        case .messageUpdated(let message):
            writer.write(UInt8(1))
            writer.write(message)
        case .messageDeleted(let id, let channel, let guild):
            writer.write(UInt8(2))
            writer.write(id)
            writer.write(channel)
            writer.write(optional: guild) { $0.write($1) }
        case .messagesDeleted(let ids, let channel, let guild):
            writer.write(UInt8(3))
            writer.write(list: ids) { $0.write($1) }
            writer.write(channel)
            writer.write(optional: guild) { $0.write($1) }
        case .reactionAdded(let note):
            writer.write(UInt8(4))
            writer.write(note)
        case .reactionRemoved(let note):
            writer.write(UInt8(5))
            writer.write(note)
        case .reactionsCleared(let clearing):
            writer.write(UInt8(6))
            writer.write(clearing)
        case .pinsChanged(let message, let lastPinAt):
            writer.write(UInt8(7))
            writer.write(message)
            writer.write(optional: lastPinAt) { $0.write($1) }
        }
    }
}
