// How the parts of a guild are written into records.

extension User: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        username = try reader.readString()
        globalName = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        avatar = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        isBot = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(username)
        writer.write(optional: globalName) { $0.write($1) }
        writer.write(optional: avatar) { $0.write($1) }
        writer.write(isBot)
    }
}

extension Member: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        user = try reader.readID()
        nick = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        roles = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        joinedAt = try reader.readUInt64()
        isDeafened = try reader.readBool()
        isMuted = try reader.readBool()
        guard reader.version >= 4 else { return }
        timedOutUntil = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(user)
        writer.write(optional: nick) { $0.write($1) }
        writer.write(list: roles) { $0.write($1) }
        writer.write(joinedAt)
        writer.write(isDeafened)
        writer.write(isMuted)
        writer.write(optional: timedOutUntil) { $0.write($1) }
    }
}

extension MemberProfile: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        user = try User(from: &reader)
        member = try Member(from: &reader)
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(user)
        writer.write(member)
    }
}

extension Role: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        name = try reader.readString()
        permissions = Permissions(rawValue: try reader.readUInt64())
        color = try reader.readUInt32()
        position = try reader.readInt32()
        isHoisted = try reader.readBool()
        isManaged = try reader.readBool()
        isMentionable = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(name)
        writer.write(permissions.rawValue)
        writer.write(color)
        writer.write(Int64(position))
        writer.write(isHoisted)
        writer.write(isManaged)
        writer.write(isMentionable)
    }
}

extension PermissionOverwrite: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: target = .role(try reader.readID())
        case 1: target = .member(try reader.readID())
        default: throw reader.error(.malformed)
        }
        allow = Permissions(rawValue: try reader.readUInt64())
        deny = Permissions(rawValue: try reader.readUInt64())
    }

    package func encode(to writer: inout RecordWriter) {
        switch target {
        case .role(let role):
            writer.write(UInt8(0))
            writer.write(role)
        case .member(let user):
            writer.write(UInt8(1))
            writer.write(user)
        }
        writer.write(allow.rawValue)
        writer.write(deny.rawValue)
    }
}

extension Channel: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        guard let kind = Kind(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
        self.kind = kind
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        name = try reader.readString()
        topic = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        position = try reader.readInt32()
        parent = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        isAgeRestricted = try reader.readBool()
        slowModeSeconds = try reader.readUInt32()
        bitrate = try reader.readUInt32()
        userLimit = try reader.readUInt32()
        overwrites = try reader.readList { (reader) throws(RecordError) in try PermissionOverwrite(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(kind.rawValue)
        writer.write(optional: guild) { $0.write($1) }
        writer.write(name)
        writer.write(optional: topic) { $0.write($1) }
        writer.write(Int64(position))
        writer.write(optional: parent) { $0.write($1) }
        writer.write(isAgeRestricted)
        writer.write(slowModeSeconds)
        writer.write(bitrate)
        writer.write(userLimit)
        writer.write(list: overwrites) { $0.write($1) }
    }
}

extension Guild: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        name = try reader.readString()
        icon = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        description = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        owner = try reader.readID()
        systemChannel = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(name)
        writer.write(optional: icon) { $0.write($1) }
        writer.write(optional: description) { $0.write($1) }
        writer.write(owner)
        writer.write(optional: systemChannel) { $0.write($1) }
    }
}
