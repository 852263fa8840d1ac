// How commands are written into the topic `messages`.

extension MessageDraft: RecordCodable {
    package convenience init(from reader: inout RecordReader) throws(RecordError) {
        let author = try User(from: &reader)
        let member = try reader.readOptional { (reader) throws(RecordError) in try Member(from: &reader) }
        let content = try reader.readString()
        let nonce = try reader.readOptional { (reader) throws(RecordError) in try Nonce(from: &reader) }
        let enforcesNonce = try reader.readBool()
        let isTTS = try reader.readBool()
        let flags = try reader.readUInt32()
        let embeds = try reader.readBytes()
        let mentions = try Mentions(from: &reader)
        let mentioned = try reader.readList { (reader) throws(RecordError) in try User(from: &reader) }
        var kind = Message.Kind.regular
        var reference: MessageReference?
        var needsReference = false
        var webhook: WebhookAuthor?
        var attachments: [Attachment] = []
        if reader.version >= 2 {
            kind = try Message.Kind(from: &reader)
            reference = try reader.readOptional { (reader) throws(RecordError) in try MessageReference(from: &reader) }
            needsReference = try reader.readBool()
            webhook = try reader.readOptional { (reader) throws(RecordError) in try WebhookAuthor(from: &reader) }
            attachments = try reader.readList { (reader) throws(RecordError) in try Attachment(from: &reader) }
        }
        self.init(
            author: author, member: member, kind: kind, content: content, nonce: nonce, enforcesNonce: enforcesNonce,
            isTTS: isTTS, flags: flags, embeds: embeds, mentions: mentions, mentioned: mentioned, reference: reference,
            needsReference: needsReference, webhook: webhook, attachments: attachments)
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(author)
        writer.write(optional: member) { $0.write($1) }
        writer.write(content)
        writer.write(optional: nonce) { $0.write($1) }
        writer.write(enforcesNonce)
        writer.write(isTTS)
        writer.write(flags)
        writer.write(embeds)
        writer.write(mentions)
        writer.write(list: mentioned) { $0.write($1) }
        writer.write(kind)
        writer.write(optional: reference) { $0.write($1) }
        writer.write(needsReference)
        writer.write(optional: webhook) { $0.write($1) }
        writer.write(list: attachments) { $0.write($1) }
    }
}

extension MessageEdit: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        author = try User(from: &reader)
        member = try reader.readOptional { (reader) throws(RecordError) in try Member(from: &reader) }
        content = try reader.readOptional { (reader) throws(RecordError) in try reader.readString() }
        embeds = try reader.readOptional { (reader) throws(RecordError) in try reader.readBytes() }
        flags = try reader.readOptional { (reader) throws(RecordError) in try reader.readUInt32() }
        mentions = try reader.readOptional { (reader) throws(RecordError) in try Mentions(from: &reader) }
        mentioned = try reader.readList { (reader) throws(RecordError) in try User(from: &reader) }
        guard reader.version >= 3 else { return }
        attachments = try reader.readOptional { (reader) throws(RecordError) in try AttachmentChange(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(author)
        writer.write(optional: member) { $0.write($1) }
        writer.write(optional: content) { $0.write($1) }
        writer.write(optional: embeds) { $0.write($1) }
        writer.write(optional: flags) { $0.write($1) }
        writer.write(optional: mentions) { $0.write($1) }
        writer.write(list: mentioned) { $0.write($1) }
        writer.write(optional: attachments) { $0.write($1) }
    }
}

extension AttachmentChange: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        kept = try reader.readList { (reader) throws(RecordError) in
            Kept(
                id: try reader.readID(),
                description: try reader.readOptional { (reader) throws(RecordError) in try reader.readString() })
        }
        added = try reader.readList { (reader) throws(RecordError) in try Attachment(from: &reader) }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(list: kept) { writer, kept in
            writer.write(kept.id)
            writer.write(optional: kept.description) { $0.write($1) }
        }
        writer.write(list: added) { $0.write($1) }
    }
}

extension CommandOrigin: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        guard let node = UInt16(exactly: try reader.readUInt64()) else { throw reader.error(.malformed) }
        self.node = node
        request = try reader.readUInt64()
        wantsEvent = reader.version >= 5 ? try reader.readBool() : true
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(UInt64(node))
        writer.write(request)
        writer.write(wantsEvent)
    }
}

extension MessageCommand: RecordCodable {
    package init(from reader: inout RecordReader) throws(RecordError) {
        channel = try reader.readID()
        guild = try reader.readOptional { (reader) throws(RecordError) in try reader.readID() }
        actor = try reader.readID()
        epoch = try reader.readUInt64()
        origin = try reader.readOptional { (reader) throws(RecordError) in try CommandOrigin(from: &reader) }
        switch try reader.readByte() {
        case 0: action = .create(try MessageDraft(from: &reader))
        case 1: action = .edit(try reader.readID(), try MessageEdit(from: &reader))
        case 2: action = .delete(try reader.readID())
        case 3: action = .deleteMany(try reader.readList { (reader) throws(RecordError) in try reader.readID() })
        case 4: action = .react(try reader.readID(), try ReactionChange(from: &reader))
        case 5:
            action = .unreact(try reader.readID(), try ReactionEmoji(from: &reader), try reader.readID())
        case 6:
            action = .clearReactions(
                try reader.readID(),
                try reader.readOptional { (reader) throws(RecordError) in try ReactionEmoji(from: &reader) }
            )
        case 7: action = .pin(try reader.readID())
        case 8: action = .unpin(try reader.readID())
        default: throw reader.error(.malformed)
        }
    }

    package func encode(to writer: inout RecordWriter) {
        writer.write(channel)
        writer.write(optional: guild) { $0.write($1) }
        writer.write(actor)
        writer.write(epoch)
        writer.write(optional: origin) { $0.write($1) }
        switch action {
        case .create(let draft):
            writer.write(UInt8(0))
            writer.write(draft)
        case .edit(let id, let edit):
            writer.write(UInt8(1))
            writer.write(id)
            writer.write(edit)
        case .delete(let id):
            writer.write(UInt8(2))
            writer.write(id)
        case .deleteMany(let ids):
            writer.write(UInt8(3))
            writer.write(list: ids) { $0.write($1) }
        case .react(let id, let change):
            writer.write(UInt8(4))
            writer.write(id)
            writer.write(change)
        case .unreact(let id, let emoji, let user):
            writer.write(UInt8(5))
            writer.write(id)
            writer.write(emoji)
            writer.write(user)
        case .clearReactions(let id, let emoji):
            writer.write(UInt8(6))
            writer.write(id)
            writer.write(optional: emoji) { $0.write($1) }
        case .pin(let id):
            writer.write(UInt8(7))
            writer.write(id)
        case .unpin(let id):
            writer.write(UInt8(8))
            writer.write(id)
        }
    }
}
