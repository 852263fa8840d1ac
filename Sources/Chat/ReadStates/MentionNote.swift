/// Whom a new message mentions, as read states take note of it.
package struct MentionNote: Hashable, Sendable {
    package var message: MessageID
    package var channel: ChannelID
    /// `nil` in direct messages.
    package var guild: GuildID?
    /// Whom no mention of many concerns.
    package var author: UserID
    /// Who is mentioned by name, at most ``Limits/mentionsPerMessageMax``. A row is written for each.
    package var users: [UserID]
    /// Who is mentioned as one of many; `nil` for nobody. One row is written for all of them.
    package var crowd: Crowd?

    package init(
        message: MessageID, channel: ChannelID, guild: GuildID?, author: UserID, users: [UserID], crowd: Crowd? = nil
    ) {
        self.message = message
        self.channel = channel
        self.guild = guild
        self.author = author
        self.users = users
        self.crowd = crowd
    }

    package enum Crowd: Hashable, Sendable {
        case everyone
        case roles([RoleID])

        package init?(_ mentions: Mentions) {
            if mentions.everyone {
                self = .everyone
            } else if !mentions.roles.isEmpty {
                self = .roles(mentions.roles)
            } else {
                return nil
            }
        }

    }
}

/// A message of a guild that mentions everyone or roles: evaluated when somebody asks for read states.
package struct CrowdMention: Hashable, Sendable {
    package var message: MessageID
    package var channel: ChannelID
    package var author: UserID
    package var crowd: MentionNote.Crowd

    package init(message: MessageID, channel: ChannelID, author: UserID, crowd: MentionNote.Crowd) {
        self.message = message
        self.channel = channel
        self.author = author
        self.crowd = crowd
    }

    /// Whether it mentions a member, by the roles that the member has now. Nobody mentions themselves.
    package func mentions(_ member: Member) -> Bool {
        guard member.user != author else { return false }
        return switch crowd {
        case .everyone: true
        case .roles(let roles): roles.contains { member.roles.contains($0) }
        }
    }
}

/// A read state that changed, as the sessions of its user are told.
package struct ReadNotice: Hashable, Sendable {
    package var channel: ChannelID
    /// `nil` in direct messages.
    package var guild: GuildID?
    /// Up to where the user has read, or the message that mentions the user.
    package var message: MessageID
    /// Unread messages that mention the user by name.
    package var mentionCount: UInt32
    package var version: UInt64
    /// Whether the user set the mark by hand.
    package var isManual: Bool

    package init(
        channel: ChannelID, guild: GuildID?, message: MessageID, mentionCount: UInt32, version: UInt64,
        isManual: Bool = false
    ) {
        self.channel = channel
        self.guild = guild
        self.message = message
        self.mentionCount = mentionCount
        self.version = version
        self.isManual = isManual
    }
}

extension ReadNotice: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        channel = try reader.readID()
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        message = try reader.readID()
        mentionCount = try reader.readUInt32()
        version = try reader.readUInt64()
        isManual = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(channel)
        writer.write(optional: guild) { $0.write($1) }
        writer.write(message)
        writer.write(mentionCount)
        writer.write(version)
        writer.write(isManual)
    }
}
