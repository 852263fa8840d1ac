// How changes of reactions are written into records.

extension ReactionChange: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        emoji = try ReactionEmoji(from: &reader)
        user = try User(from: &reader)
        member = try reader.readOptional { (reader) throws(RecordError) in try Member(from: &reader) }
        mayBeFirst = try reader.readBool()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(emoji)
        writer.write(user)
        writer.write(optional: member) { $0.write($1) }
        writer.write(mayBeFirst)
    }
}

extension ReactionNote: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        message = try reader.readID()
        channel = try reader.readID()
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        emoji = try ReactionEmoji(from: &reader)
        user = try reader.readID()
        member = try reader.readOptional { (reader) throws(RecordError) in try MemberProfile(from: &reader) }
        author = try reader.readID()
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(message)
        writer.write(channel)
        writer.write(optional: guild) { $0.write($1) }
        writer.write(emoji)
        writer.write(user)
        writer.write(optional: member) { $0.write($1) }
        writer.write(author)
    }
}

extension ReactionClearing: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        message = try reader.readID()
        channel = try reader.readID()
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        emoji = try reader.readOptional { (reader) throws(RecordError) in try ReactionEmoji(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(message)
        writer.write(channel)
        writer.write(optional: guild) { $0.write($1) }
        writer.write(optional: emoji) { $0.write($1) }
    }
}
