/// How far a user has read a channel, and what in it mentions the user by name beyond that.
///
/// Laws: `mentions` is ascending, holds at most ``Limits/mentionsListedMax`` ids, all above `lastRead`; a message is
/// counted once, however often it is noted, because `counted` never falls.
package struct ReadState: Hashable, Sendable {
    package var channel: ChannelID
    /// The last message read; 0 before the first.
    package private(set) var lastRead: MessageID
    /// Unread messages that mention the user, the newest of them.
    package private(set) var mentions: [MessageID]
    /// How many more there are that are older than the listed ones.
    package private(set) var olderMentions: UInt32
    /// The newest message that was noted, read or not.
    package private(set) var counted: MessageID
    /// Rises with every change of any read state of the user.
    package var version: UInt64

    package init(channel: ChannelID) {
        self.channel = channel
        lastRead = MessageID(0)
        mentions = []
        olderMentions = 0
        counted = MessageID(0)
        version = 0
    }

    /// Unread messages that mention the user by name; roles and everyone are evaluated when read.
    package var mentionCount: UInt32 { olderMentions + UInt32(mentions.count) }

    /// Takes note of a message that mentions the user. Messages of a channel have to be noted in their order; one that
    /// comes again changes nothing. True when anything changed.
    package mutating func note(mentionIn message: MessageID) -> Bool {
        guard message > counted else { return false }
        counted = message
        guard message > lastRead else { return true }
        mentions.append(message)
        if mentions.count > Limits.mentionsListedMax {
            mentions.removeFirst()
            olderMentions += 1
        }
        return true
    }

    /// Takes note that the user has read up to a message. By itself that goes forward only; a user may also mark a place
    /// by hand, as unread from there on, and say how many mentions are behind it: they are not known any more here.
    /// True when anything changed.
    package mutating func acknowledge(_ mark: ReadMark) -> Bool {
        let before = self
        if mark.message > lastRead {
            if mark.message >= mentions.first ?? MessageID(0) { olderMentions = 0 }
            mentions.removeAll { $0 <= mark.message }
            lastRead = mark.message
        } else if mark.isManual {
            lastRead = mark.message
        }
        if mark.isManual {
            let known = UInt32(mentions.count)
            let claimed = min(mark.mentionCount ?? known, Limits.mentionsClaimedMax)
            olderMentions = claimed > known ? claimed - known : 0
        }
        return self != before
    }
}

/// Up to where a user says to have read a channel.
package struct ReadMark: Hashable, Sendable {
    package var channel: ChannelID
    package var message: MessageID
    /// Set by hand, so that it may go back.
    package var isManual: Bool
    /// How many mentions the user's client counts behind it; only of a mark by hand.
    package var mentionCount: UInt32?

    package init(channel: ChannelID, message: MessageID, isManual: Bool = false, mentionCount: UInt32? = nil) {
        self.channel = channel
        self.message = message
        self.isManual = isManual
        self.mentionCount = mentionCount
    }
}

extension ReadState: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        channel = try reader.readID()
        lastRead = try reader.readID()
        mentions = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        olderMentions = try reader.readUInt32()
        counted = try reader.readID()
        version = try reader.readUInt64()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(channel)
        writer.write(lastRead)
        writer.write(list: mentions) { $0.write($1) }
        writer.write(olderMentions)
        writer.write(counted)
        writer.write(version)
    }
}
