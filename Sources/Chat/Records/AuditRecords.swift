// How entries of a guild's audit log are written into records.

extension AuditEntry: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        guild = try reader.readID()
        actor = try reader.readID()
        guard let number = UInt16(exactly: try reader.readUInt64()), let action = Action(rawValue: number) else {
            throw reader.error(.malformed)
        }
        self.action = action
        target = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
        changes = try reader.readList { (reader) throws(RecordError) in try AuditChange(from: &reader) }
        options = try AuditOptions(from: &reader)
        reason = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(guild)
        writer.write(actor)
        writer.write(UInt64(action.rawValue))
        writer.write(optional: target) { $0.write($1) }
        writer.write(list: changes) { $0.write($1) }
        writer.write(options)
        writer.write(optional: reason) { $0.write($1) }
    }
}

extension AuditChange: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        key = try reader.readString()
        old = try reader.readOptional { (reader) throws(RecordError) in try AuditValue(from: &reader) }
        new = try reader.readOptional { (reader) throws(RecordError) in try AuditValue(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(key)
        writer.write(optional: old) { $0.write($1) }
        writer.write(optional: new) { $0.write($1) }
    }
}

extension AuditValue: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: self = .text(try reader.readString())
        case 1: self = .number(try reader.readInt64())
        case 2: self = .flag(try reader.readBool())
        case 3: self = .digits(try reader.readUInt64())
        case 4: self = .time(try reader.readUInt64())
        case 5:
            let roles = try reader.readList { (reader) throws(RecordError) in
                (id: try reader.readID(RoleID.self), name: try reader.readString())
            }
            self = .roles(Dictionary(roles.map { ($0.id, $0.name) }, uniquingKeysWith: { _, last in last }))
        case 6:
            self = .overwrites(
                try reader.readList { (reader) throws(RecordError) in try PermissionOverwrite(from: &reader) })
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .text(let text): writer.write(UInt8(0)); writer.write(text)
        case .number(let number): writer.write(UInt8(1)); writer.write(number)
        case .flag(let flag): writer.write(UInt8(2)); writer.write(flag)
        case .digits(let digits): writer.write(UInt8(3)); writer.write(digits)
        case .time(let time): writer.write(UInt8(4)); writer.write(time)
        case .roles(let roles):
            writer.write(UInt8(5))
            writer.write(list: roles.sorted { $0.key < $1.key }) {
                $0.write($1.key)
                $0.write($1.value)
            }
        case .overwrites(let overwrites):
            writer.write(UInt8(6))
            writer.write(list: overwrites) { $0.write($1) }
        }
    }
}

extension AuditOptions: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        channel = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        message = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        count = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt32() }
        overwrite = try reader.readOptional { (reader) throws(RecordError) in
            // Of an overwrite only whose it is.
            try PermissionOverwrite(from: &reader).target
        }
        roleName = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(optional: channel) { $0.write($1) }
        writer.write(optional: message) { $0.write($1) }
        writer.write(optional: count) { $0.write($1) }
        writer.write(optional: overwrite) { $0.write(PermissionOverwrite(target: $1, allow: [], deny: [])) }
        writer.write(optional: roleName) { $0.write($1) }
    }
}
