package import Chat
import Interface

// Edits and deletions. What the edge can refuse it refuses here; whose message it is only the chat service knows.
extension MessageIntake {
    /// Edits a message of one's own; `nil` leaves a part as it is.
    /// - Throws: like ``send(_:to:as:)`` but for slow mode, and `.unknownMessage`, `.notTheAuthor`.
    package func edit(
        _ id: MessageID, in channel: ChannelID, content: String?, embeds: [UInt8]?, flags: UInt32?,
        allowedMentions: AllowedMentions?, attachments: AttachmentChange? = nil, as user: User
    ) async throws(ServiceError) -> HydratedMessage {
        try MessageValidation.checkEdit(
            content: content, embeds: embeds, flags: flags, allowedMentions: allowedMentions, attachments: attachments)
        var needed: Permissions = embeds?.isEmpty == false ? .embedLinks : []
        if attachments?.added.isEmpty == false { needed.insert(.attachFiles) }
        let grant = try await access.channel(channel, for: user.id, needing: needed)
        // What was said before a timeout is no way around it.
        guard !grant.isTimedOut else { throw ServiceError(.missingPermissions) }
        var edit = MessageEdit(
            author: user, member: grant.member, content: content, embeds: embeds,
            flags: flags.map { $0 & MessageValidation.editorFlags }, attachments: attachments
        )
        if let content {
            let resolved = try await MentionResolution.resolve(content, allowed: allowedMentions, grant, access.cache)
            edit.mentions = resolved.mentions
            edit.mentioned = resolved.mentioned
        }
        return try await outcome(of: try await append(.edit(id, edit), grant, by: user.id))
    }

    /// Deletes a message: one's own, or anybody's with MANAGE_MESSAGES.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws; `.unknownMessage`, `.missingPermissions`,
    ///   `.notInDirectMessages` for another's message there; `.unavailable`, `.queued`.
    package func delete(_ id: MessageID, in channel: ChannelID, as user: UserID) async throws(ServiceError) {
        let grant = try await access.channel(channel, for: user)
        let accepted = try await append(.delete(id), grant, by: user)
        do throws(ServiceError) {
            try await event(of: accepted)
        } catch {
            // Nobody can be allowed it there, so no permission is missing.
            guard error.code == .missingPermissions, grant.direct != nil else { throw error }
            throw ServiceError(.notInDirectMessages)
        }
    }

    /// Deletes 2 to 100 messages, none older than two weeks; takes MANAGE_MESSAGES. Unknown ids are skipped.
    /// - Throws: like ``delete(_:in:as:)``, and `.bulkDeleteCount`, `.bulkDeleteTooOld`.
    /// - Returns: how many were deleted.
    @discardableResult
    package func deleteMany(
        _ ids: [MessageID], in channel: ChannelID, as user: UserID
    ) async throws(ServiceError) -> Int {
        let distinct = try MessageValidation.checkBulk(ids, now: time.unixMilliseconds)
        let grant = try await access.channel(channel, for: user, needing: .manageMessages)
        let outcome = try await event(of: try await append(.deleteMany(distinct), grant, by: user))
        return if case .messagesDeleted(let deleted, _, _) = outcome { deleted.count } else { 0 }
    }

    /// Deletes messages of any age, 1 to 100 of them, for somebody who holds MANAGE_MESSAGES: the second half of a ban.
    /// - Throws: like ``deleteMany(_:in:as:)``.
    func purge(_ ids: [MessageID], in channel: ChannelID, as user: UserID) async throws(ServiceError) {
        let grant = try await access.channel(channel, for: user, needing: .manageMessages)
        try await event(of: try await append(.deleteMany(ids), grant, by: user))
    }
}
