// How presences and voice states are written into events.

extension Presence: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        user = try reader.readID()
        status = try PresenceStatus(from: &reader)
        activities = try reader.readList { (reader) throws(RecordError) in try Activity(from: &reader) }
        clients = ClientStates()
        for platform in ClientPlatform.allCases { clients[platform] = try PresenceStatus(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(user)
        writer.write(status)
        writer.write(list: activities) { $0.write($1) }
        for platform in ClientPlatform.allCases { writer.write(clients[platform]) }
    }
}

extension PresenceStatus: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        guard let status = PresenceStatus(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
        self = status
    }

    package func encode(to writer: inout RecordWriter) { writer.write(rawValue) }
}

extension Activity: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        name = try reader.readString()
        guard let kind = Kind(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
        self.kind = kind
        url = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        state = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        details = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        emoji = try reader.readOptional { (reader) throws(RecordError) in
            Emoji(
                name: try reader.readString(),
                id: try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() },
                isAnimated: try reader.readBool())
        }
        start = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
        end = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
        createdAt = try reader.readUInt64()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(name)
        writer.write(kind.rawValue)
        writer.write(optional: url) { $0.write($1) }
        writer.write(optional: state) { $0.write($1) }
        writer.write(optional: details) { $0.write($1) }
        writer.write(optional: emoji) {
            $0.write($1.name)
            $0.write(optional: $1.id) { $0.write($1) }
            $0.write($1.isAnimated)
        }
        writer.write(optional: start) { $0.write($1) }
        writer.write(optional: end) { $0.write($1) }
        writer.write(createdAt)
    }
}

extension VoiceState: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        guild = try reader.readID()
        user = try reader.readID()
        channel = try reader.readID()
        session = SessionTag(try reader.readUInt64())
        isSelfMuted = try reader.readBool()
        isSelfDeafened = try reader.readBool()
        hasVideo = try reader.readBool()
        isSuppressed = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(guild)
        writer.write(user)
        writer.write(channel)
        writer.write(session.rawValue)
        writer.write(isSelfMuted)
        writer.write(isSelfDeafened)
        writer.write(hasVideo)
        writer.write(isSuppressed)
    }
}
