// How the parts of messages are written into records.

extension MessageReference: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        message = try reader.readID()
        channel = try reader.readID()
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(message)
        writer.write(channel)
        writer.write(optional: guild) { $0.write($1) }
    }
}

extension WebhookAuthor: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        name = try reader.readString()
        avatar = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        avatarURL = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(name)
        writer.write(optional: avatar) { $0.write($1) }
        writer.write(optional: avatarURL) { $0.write($1) }
    }
}

extension Attachment: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readID()
        filename = try reader.readString()
        size = try reader.readUInt64()
        contentType = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        description = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        width = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt32() }
        height = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt32() }
        key = try reader.readString()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(id)
        writer.write(filename)
        writer.write(size)
        writer.write(optional: contentType) { $0.write($1) }
        writer.write(optional: description) { $0.write($1) }
        writer.write(optional: width) { $0.write($1) }
        writer.write(optional: height) { $0.write($1) }
        writer.write(key)
    }
}

extension QuotedMessage: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        message = try Message(from: &reader)
        author = try User(from: &reader)
        mentioned = try reader.readList { (reader) throws(RecordError) in try User(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(message)
        writer.write(author)
        writer.write(list: mentioned) { $0.write($1) }
    }
}

extension ReferencedMessage: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        switch try reader.readByte() {
        case 0: self = .deleted
        case 1: self = .quoted(try QuotedMessage(from: &reader))
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        switch self {
        case .deleted:
            writer.write(UInt8(0))
        case .quoted(let message):
            writer.write(UInt8(1))
            writer.write(message)
        }
    }
}

extension ReactionEmoji: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        id = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        name = try reader.readString()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(optional: id) { $0.write($1) }
        writer.write(name)
    }
}

extension ReactionTally: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        emoji = try ReactionEmoji(from: &reader)
        count = try reader.readUInt64()
        isMine = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(emoji)
        writer.write(count)
        writer.write(isMine)
    }
}
