package import Services
package import Wire

/// What the routes call. All of it is shared with the gateway.
package struct APIServices: Sendable {
    package var accounts: AccountService
    package var guilds: GuildService
    package var directs: DirectService
    package var messages: MessageIntake
    package var history: HistoryService
    package var access: Access
    package var presence: PresenceService
    package var search: SearchService
    package var attachments: AttachmentService
    package var subscriptions: SubscriptionService
    /// Where clients fetch files from.
    package var files: AttachmentLinks

    package init(
        accounts: AccountService, guilds: GuildService, directs: DirectService, messages: MessageIntake,
        history: HistoryService, access: Access, presence: PresenceService, search: SearchService,
        attachments: AttachmentService, subscriptions: SubscriptionService, files: AttachmentLinks
    ) {
        self.accounts = accounts
        self.guilds = guilds
        self.directs = directs
        self.messages = messages
        self.history = history
        self.access = access
        self.presence = presence
        self.search = search
        self.attachments = attachments
        self.subscriptions = subscriptions
        self.files = files
    }
}
