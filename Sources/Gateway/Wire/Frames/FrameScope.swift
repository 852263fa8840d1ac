package import Chat

/// To whom a dispatch may be sent once more: what has to hold of a session's user when it is.
package enum FrameScope: Hashable, Sendable {
    /// It is the user's own, or tells only that something is out of sight.
    case anybody
    case member(of: GuildID)
    /// Whoever sees the channel.
    case viewer(of: ChannelID, in: GuildID)
    /// The same; tells of the channel itself, so that who is not told of it is not told of its end either.
    case arrival(of: ChannelID, in: GuildID)
    /// Whoever has been told of the channel.
    case departure(of: ChannelID)
    /// Whoever sees the channel. For the others there is the frame that is encoded next, within its own scope.
    case viewerOrNext(of: ChannelID, in: GuildID)
    /// Whoever may read the channel back. For the others there is the frame that is encoded next.
    case readerOrNext(of: ChannelID, in: GuildID)
    /// Whoever holds one of these permissions in the guild as a whole.
    case moderator(of: GuildID, holding: Permissions)
    /// A party of the direct channel.
    case party(to: ChannelID)
    /// Whoever is in the guild. Tells of all of its channels that were in sight by the state of this epoch: what is not any more is taken out.
    case creation(of: GuildID, epoch: UInt64)
    /// Nobody: how far the user has read is told anew, as it is then, from this version of the user's read states on.
    case readState(version: UInt64)

    /// Who sees a channel, of a guild or direct.
    package static func seeing(_ channel: ChannelID, of guild: GuildID?) -> FrameScope {
        if let guild { .viewer(of: channel, in: guild) } else { .party(to: channel) }
    }
}

extension FrameScope: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        self =
            switch try reader.readByte() {
            case 0: .anybody
            case 1: .member(of: try reader.readID())
            case 2: .viewer(of: try reader.readID(), in: try reader.readID())
            case 3: .arrival(of: try reader.readID(), in: try reader.readID())
            case 4: .departure(of: try reader.readID())
            case 5: .viewerOrNext(of: try reader.readID(), in: try reader.readID())
            case 6: .readerOrNext(of: try reader.readID(), in: try reader.readID())
            case 7:
                .moderator(of: try reader.readID(), holding: Permissions(rawValue: try reader.readUInt64()))
            case 8: .party(to: try reader.readID())
            case 9: .creation(of: try reader.readID(), epoch: try reader.readUInt64())
            case 10: .readState(version: try reader.readUInt64())
            default: throw reader.error(.malformed)
            }
    }

    package func encode(to writer: inout RecordWriter) {
        func write<Kind>(_ kind: UInt8, _ id: ID<Kind>, _ guild: GuildID? = nil) {
            writer.write(kind)
            writer.write(id)
            if let guild { writer.write(guild) }
        }
        switch self {
        case .anybody: writer.write(UInt8(0))
        case .member(let guild): write(1, guild)
        case .viewer(let channel, let guild): write(2, channel, guild)
        case .arrival(let channel, let guild): write(3, channel, guild)
        case .departure(let channel): write(4, channel)
        case .viewerOrNext(let channel, let guild): write(5, channel, guild)
        case .readerOrNext(let channel, let guild): write(6, channel, guild)
        case .moderator(let guild, let permissions):
            write(7, guild)
            writer.write(permissions.rawValue)
        case .party(let channel): write(8, channel)
        case .creation(let guild, let epoch):
            write(9, guild)
            writer.write(epoch)
        case .readState(let version):
            writer.write(UInt8(10))
            writer.write(version)
        }
    }
}
