import Chat
import EmbeddedBackend
import Interface
import Services

/// What both edges and the admin API share.
struct NodeCore: Sendable {
    var access: Access
    var accounts: AccountService
    var guilds: GuildService
    var directs: DirectService
    var messages: MessageIntake
    var purge: MessagePurge
    var history: HistoryService
    var readStates: ReadStateService
    var notifications: NotificationService
    var webhooks: WebhookService
    var presence: PresenceService
    var search: SearchService
    var images: ImageService
    var attachments: AttachmentService
    var subscriptions: SubscriptionService
    var deliveries: DeliveryReports
    var progress: SearchProgress
    var keeper: IndexKeeper
    var limits: RateLimits

    static func make(_ basis: NodeBasis, _ push: PushParts) async throws(NodeError) -> NodeCore {
        let (settings, backends, store, time) = (basis.settings, basis.backends, basis.store, basis.time)
        do {
            let cache = try await GuildCache(directory: backends.directory, bus: backends.bus)
            let access = Access(cache: cache)
            let mint = IDMint(nodeNumber: basis.node.number, time: time)
            let accounts = AccountService(
                directory: backends.directory, bus: backends.bus, secrets: basis.secrets, mint: mint, time: time
            )
            let messages = try await MessageIntake(
                access: access, log: backends.log, store: store, bus: backends.bus, node: basis.node.number, time: time,
                deadlineMilliseconds: settings.sendDeadline.wholeMilliseconds, limits: settings.admission
            )
            let purge = MessagePurge(intake: messages, access: access, store: store, time: time, logger: basis.logger)
            let guilds = GuildService(
                access: access, directory: backends.directory, bus: backends.bus, secrets: basis.secrets, mint: mint,
                purge: purge, time: time
            )
            let voice = VoiceService(
                store: backends.voice, bus: backends.bus, access: access, time: time, logger: basis.logger)
            let presence = PresenceService(
                store: backends.presence, voice: voice, bus: backends.bus, access: access, time: time,
                logger: basis.logger)
            let directs = DirectService(
                access: access, directory: backends.directory, store: store, bus: backends.bus, mint: mint, time: time
            )
            let history = HistoryService(access: access, store: store)
            let images = ImageService(
                files: backends.attachments, secrets: basis.secrets, quota: settings.attachments.quota, time: time)
            let progress = SearchProgress(log: backends.log, index: backends.search, time: time)
            return NodeCore(
                access: access, accounts: accounts, guilds: guilds, directs: directs, messages: messages,
                purge: purge,
                history: history,
                readStates: ReadStateService(
                    access: access, directory: backends.directory, store: store, bus: backends.bus, time: time),
                notifications: NotificationService(
                    access: access, directory: backends.directory, bus: backends.bus, time: time),
                webhooks: WebhookService(guilds: guilds, images: images),
                presence: presence,
                search: SearchService(
                    access: access, store: store, index: backends.search, history: history, progress: progress,
                    time: time
                ),
                images: images,
                attachments: AttachmentService(
                    files: backends.attachments, access: access, messages: store, mint: mint, secrets: basis.secrets,
                    time: time, limits: settings.attachments
                ),
                subscriptions: SubscriptionService(
                    store: backends.subscriptions, mint: mint, time: time, rule: push.rule,
                    applicationKey: push.keys?.publicKey ?? []
                ),
                deliveries: DeliveryReports(store: backends.deliveries, time: time),
                progress: progress,
                keeper: IndexKeeper(
                    access: access, store: store, index: backends.search, time: time, logger: basis.logger
                ),
                limits: RateLimits(settings.rates, limiter: backends.limiter, time: time)
            )
        } catch {
            throw NodeError(error)
        }
    }
}
