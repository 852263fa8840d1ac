package import Chat
import Interface
import Metrics

/// Webhooks: who makes and changes them, and who may use one. What they send goes through ``MessageIntake``.
///
/// A webhook's token is its only key. Without the right one, and to those who do not see its channel, a webhook is as one
/// that does not exist.
package struct WebhookService: Sendable {
    private let guilds: GuildService
    private let images: ImageService
    private var access: Access { guilds.access }
    private var directory: any Directory { guilds.directory }
    private var secrets: any SecretKeeper { guilds.secrets }
    /// Events that were committed but could not be published.
    private let unpublished = Counter(label: "discord_webhook_events_unpublished_total")

    package init(guilds: GuildService, images: ImageService) {
        self.guilds = guilds
        self.images = images
    }

    // MARK: By permission

    /// Makes a webhook and the token that is shown only now; takes MANAGE_WEBHOOKS in the channel.
    /// - Parameter avatar: the bytes of an image.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws; `.wrongChannelType`, `.tooMany(.webhooks)`,
    ///   `.invalidForm`, `.storageFull`.
    package func create(
        in channel: ChannelID, name: String, avatar: [UInt8]? = nil, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) -> (webhook: Webhook, token: String) {
        let grant = try await access.channel(channel, for: user, needing: .manageWebhooks)
        let guild = try grant.inGuild.snapshot.guild.id
        guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
        let token = WebhookToken.make(secret: secrets.randomBytes(WebhookToken.secretBytes))
        let plain = Webhook(
            id: try guilds.mint.next(WebhookID.self), guild: guild, channel: channel, name: try Self.checked(name),
            creator: user, token: secrets.hash(token: token))
        let image: Change<[UInt8]?> = avatar.map { .set($0) } ?? .keep
        let webhook = try await images.replace(
            image, "avatar", of: plain.id.rawValue, old: nil, by: user, in: guild
        ) { (hash) async throws(ServiceError) -> Webhook in
            var webhook = plain
            if case .set(let hash) = hash { webhook.avatar = hash }
            try await insert(webhook, by: user, because: reason, epoch: grant.epoch)
            return webhook
        }
        return (webhook, token)
    }

    private func insert(
        _ webhook: Webhook, by user: UserID, because reason: String?, epoch: UInt64
    ) async throws(ServiceError) {
        let entry = try entry(.webhookCreate, nil, webhook, by: user, because: reason)
        let isMade: Bool
        do throws(BackendError) {
            isMade = try await directory.create(webhook, recording: entry)
        } catch {
            throw error.code == .conflict ? ServiceError(.unknownChannel) : ServiceError(error)
        }
        guard isMade else { throw ServiceError(.tooMany(.webhooks)) }
        await announce([webhook.channel], of: webhook.guild, epoch: epoch, entry)
    }

    /// The webhooks of a channel, ascending; takes MANAGE_WEBHOOKS in it.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws.
    package func list(inChannel channel: ChannelID, for user: UserID) async throws(ServiceError) -> [Webhook] {
        _ = try await access.channel(channel, for: user, needing: .manageWebhooks)
        return try await guilds.ask { () async throws(BackendError) in try await directory.webhooks(inChannel: channel)
        }
    }

    /// The webhooks of a guild, ascending, of the channels in which the asker holds MANAGE_WEBHOOKS; takes it in the
    /// guild as a whole.
    /// - Throws: `.unknownGuild`, `.missingPermissions`.
    package func list(of guild: GuildID, for user: UserID) async throws(ServiceError) -> [Webhook] {
        let grant = try await access.guild(guild, for: user, needing: .manageWebhooks)
        let all = try await guilds.ask { () async throws(BackendError) in try await directory.webhooks(of: guild) }
        return all.filter { webhook in
            guard let channel = grant.snapshot.channels[webhook.channel] else { return false }
            return grant.snapshot.permissions(of: user, roles: grant.profile.member.roles, in: channel)
                .isSuperset(of: [.viewChannel, .manageWebhooks])
        }
    }

    /// One webhook; takes MANAGE_WEBHOOKS in its channel.
    /// - Throws: `.unknownWebhook` also to those who do not see its channel; `.missingPermissions`.
    package func webhook(_ id: WebhookID, for user: UserID) async throws(ServiceError) -> Webhook {
        try await managed(id, by: user).webhook
    }

    /// Renames a webhook, gives it another avatar, or moves it to another channel of its guild; takes MANAGE_WEBHOOKS in
    /// both.
    /// - Throws: like ``webhook(_:for:)``, and for the new channel like ``create(in:name:avatar:by:because:)``.
    package func update(
        _ id: WebhookID, name: String?, avatar: Change<[UInt8]?> = .keep, channel: ChannelID?, by user: UserID,
        because reason: String? = nil
    ) async throws(ServiceError) -> Webhook {
        let (before, epoch) = try await managed(id, by: user)
        var after = before
        if let name { after.name = try Self.checked(name) }
        if let channel, channel != before.channel {
            let grant = try await access.channel(channel, for: user, needing: .manageWebhooks)
            guard grant.guild == before.guild else { throw ServiceError(.unknownChannel) }
            guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
            after.channel = channel
        }
        return try await replace(before, by: after, avatar, epoch: epoch, by: user, because: reason)
    }

    /// - Throws: like ``webhook(_:for:)``.
    package func delete(
        _ id: WebhookID, by user: UserID, because reason: String? = nil
    ) async throws(ServiceError) {
        let (webhook, epoch) = try await managed(id, by: user)
        try await delete(webhook, epoch: epoch, by: user, because: reason)
    }

    private func managed(
        _ id: WebhookID, by user: UserID
    ) async throws(ServiceError) -> (webhook: Webhook, epoch: UInt64) {
        let found = try await guilds.ask { () async throws(BackendError) in try await directory.webhook(id) }
        guard let found else {
            await access.lookInVain(for: ChannelID(id.rawValue))
            throw ServiceError(.unknownWebhook)
        }
        do throws(ServiceError) {
            let grant = try await access.channel(found.channel, for: user, needing: .manageWebhooks)
            return (found, grant.epoch)
        } catch {
            switch error.code {
            case .missingAccess:
                await access.lookInVain(for: found.channel)
                throw ServiceError(.unknownWebhook)
            case .unknownChannel, .unknownGuild: throw ServiceError(.unknownWebhook)
            default: throw error
            }
        }
    }

    // MARK: By token

    /// The webhook whose token this is. Hashes are compared in constant time.
    /// - Throws: `.unknownWebhook`.
    package func webhook(_ id: WebhookID, token: String) async throws(ServiceError) -> Webhook {
        guard WebhookToken.isWellFormed(token) else { throw ServiceError(.unknownWebhook) }
        let found = try await guilds.ask { () async throws(BackendError) in try await directory.webhook(id) }
        let given = secrets.hash(token: token)
        guard let found, Self.isEqual(found.token, given) else { throw ServiceError(.unknownWebhook) }
        return found
    }

    // Whoever has the token is nobody in particular: what it does is recorded as the webhook's own doing.

    /// Renames a webhook, or gives it another avatar; no token moves one.
    /// - Throws: `.unknownWebhook`, `.invalidForm`, `.storageFull`.
    package func update(
        _ id: WebhookID, token: String, name: String?, avatar: Change<[UInt8]?> = .keep,
        because reason: String? = nil
    ) async throws(ServiceError) -> Webhook {
        let before = try await webhook(id, token: token)
        var after = before
        if let name { after.name = try Self.checked(name) }
        return try await replace(
            before, by: after, avatar, epoch: 0, by: UserID(id.rawValue), because: reason)
    }

    /// - Throws: `.unknownWebhook`.
    package func delete(
        _ id: WebhookID, token: String, because reason: String? = nil
    ) async throws(ServiceError) {
        try await delete(
            try await webhook(id, token: token), epoch: 0, by: UserID(id.rawValue), because: reason)
    }

    private static func isEqual(_ one: TokenHash, _ other: TokenHash) -> Bool {
        guard one.bytes.count == other.bytes.count else { return false }
        return zip(one.bytes, other.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    // MARK: Changing

    private static func checked(_ name: String) throws(ServiceError) -> String {
        var form = FormCheck()
        let name = form.name(name, "name", scalars: Limits.webhookNameCharacters)
        try form.finish()
        return name
    }

    /// Its image counts against the share of who made the webhook: a token is nobody.
    private func replace(
        _ before: Webhook, by changed: Webhook, _ avatar: Change<[UInt8]?>, epoch: UInt64, by user: UserID,
        because reason: String?
    ) async throws(ServiceError) -> Webhook {
        try await images.replace(
            avatar, "avatar", of: before.id.rawValue, old: before.avatar, by: before.creator, in: before.guild
        ) { (hash) async throws(ServiceError) -> Webhook in
            var after = changed
            if case .set(let hash) = hash { after.avatar = hash }
            guard after != before else { return before }
            let entry = try entry(.webhookUpdate, before, after, by: user, because: reason)
            let isDone: Bool
            do throws(BackendError) {
                isDone = try await directory.update(after, recording: entry)
            } catch {
                throw error.code == .conflict ? ServiceError(.unknownWebhook) : ServiceError(error)
            }
            guard isDone else { throw ServiceError(.tooMany(.webhooks)) }
            await announce(Set([after.channel, before.channel]).sorted(), of: after.guild, epoch: epoch, entry)
            return after
        }
    }

    private func delete(
        _ webhook: Webhook, epoch: UInt64, by user: UserID, because reason: String?
    ) async throws(ServiceError) {
        let entry = try entry(.webhookDelete, webhook, nil, by: user, because: reason)
        let isGone = try await guilds.ask { () async throws(BackendError) in
            try await directory.deleteWebhook(webhook.id, recording: entry)
        }
        guard isGone else { throw ServiceError(.unknownWebhook) }
        await images.drop(webhook.avatar)
        await announce([webhook.channel], of: webhook.guild, epoch: epoch, entry)
    }

    private func entry(
        _ action: AuditEntry.Action, _ before: Webhook?, _ after: Webhook?, by user: UserID, because reason: String?
    ) throws(ServiceError) -> AuditEntry? {
        guard let webhook = after ?? before else { return nil }
        let deed = Deed(action, webhook.id.rawValue, AuditChanges(before, after).list)
        return try guilds.entries(Deeds(by: user, because: reason, [deed]), of: webhook.guild).first
    }

    /// Tells who sees channels that their webhooks are others now, and who moderates why. What fails here does not undo
    /// it.
    private func announce(
        _ channels: [ChannelID], of guild: GuildID, epoch: UInt64, _ entry: AuditEntry?
    ) async {
        let now = guilds.time.unixMilliseconds
        let changes = channels.map { channel in
            FanoutMessage(
                topic: .presence(guild), position: nil, epoch: epoch, acceptedAt: now,
                payload: PassingEvent.webhooksChanged(channel).encoded())
        }
        let messages = changes + guilds.messages(entry.map { [$0] } ?? [], epoch: epoch, now: now)
        if (try? await guilds.bus.publish(messages)) == nil { unpublished.increment() }
    }
}
