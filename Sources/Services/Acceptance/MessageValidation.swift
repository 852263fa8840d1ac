import Chat

/// Checks of what a client wrote that need nobody's permission. What passes is readable back byte for byte, in every
/// store.
enum MessageValidation {
    /// Flags that a sender may set: SUPPRESS_EMBEDS (bit 2) and SUPPRESS_NOTIFICATIONS (bit 12). Others are dropped, as
    /// Discord does.
    static let senderFlags: UInt32 = 1 << 2 | 1 << 12
    /// Flags that an edit may set: SUPPRESS_EMBEDS.
    static let editorFlags: UInt32 = 1 << 2

    static func check(_ message: NewMessage) throws(ServiceError) {
        var errors =
            contentErrors(message.content) + embedErrors(message.embeds) + mentionErrors(message.allowedMentions)
        if case .text(let nonce) = message.nonce { errors += nonceErrors(nonce) }
        guard errors.isEmpty else { throw ServiceError(.invalidForm(errors)) }
        guard !isBlank(message.content) || !message.embeds.isEmpty || !message.attachments.isEmpty else {
            throw ServiceError(.emptyMessage)
        }
    }

    /// An edit that says nothing, or that leaves nothing, is an empty message; whether a part it leaves alone is empty
    /// is seen later.
    static func checkEdit(
        content: String?, embeds: [UInt8]?, flags: UInt32?, allowedMentions: AllowedMentions?,
        attachments: AttachmentChange? = nil
    ) throws(ServiceError) {
        let errors = contentErrors(content ?? "") + embedErrors(embeds ?? []) + mentionErrors(allowedMentions)
        guard errors.isEmpty else { throw ServiceError(.invalidForm(errors)) }
        guard content != nil || embeds != nil || flags != nil || attachments != nil else {
            throw ServiceError(.emptyMessage)
        }
        let leavesNoFile = attachments.map { $0.kept.isEmpty && $0.added.isEmpty } ?? false
        if let content, let embeds, isBlank(content), embeds.isEmpty, leavesNoFile || !content.isEmpty {
            throw ServiceError(.emptyMessage)
        }
        // Blank text that is not empty would pass the later check for emptiness.
        if let content, embeds == nil, isBlank(content), !content.isEmpty { throw ServiceError(.emptyMessage) }
    }

    /// The ids to delete, ascending, each once.
    static func checkBulk(_ ids: [MessageID], now: UInt64) throws(ServiceError) -> [MessageID] {
        guard ids.count <= Limits.bulkDeleteMax else { throw ServiceError(.bulkDeleteCount) }
        let distinct = Set(ids).sorted()
        guard distinct.count >= 2, let oldest = distinct.first else { throw ServiceError(.bulkDeleteCount) }
        guard oldest.unixMilliseconds >= now || now - oldest.unixMilliseconds <= Limits.bulkDeleteAgeMilliseconds else {
            throw ServiceError(.bulkDeleteTooOld)
        }
        return distinct
    }

    private static func isBlank(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.properties.isWhitespace }
    }

    private static func contentErrors(_ content: String) -> [FieldError] {
        textErrors(content, scalarsMax: Limits.contentScalarsMax, path: ["content"])
    }

    private static func nonceErrors(_ nonce: String) -> [FieldError] {
        textErrors(nonce, scalarsMax: Limits.nonceCharactersMax, path: ["nonce"])
    }

    private static func textErrors(_ text: String, scalarsMax: Int, path: [String]) -> [FieldError] {
        // A scalar takes one to four bytes, so only a text in between has to be walked.
        let bytes = text.utf8.count
        guard bytes <= scalarsMax || bytes <= scalarsMax * 4 && text.unicodeScalars.count <= scalarsMax else {
            return [
                FieldError(
                    path: path, code: "BASE_TYPE_MAX_LENGTH", message: "Must be \(scalarsMax) or fewer in length.")
            ]
        }
        // Not every store can hold U+0000 in text, and C strings end at it.
        guard !(text.utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? text.utf8.contains(0)) else {
            return [
                FieldError(path: path, code: "STRING_TYPE_REGEX", message: "Must not contain the character U+0000.")
            ]
        }
        return []
    }

    private static func embedErrors(_ embeds: [UInt8]) -> [FieldError] {
        guard embeds.count > Limits.embedBytesMax else { return [] }
        return [
            FieldError(
                path: ["embeds"], code: "MAX_EMBED_SIZE_EXCEEDED",
                message: "Embeds must not take more than \(Limits.embedBytesMax) bytes."
            )
        ]
    }

    /// Discord refuses to be told both "all users" and "these users".
    private static func mentionErrors(_ allowed: AllowedMentions?) -> [FieldError] {
        guard let allowed else { return [] }
        var errors: [FieldError] = []
        func check(_ name: String, _ count: Int, isParsed: Bool) {
            let path = ["allowed_mentions", name]
            if count > Limits.mentionsPerMessageMax {
                let message = "Must be \(Limits.mentionsPerMessageMax) or fewer in length."
                errors.append(FieldError(path: path, code: "BASE_TYPE_MAX_LENGTH", message: message))
            } else if isParsed, count > 0 {
                let message = "Mutually exclusive with parse: [\"\(name)\"]."
                errors.append(
                    FieldError(path: path, code: "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message: message))
            }
        }
        check("users", allowed.users.count, isParsed: allowed.parse.contains(.users))
        check("roles", allowed.roles.count, isParsed: allowed.parse.contains(.roles))
        return errors
    }
}
