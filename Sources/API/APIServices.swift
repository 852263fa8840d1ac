package import Services
package import Wire

/// What the routes call. All of it is shared with the gateway.
package struct APIServices: Sendable {
    package var accounts: AccountService
    package var guilds: GuildService
    package var directs: DirectService
    package var messages: MessageIntake
    package var moderation: ModerationService
    package var history: HistoryService
    package var readStates: ReadStateService
    package var notifications: NotificationService
    package var webhooks: WebhookService
    package var access: Access
    package var presence: PresenceService
    package var search: SearchService
    package var images: ImageService
    package var attachments: AttachmentService
    package var subscriptions: SubscriptionService
    /// Where clients fetch files from.
    package var files: AttachmentLinks
    package var limits: RateLimits

    package init(
        accounts: AccountService, guilds: GuildService, directs: DirectService, messages: MessageIntake,
        history: HistoryService, readStates: ReadStateService, notifications: NotificationService,
        webhooks: WebhookService, access: Access, presence: PresenceService, search: SearchService,
        images: ImageService, attachments: AttachmentService,
        subscriptions: SubscriptionService, files: AttachmentLinks, limits: RateLimits
    ) {
        self.accounts = accounts
        self.guilds = guilds
        self.directs = directs
        self.messages = messages
        moderation = ModerationService(guilds: guilds, messages: messages, voice: presence.voice)
        self.history = history
        self.readStates = readStates
        self.notifications = notifications
        self.webhooks = webhooks
        self.access = access
        self.presence = presence
        self.search = search
        self.images = images
        self.attachments = attachments
        self.subscriptions = subscriptions
        self.files = files
        self.limits = limits
    }
}
