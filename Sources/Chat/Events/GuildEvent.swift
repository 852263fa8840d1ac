/// A change of a guild, as `guild:{id}` carries it to gateways. Its position on that stream is the guild's epoch after the change.
package enum GuildEvent: Hashable, Sendable {
    case guildUpdated
    case guildDeleted
    case channelCreated(Channel)
    case channelUpdated(Channel)
    case channelDeleted(Channel)
    case roleCreated(Role)
    case roleUpdated(Role)
    case roleDeleted(RoleID)
    case memberAdded(MemberProfile)
    case memberUpdated(MemberProfile)
    case memberRemoved(User)
    /// A user is kept out from now on, and is no member any more.
    case memberBanned(User, wasMember: Bool)
    case memberUnbanned(User)
}

extension GuildEvent: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: self = .guildUpdated
        case 1: self = .guildDeleted
        case 2: self = .channelCreated(try Channel(from: &reader))
        case 3: self = .channelUpdated(try Channel(from: &reader))
        case 4: self = .channelDeleted(try Channel(from: &reader))
        case 5: self = .roleCreated(try Role(from: &reader))
        case 6: self = .roleUpdated(try Role(from: &reader))
        case 7: self = .roleDeleted(try reader.readID())
        case 8: self = .memberAdded(try MemberProfile(from: &reader))
        case 9: self = .memberUpdated(try MemberProfile(from: &reader))
        case 10: self = .memberRemoved(try User(from: &reader))
        case 11: self = .memberBanned(try User(from: &reader), wasMember: try reader.readBool())
        case 12: self = .memberUnbanned(try User(from: &reader))
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .guildUpdated: writer.write(UInt8(0))
        case .guildDeleted: writer.write(UInt8(1))
        case .channelCreated(let channel): writer.write(UInt8(2)); writer.write(channel)
        case .channelUpdated(let channel): writer.write(UInt8(3)); writer.write(channel)
        case .channelDeleted(let channel): writer.write(UInt8(4)); writer.write(channel)
        case .roleCreated(let role): writer.write(UInt8(5)); writer.write(role)
        case .roleUpdated(let role): writer.write(UInt8(6)); writer.write(role)
        case .roleDeleted(let role): writer.write(UInt8(7)); writer.write(role)
        case .memberAdded(let profile): writer.write(UInt8(8)); writer.write(profile)
        case .memberUpdated(let profile): writer.write(UInt8(9)); writer.write(profile)
        case .memberRemoved(let user): writer.write(UInt8(10)); writer.write(user)
        case .memberBanned(let user, let wasMember):
            writer.write(UInt8(11))
            writer.write(user)
            writer.write(wasMember)
        case .memberUnbanned(let user): writer.write(UInt8(12)); writer.write(user)
        }
    }
}

/// Something that concerns one user wherever they are connected, as `user:{id}` carries it.
package enum UserEvent: Hashable, Sendable {
    /// The user is now a member of a guild.
    case guildJoined(GuildID)
    /// The user is no longer a member, or the guild is gone.
    case guildLeft(GuildID)
    /// The user's own name or avatar changed.
    case userUpdated(User)
    /// Tokens of the user were revoked: every session opened with one of these ends now.
    case tokensRevoked([TokenHash])
    /// Something happened, or is just about to, in a direct channel of the user: its stream has it at this position.
    /// Comes before the event itself, and again when that is redelivered, so that it may name one that was seen before.
    case directActivity(ChannelID, position: UInt64)
    /// A direct channel of the user has come, changed or gone.
    case direct(DirectNotice)
    /// The user has read on, or back, on some device.
    case acknowledged(ReadNotice)
    /// A message mentions the user by name. Comes again when it is redelivered.
    case mentioned(ReadNotice)
    /// Somebody is writing in a direct channel of the user.
    case typing(TypingNotice)
    /// The user wants to be told of messages in another way.
    case settingsChanged(NotificationSettings)
    /// The user is in a voice channel now, or in another, or heard differently; or, when it is not there any more, was last so.
    case heard(VoiceState, isThere: Bool)
}

/// The SHA-256 of a token: 32 bytes. Tokens themselves are never kept.
package struct TokenHash: Hashable, Sendable {
    package var bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

extension UserEvent: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: self = .guildJoined(try reader.readID())
        case 1: self = .guildLeft(try reader.readID())
        case 2: self = .userUpdated(try User(from: &reader))
        case 3:
            self = .tokensRevoked(
                try reader.readList { (reader) throws(RecordError) in TokenHash(bytes: try reader.readBytes()) }
            )
        case 4: self = .directActivity(try reader.readID(), position: try reader.readUInt64())
        case 5: self = .direct(try DirectNotice(from: &reader))
        case 6: self = .acknowledged(try ReadNotice(from: &reader))
        case 7: self = .mentioned(try ReadNotice(from: &reader))
        case 8: self = .typing(try TypingNotice(from: &reader))
        case 9: self = .settingsChanged(try NotificationSettings(from: &reader))
        case 10: self = .heard(try VoiceState(from: &reader), isThere: try reader.readBool())
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .guildJoined(let guild): writer.write(UInt8(0)); writer.write(guild)
        case .guildLeft(let guild): writer.write(UInt8(1)); writer.write(guild)
        case .userUpdated(let user): writer.write(UInt8(2)); writer.write(user)
        case .tokensRevoked(let hashes):
            writer.write(UInt8(3))
            writer.write(list: hashes) { $0.write($1.bytes) }
        case .directActivity(let channel, let position):
            writer.write(UInt8(4))
            writer.write(channel)
            writer.write(position)
        case .direct(let notice):
            writer.write(UInt8(5))
            writer.write(notice)
        case .acknowledged(let notice):
            writer.write(UInt8(6))
            writer.write(notice)
        case .mentioned(let notice):
            writer.write(UInt8(7))
            writer.write(notice)
        case .typing(let notice):
            writer.write(UInt8(8))
            writer.write(notice)
        case .settingsChanged(let settings):
            writer.write(UInt8(9))
            writer.write(settings)
        case .heard(let state, let isThere):
            writer.write(UInt8(10))
            writer.write(state)
            writer.write(isThere)
        }
    }
}
