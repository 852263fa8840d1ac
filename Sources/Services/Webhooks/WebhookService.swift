package import Chat
package import Interface
import Metrics

/// Webhooks: who makes and changes them, and who may use one. What they send goes through ``MessageIntake``.
///
/// A webhook's token is its only key. Without the right one, and to those who do not see its channel, a webhook is as one
/// that does not exist.
package struct WebhookService: Sendable {
    private let access: Access
    private let directory: any Directory
    private let bus: any FanoutBus
    private let secrets: any SecretKeeper
    private let mint: IDMint
    private let time: any TimeSource
    /// Events that were committed but could not be published.
    private let unpublished = Counter(label: "discord_webhook_events_unpublished_total")

    package init(
        access: Access, directory: any Directory, bus: any FanoutBus, secrets: any SecretKeeper, mint: IDMint,
        time: any TimeSource
    ) {
        self.access = access
        self.directory = directory
        self.bus = bus
        self.secrets = secrets
        self.mint = mint
        self.time = time
    }

    // MARK: By permission

    /// Makes a webhook and the token that is shown only now; takes MANAGE_WEBHOOKS in the channel.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws; `.wrongChannelType`, `.tooMany(.webhooks)`,
    ///   `.invalidForm`.
    package func create(
        in channel: ChannelID, name: String, by user: UserID
    ) async throws(ServiceError) -> (webhook: Webhook, token: String) {
        let grant = try await access.channel(channel, for: user, needing: .manageWebhooks)
        let guild = try grant.inGuild.snapshot.guild.id
        guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
        let token = WebhookToken.make(secret: secrets.randomBytes(WebhookToken.secretBytes))
        let webhook = Webhook(
            id: try mint.next(WebhookID.self), guild: guild, channel: channel, name: try Self.checked(name),
            creator: user, token: secrets.hash(token: token))
        let isMade: Bool
        do throws(BackendError) {
            isMade = try await directory.create(webhook)
        } catch {
            throw error.code == .conflict ? ServiceError(.unknownChannel) : ServiceError(error)
        }
        guard isMade else { throw ServiceError(.tooMany(.webhooks)) }
        await announce(webhook.channel, of: guild, epoch: grant.epoch)
        return (webhook, token)
    }

    /// The webhooks of a channel, ascending; takes MANAGE_WEBHOOKS in it.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws.
    package func list(inChannel channel: ChannelID, for user: UserID) async throws(ServiceError) -> [Webhook] {
        _ = try await access.channel(channel, for: user, needing: .manageWebhooks)
        return try await ask { () async throws(BackendError) in try await directory.webhooks(inChannel: channel) }
    }

    /// The webhooks of a guild, ascending, of the channels in which the asker holds MANAGE_WEBHOOKS; takes it in the
    /// guild as a whole.
    /// - Throws: `.unknownGuild`, `.missingPermissions`.
    package func list(of guild: GuildID, for user: UserID) async throws(ServiceError) -> [Webhook] {
        let grant = try await access.guild(guild, for: user, needing: .manageWebhooks)
        let all = try await ask { () async throws(BackendError) in try await directory.webhooks(of: guild) }
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

    /// Renames a webhook, or moves it to another channel of its guild; takes MANAGE_WEBHOOKS in both.
    /// - Throws: like ``webhook(_:for:)``, and for the new channel like ``create(in:name:by:)``.
    package func update(
        _ id: WebhookID, name: String?, channel: ChannelID?, by user: UserID
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
        return try await replace(before, by: after, epoch: epoch)
    }

    /// - Throws: like ``webhook(_:for:)``.
    package func delete(_ id: WebhookID, by user: UserID) async throws(ServiceError) {
        let (webhook, epoch) = try await managed(id, by: user)
        try await delete(webhook, epoch: epoch)
    }

    private func managed(
        _ id: WebhookID, by user: UserID
    ) async throws(ServiceError) -> (webhook: Webhook, epoch: UInt64) {
        let found = try await ask { () async throws(BackendError) in try await directory.webhook(id) }
        guard let found else { throw ServiceError(.unknownWebhook) }
        do throws(ServiceError) {
            let grant = try await access.channel(found.channel, for: user, needing: .manageWebhooks)
            return (found, grant.epoch)
        } catch {
            switch error.code {
            case .unknownChannel, .unknownGuild, .missingAccess: throw ServiceError(.unknownWebhook)
            default: throw error
            }
        }
    }

    // MARK: By token

    /// The webhook whose token this is. Hashes are compared in constant time.
    /// - Throws: `.unknownWebhook`.
    package func webhook(_ id: WebhookID, token: String) async throws(ServiceError) -> Webhook {
        guard WebhookToken.isWellFormed(token) else { throw ServiceError(.unknownWebhook) }
        let found = try await ask { () async throws(BackendError) in try await directory.webhook(id) }
        let given = secrets.hash(token: token)
        guard let found, Self.isEqual(found.token, given) else { throw ServiceError(.unknownWebhook) }
        return found
    }

    /// Renames a webhook; no token moves one.
    /// - Throws: `.unknownWebhook`, `.invalidForm`.
    package func update(_ id: WebhookID, token: String, name: String?) async throws(ServiceError) -> Webhook {
        let before = try await webhook(id, token: token)
        var after = before
        if let name { after.name = try Self.checked(name) }
        return try await replace(before, by: after, epoch: 0)
    }

    /// - Throws: `.unknownWebhook`.
    package func delete(_ id: WebhookID, token: String) async throws(ServiceError) {
        try await delete(try await webhook(id, token: token), epoch: 0)
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

    private func replace(
        _ before: Webhook, by after: Webhook, epoch: UInt64
    ) async throws(ServiceError) -> Webhook {
        guard after != before else { return before }
        let isDone: Bool
        do throws(BackendError) {
            isDone = try await directory.update(after)
        } catch {
            throw error.code == .conflict ? ServiceError(.unknownWebhook) : ServiceError(error)
        }
        guard isDone else { throw ServiceError(.tooMany(.webhooks)) }
        await announce(after.channel, of: after.guild, epoch: epoch)
        if after.channel != before.channel { await announce(before.channel, of: before.guild, epoch: epoch) }
        return after
    }

    private func delete(_ webhook: Webhook, epoch: UInt64) async throws(ServiceError) {
        let isGone = try await ask { () async throws(BackendError) in try await directory.deleteWebhook(webhook.id) }
        guard isGone else { throw ServiceError(.unknownWebhook) }
        await announce(webhook.channel, of: webhook.guild, epoch: epoch)
    }

    /// Tells who sees a channel that its webhooks are others now. What fails here does not undo it.
    private func announce(_ channel: ChannelID, of guild: GuildID, epoch: UInt64) async {
        let message = FanoutMessage(
            topic: .presence(guild), position: nil, epoch: epoch, acceptedAt: time.unixMilliseconds,
            payload: PassingEvent.webhooksChanged(channel).encoded())
        if (try? await bus.publish([message])) == nil { unpublished.increment() }
    }

    private func ask<Value>(_ question: () async throws(BackendError) -> Value) async throws(ServiceError) -> Value {
        do throws(BackendError) {
            return try await question()
        } catch {
            throw ServiceError(error)
        }
    }
}
