import Chat
import Services
import Wire

/// Messages as clients describe them.
enum MessageForm {
    /// Bits that a sender may set: no embeds shown for links, no notification sent. Others are Discord's to set, and
    /// ignored.
    private static let senderFlags: Int64 = 1 << 2 | 1 << 12
    /// Bits that an edit may set.
    private static let editorFlags: Int64 = 1 << 2
    /// The bit that turns a message into components, which are not served.
    private static let componentsFlag: Int64 = 1 << 15

    struct Edit {
        var content: String?
        var embeds: [UInt8]?
        var flags: UInt32?
        var allowedMentions: AllowedMentions?
        var attachments: AttachmentChange?
    }

    static func newMessage(_ form: FormReader, _ files: UploadedFiles = UploadedFiles()) throws(APIError) -> NewMessage
    {
        let content = form["content"]?.string(scalars: 0...Limits.contentScalarsMax) ?? ""
        let nonce = form["nonce"].flatMap(nonce)
        let enforcesNonce = form["enforce_nonce"]?.bool() ?? false
        let isTTS = form["tts"]?.bool() ?? false
        let flags = flags(form, allowed: senderFlags) ?? 0
        let embeds = form["embeds"].flatMap(EmbedForm.embeds) ?? []
        let mentions = allowedMentions(form)
        let reply = form["message_reference"].flatMap(reply)
        let attachments = AttachmentForm.newFiles(form, files)
        form.refuse("components", "sticker_ids", "poll", "embed")
        try form.check()
        guard !content.isEmpty || !embeds.isEmpty || !attachments.isEmpty else {
            throw APIError(ServiceError(.emptyMessage))
        }
        return NewMessage(
            content: content, nonce: nonce, enforcesNonce: enforcesNonce, isTTS: isTTS, flags: flags, embeds: embeds,
            allowedMentions: mentions, reply: reply, attachments: attachments
        )
    }

    /// `{message_id, channel_id?, guild_id?, fail_if_not_exists?, type?}`; the guild follows from the channel.
    private static func reply(_ field: FormField) -> NewReply? {
        guard let object = field.object() else { return nil }
        if let type = object["type"]?.integer(), type != 0 {
            object.fail("type", "FIELD_NOT_SUPPORTED", "This server forwards no messages.")
        }
        let message = object.required("message_id") { $0.messageID() }
        let channel = object["channel_id"]?.id(ChannelID.self)
        let failsIfMissing = object["fail_if_not_exists"]?.bool() ?? true
        return message.map { NewReply(message: $0, channel: channel, failsIfMissing: failsIfMissing) }
    }

    static func edit(_ form: FormReader, _ files: UploadedFiles) throws(APIError) -> Edit {
        var edit = Edit()
        if form.has("content") { edit.content = form["content"]?.string(scalars: 0...Limits.contentScalarsMax) ?? "" }
        if form.has("embeds") { edit.embeds = form["embeds"].flatMap(EmbedForm.embeds) ?? [] }
        edit.flags = flags(form, allowed: editorFlags)
        edit.allowedMentions = allowedMentions(form)
        edit.attachments = AttachmentForm.change(form, files)
        form.refuse("components", "embed")
        try form.check()
        return edit
    }

    /// Text of at most 25 characters, or an integer; kept as it came, to be echoed as it came.
    private static func nonce(_ field: FormField) -> Nonce? {
        if field.value.string != nil { return field.string(scalars: 0...Limits.nonceCharactersMax).map(Nonce.text) }
        if let integer = field.value.number?.int64 { return .integer(integer) }
        guard let integer = field.value.uint64 else {
            return field.fail("STRING_TYPE_CONVERT", "This has to be a string or a whole number of 64 bits.")
        }
        return .unsigned(integer)
    }

    private static func flags(_ form: FormReader, allowed: Int64) -> UInt32? {
        guard let field = form["flags"], let flags = field.integer(in: 0...Int64(UInt32.max)) else { return nil }
        if flags & componentsFlag != 0 {
            form.fail("flags", "FIELD_NOT_SUPPORTED", "This server has no message components yet.")
        }
        return UInt32(truncatingIfNeeded: flags & allowed)
    }

    /// `{parse, users, roles, replied_user}`; absent means that all mentions count.
    private static func allowedMentions(_ form: FormReader) -> AllowedMentions? {
        guard let object = form["allowed_mentions"]?.object() else { return nil }
        var allowed = AllowedMentions()
        for element in object["parse"]?.list(max: 3) ?? [] {
            switch element.string() {
            case "users": allowed.parse.insert(.users)
            case "roles": allowed.parse.insert(.roles)
            case "everyone": allowed.parse.insert(.everyone)
            case nil: break
            default:
                element.errors.add(
                    FieldError(
                        path: element.path, code: "BASE_TYPE_CHOICES",
                        message: "This has to be users, roles or everyone."))
            }
        }
        allowed.users =
            object["users"]?.list(max: Limits.mentionsPerMessageMax)?.compactMap { $0.id(UserID.self) } ?? []
        allowed.roles =
            object["roles"]?.list(max: Limits.mentionsPerMessageMax)?.compactMap { $0.id(RoleID.self) } ?? []
        allowed.repliedUser = object["replied_user"]?.bool() ?? false
        return allowed
    }
}
