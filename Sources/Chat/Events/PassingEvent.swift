/// What happens in a guild and leaves no trace, as `guild:{id}:presence` carries it to the gateways where somebody looks.
package enum PassingEvent: Hashable, Sendable {
    /// What others see of a member has changed.
    case presence(Presence)
    /// Somebody is writing in a channel.
    case typing(TypingNotice)
    /// A member came into a voice channel, left it, or is heard differently there.
    case voice(VoiceChange)
    /// Something was recorded in the guild's audit log. Delivered like messages: it is not shed.
    case audited(AuditEntry)
    /// A channel's webhooks are others now.
    case webhooksChanged(ChannelID)
}

/// Somebody is writing, in a guild's channel or a direct one; it is over after ten seconds, or with the message.
package struct TypingNotice: Hashable, Sendable {
    package var channel: ChannelID
    package var user: UserID
    /// In guilds.
    package var member: MemberProfile?
    package var guild: GuildID?
    /// Unix seconds.
    package var at: UInt64

    package init(channel: ChannelID, user: UserID, member: MemberProfile?, guild: GuildID?, at: UInt64) {
        self.channel = channel
        self.user = user
        self.member = member
        self.guild = guild
        self.at = at
    }
}

/// A step of a member between voice channels, with what those who see either of them need to know.
package struct VoiceChange: Hashable, Sendable {
    /// `nil` for one who is a member no longer.
    package var member: MemberProfile?
    /// As it is now; `nil` when the member has left.
    package var now: VoiceState?
    /// As it was; `nil` when the member was in no channel.
    package var before: VoiceState?

    package init(member: MemberProfile?, now: VoiceState?, before: VoiceState?) {
        self.member = member
        self.now = now
        self.before = before
    }
}

extension PassingEvent: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: self = .presence(try Presence(from: &reader))
        case 1: self = .typing(try TypingNotice(from: &reader))
        case 2: self = .voice(try VoiceChange(from: &reader))
        case 3: self = .audited(try AuditEntry(from: &reader))
        case 4: self = .webhooksChanged(try reader.readID())
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .presence(let presence): writer.write(UInt8(0)); writer.write(presence)
        case .typing(let notice): writer.write(UInt8(1)); writer.write(notice)
        case .voice(let change): writer.write(UInt8(2)); writer.write(change)
        case .audited(let entry): writer.write(UInt8(3)); writer.write(entry)
        case .webhooksChanged(let channel): writer.write(UInt8(4)); writer.write(channel)
        }
    }
}

extension TypingNotice: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        channel = try reader.readID()
        user = try reader.readID()
        member = try reader.readOptional { (reader) throws(RecordError) in try MemberProfile(from: &reader) }
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        at = try reader.readUInt64()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(channel)
        writer.write(user)
        writer.write(optional: member) { $0.write($1) }
        writer.write(optional: guild) { $0.write($1) }
        writer.write(at)
    }
}

extension VoiceChange: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        member = try reader.readOptional { (reader) throws(RecordError) in try MemberProfile(from: &reader) }
        now = try reader.readOptional { (reader) throws(RecordError) in try VoiceState(from: &reader) }
        before = try reader.readOptional { (reader) throws(RecordError) in try VoiceState(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(optional: member) { $0.write($1) }
        writer.write(optional: now) { $0.write($1) }
        writer.write(optional: before) { $0.write($1) }
    }
}
