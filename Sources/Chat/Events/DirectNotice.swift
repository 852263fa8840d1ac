/// What a party hears of a direct channel beside its messages, as `user:{id}` carries it.
package enum DirectNotice: Hashable, Sendable {
    package enum Change: UInt8, Hashable, Sendable {
        /// It is in the user's list now.
        case created = 0
        case updated = 1
        /// It is not in the list any more: the user has left or closed it.
        case deleted = 2
    }

    /// The channel itself, with its recipients as the user sees them.
    case channel(Change, DirectChannel, recipients: [User])
    /// Somebody else has come into a group.
    case recipientAdded(User, to: ChannelID)
    case recipientRemoved(User, from: ChannelID)
}

extension DirectNotice: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0:
            guard let change = Change(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
            self = .channel(
                change, try DirectChannel(from: &reader),
                recipients: try reader.readList { (reader) throws(RecordError) in try User(from: &reader) })
        case 1: self = .recipientAdded(try User(from: &reader), to: try reader.readID())
        case 2: self = .recipientRemoved(try User(from: &reader), from: try reader.readID())
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .channel(let change, let channel, let recipients):
            writer.write(UInt8(0))
            writer.write(change.rawValue)
            writer.write(channel)
            writer.write(list: recipients) { $0.write($1) }
        case .recipientAdded(let user, let channel):
            writer.write(UInt8(1))
            writer.write(user)
            writer.write(channel)
        case .recipientRemoved(let user, let channel):
            writer.write(UInt8(2))
            writer.write(user)
            writer.write(channel)
        }
    }
}
