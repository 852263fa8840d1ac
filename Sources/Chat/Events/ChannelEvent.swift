/// Something that happened in a channel, as the topic `messages-stored` keeps it and as `channel:{id}` carries it to gateways.
package enum ChannelEvent: Hashable, Sendable {
    case messageCreated(HydratedMessage)
    case messageUpdated(HydratedMessage)
    case messageDeleted(MessageID, channel: ChannelID, guild: GuildID?)
    case messagesDeleted([MessageID], channel: ChannelID, guild: GuildID?)

    package var channel: ChannelID {
        switch self {
        case .messageCreated(let message), .messageUpdated(let message): message.message.channel
        case .messageDeleted(_, let channel, _), .messagesDeleted(_, let channel, _): channel
        }
    }

    package var guild: GuildID? {
        switch self {
        case .messageCreated(let message), .messageUpdated(let message): message.message.guild
        case .messageDeleted(_, _, let guild), .messagesDeleted(_, _, let guild): guild
        }
    }
}

extension ChannelEvent: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
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
        }
    }
}
