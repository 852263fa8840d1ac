package import Chat
import Interface

// What webhooks send. A webhook has no permissions of its own but these: it writes to its channel, with embeds, and pings
// whom its sender wants it to; everyone at once only while its creator might: otherwise whoever may make webhooks could.
extension MessageIntake {
    private static let webhookPermissions: Permissions = [
        .viewChannel, .sendMessages, .sendTTSMessages, .embedLinks, .attachFiles, .mentionEveryone,
    ]

    /// Sends a message in the name of a webhook; returns as soon as the log has it.
    /// - Parameters:
    ///   - webhook: one whose token was shown.
    ///   - name: what it is called in this message; `nil` for its own name.
    ///   - avatarURL: an image to be seen with.
    /// - Throws: `.invalidForm`, `.emptyMessage`; `.unknownWebhook` when its channel is gone; otherwise like
    ///   ``accept(_:to:as:ticket:)``.
    package func accept(
        _ message: NewMessage, from webhook: Webhook, name: String?, avatarURL: String?
    ) async throws(ServiceError) -> AcceptedMessage {
        try MessageValidation.check(message)
        var form = FormCheck()
        let name = name.map { form.name($0, "username", scalars: Limits.webhookNameCharacters) } ?? webhook.name
        try form.finish()
        let author = WebhookAuthor(id: webhook.id, name: name, avatar: webhook.avatar, avatarURL: avatarURL)
        let grant = try await grant(webhook, author)
        let resolved = try await MentionResolution.resolve(
            message.content, allowed: message.allowedMentions, grant, access.cache)
        let draft = MessageDraft(
            author: author.user, member: nil, content: message.content, isTTS: message.isTTS,
            flags: message.flags & MessageValidation.senderFlags, embeds: message.embeds, mentions: resolved.mentions,
            mentioned: resolved.mentioned, webhook: author, attachments: message.attachments)
        return try await append(.create(draft), grant, by: author.user.id)
    }

    /// Edits a message that the webhook sent; `nil` leaves a part as it is.
    /// - Throws: `.unknownWebhook`, `.unknownMessage` also for messages of others; otherwise like
    ///   ``edit(_:in:content:embeds:flags:allowedMentions:attachments:as:)``.
    package func edit(
        _ id: MessageID, from webhook: Webhook, content: String?, embeds: [UInt8]?, flags: UInt32?,
        allowedMentions: AllowedMentions?, attachments: AttachmentChange? = nil
    ) async throws(ServiceError) -> HydratedMessage {
        try MessageValidation.checkEdit(
            content: content, embeds: embeds, flags: flags, allowedMentions: allowedMentions, attachments: attachments)
        let author = try await author(of: id, from: webhook)
        let grant = try await grant(webhook, author)
        var edit = MessageEdit(
            author: author.user, member: nil, content: content, embeds: embeds,
            flags: flags.map { $0 & MessageValidation.editorFlags }, attachments: attachments)
        if let content {
            let resolved = try await MentionResolution.resolve(content, allowed: allowedMentions, grant, access.cache)
            edit.mentions = resolved.mentions
            edit.mentioned = resolved.mentioned
        }
        return try await outcome(of: try await append(.edit(id, edit), grant, by: author.user.id))
    }

    /// Deletes a message that the webhook sent.
    /// - Throws: `.unknownWebhook`, `.unknownMessage` also for messages of others; `.unavailable`, `.queued`.
    package func delete(_ id: MessageID, from webhook: Webhook) async throws(ServiceError) {
        let author = try await author(of: id, from: webhook)
        let grant = try await grant(webhook, author)
        try await event(of: try await append(.delete(id), grant, by: author.user.id))
    }

    /// The name under which a webhook sent a message.
    private func author(of id: MessageID, from webhook: Webhook) async throws(ServiceError) -> WebhookAuthor {
        let found: Message?
        do throws(BackendError) {
            found = try await store.message(id, in: webhook.channel, includingDeleted: false)
        } catch {
            throw ServiceError(error)
        }
        guard let author = found?.webhook, author.id == webhook.id else { throw ServiceError(.unknownMessage) }
        return author
    }

    private func grant(
        _ webhook: Webhook, _ author: WebhookAuthor
    ) async throws(ServiceError) -> Access.ChannelGrant {
        guard let snapshot = try await access.cache.snapshot(of: webhook.guild),
            let channel = snapshot.channels[webhook.channel], channel.holdsMessages
        else { throw ServiceError(.unknownWebhook) }
        let stranger = MemberProfile(user: author.user, member: Member(user: author.user.id, joinedAt: 0))
        let creator = try await access.cache.member(webhook.creator, of: webhook.guild)
        let held = creator.map { snapshot.permissions(of: webhook.creator, roles: $0.member.roles, in: channel) } ?? []
        return Access.ChannelGrant(
            channel: channel, place: .guild(snapshot, stranger),
            permissions: held.contains(.mentionEveryone)
                ? Self.webhookPermissions : Self.webhookPermissions.subtracting(.mentionEveryone),
            decidedAt: access.cache.now)
    }
}
