/// A channel without a guild, as it was at one version: between two users, or a group of up to
/// ``Limits/groupPartiesMax``. What its parties may do is decided by this value alone.
package struct DirectChannel: Hashable, Sendable {
    package var id: ChannelID
    /// Whether it is a group; otherwise it has exactly two parties, for ever.
    package var isGroup: Bool
    /// Rises by exactly one with every change; 1 at first. What a guild's epoch is to a guild.
    package var version: UInt64
    /// Each once, in the order in which they came in; empty once the last one has left, with whom the channel ends.
    package var parties: [UserID]
    /// Who may take others out of a group; `nil` between two.
    package var owner: UserID?
    /// What a group is called, 1 to 100 characters; `nil` when clients are to make a name of the parties' own.
    package var name: String?
    /// Hash of a group's image.
    package var icon: String?
    /// Whether one of the two has blocked the other: nothing can be sent then, from either side.
    package var isSevered: Bool

    package init(
        id: ChannelID, isGroup: Bool, version: UInt64 = 1, parties: [UserID], owner: UserID? = nil,
        name: String? = nil, icon: String? = nil, isSevered: Bool = false
    ) {
        self.id = id
        self.isGroup = isGroup
        self.version = version
        self.parties = parties
        self.owner = owner
        self.name = name
        self.icon = icon
        self.isSevered = isSevered
    }

    /// What every channel has.
    package var channel: Channel {
        Channel(id: id, kind: isGroup ? .groupDirectMessage : .directMessage, guild: nil, name: name ?? "")
    }

    package func isParty(_ user: UserID) -> Bool { parties.contains(user) }

    /// All but one of the parties: a channel's recipients as that one sees them.
    package func parties(without user: UserID) -> [UserID] { parties.filter { $0 != user } }

    /// Takes a party out. A group whose owner leaves falls to the one who has been in it longest.
    package mutating func remove(_ user: UserID) {
        parties.removeAll { $0 == user }
        if owner == user { owner = parties.first }
    }

    /// What a user may do in the channel: nothing for those who are no parties.
    package func permissions(of user: UserID) -> Permissions {
        guard isParty(user) else { return [] }
        return isSevered ? Permissions.directMessage.subtracting([.sendMessages, .addReactions]) : .directMessage
    }
}

/// A direct channel in a user's list.
package struct DirectListing: Hashable, Sendable {
    package var channel: DirectChannel
    /// The channel's newest message, as far as lists have taken note of it; `nil` when nothing was sent yet.
    package var lastMessage: MessageID?

    package init(channel: DirectChannel, lastMessage: MessageID?) {
        self.channel = channel
        self.lastMessage = lastMessage
    }
}

extension DirectChannel: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        isGroup = try reader.readBool()
        version = try reader.readUInt64()
        parties = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        owner = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        name = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        icon = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        isSevered = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(isGroup)
        writer.write(version)
        writer.write(list: parties) { $0.write($1) }
        writer.write(optional: owner) { $0.write($1) }
        writer.write(optional: name) { $0.write($1) }
        writer.write(optional: icon) { $0.write($1) }
        writer.write(isSevered)
    }
}
