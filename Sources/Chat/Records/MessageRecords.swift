// How messages are written into records.

extension Nonce: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: self = .text(try reader.readString())
        case 1: self = .integer(try reader.readInt64())
        case 2: self = .unsigned(try reader.readUInt64())
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .text(let text):
            writer.write(UInt8(0))
            writer.write(text)
        case .integer(let number):
            writer.write(UInt8(1))
            writer.write(number)
        case .unsigned(let number):
            writer.write(UInt8(2))
            writer.write(number)
        }
    }
}

extension Mentions: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        users = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        roles = try reader.readList { (reader) throws(RecordError) in try reader.readID() }
        everyone = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(list: users) { $0.write($1) }
        writer.write(list: roles) { $0.write($1) }
        writer.write(everyone)
    }
}

extension Message.Kind: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        guard let kind = Message.Kind(rawValue: try reader.readByte()) else { throw reader.error(.malformed) }
        self = kind
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(rawValue)
    }
}

extension Message: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        channel = try reader.readID()
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        author = try reader.readID()
        kind = try Kind(from: &reader)
        content = try reader.readString()
        nonce = try reader.readOptional { (reader) throws(RecordError) in try Nonce(from: &reader) }
        isTTS = try reader.readBool()
        flags = try reader.readUInt32()
        embeds = try reader.readBytes()
        mentions = try Mentions(from: &reader)
        editedAt = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
        deletedAt = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
        version = try reader.readUInt64()
        attachments = []
        guard reader.version >= 2 else { return }
        reference = try reader.readOptional { (reader) throws(RecordError) in try MessageReference(from: &reader) }
        pinnedAt = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt64() }
        webhook = try reader.readOptional { (reader) throws(RecordError) in try WebhookAuthor(from: &reader) }
        attachments = try reader.readList { (reader) throws(RecordError) in try Attachment(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(channel)
        writer.write(optional: guild) { $0.write($1) }
        writer.write(author)
        writer.write(kind)
        writer.write(content)
        writer.write(optional: nonce) { $0.write($1) }
        writer.write(isTTS)
        writer.write(flags)
        writer.write(embeds)
        writer.write(mentions)
        writer.write(optional: editedAt) { $0.write($1) }
        writer.write(optional: deletedAt) { $0.write($1) }
        writer.write(version)
        writer.write(optional: reference) { $0.write($1) }
        writer.write(optional: pinnedAt) { $0.write($1) }
        writer.write(optional: webhook) { $0.write($1) }
        writer.write(list: attachments) { $0.write($1) }
    }
}

extension HydratedMessage: RecordCodable {
    package convenience init(from reader: inout RecordReader) throws(RecordError) {
        let message = try Message(from: &reader)
        let author = try User(from: &reader)
        let member = try reader.readOptional { (reader) throws(RecordError) in try Member(from: &reader) }
        let mentioned = try reader.readList { (reader) throws(RecordError) in try User(from: &reader) }
        var referenced: ReferencedMessage?
        var reactions: [ReactionTally] = []
        if reader.version >= 2 {
            referenced = try reader.readOptional { (reader) throws(RecordError) in
                try ReferencedMessage(from: &reader)
            }
            reactions = try reader.readList { (reader) throws(RecordError) in try ReactionTally(from: &reader) }
        }
        self.init(
            message: message, author: author, member: member, mentioned: mentioned, referenced: referenced,
            reactions: reactions)
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(message)
        writer.write(author)
        writer.write(optional: member) { $0.write($1) }
        writer.write(list: mentioned) { $0.write($1) }
        writer.write(optional: referenced) { $0.write($1) }
        writer.write(list: reactions) { $0.write($1) }
    }
}
