package import Chat
package import Interface
package import Services

/// The services of this node, as the gateway asks them.
package struct ServiceSource: GatewaySource {
    private let accounts: AccountService
    private let cache: GuildCache
    private let directory: any Directory
    private let directs: DirectService
    private let history: HistoryService
    private let intake: MessageIntake
    private let limits: RateLimits
    private let presence: PresenceService
    private let readStates: ReadStateService
    private let notifications: NotificationService
    private let deliveries: DeliveryReports
    private let secrets: any SecretKeeper

    package init(
        accounts: AccountService, cache: GuildCache, directory: any Directory, directs: DirectService,
        history: HistoryService, intake: MessageIntake, limits: RateLimits, presence: PresenceService,
        readStates: ReadStateService, notifications: NotificationService, deliveries: DeliveryReports,
        secrets: any SecretKeeper
    ) {
        self.accounts = accounts
        self.cache = cache
        self.directory = directory
        self.directs = directs
        self.history = history
        self.intake = intake
        self.limits = limits
        self.presence = presence
        self.readStates = readStates
        self.notifications = notifications
        self.deliveries = deliveries
        self.secrets = secrets
    }

    package func authenticate(_ token: String) async throws(ServiceError) -> (user: User, token: TokenHash) {
        let authentication = try await accounts.authenticate(token)
        return (authentication.user, authentication.token)
    }

    package func user(_ id: UserID) async throws(ServiceError) -> User? {
        do throws(BackendError) {
            return try await directory.users([id]).first
        } catch {
            throw ServiceError(error)
        }
    }

    package func countLogin(of user: UserID) async throws(ServiceError) {
        try await limits.charge(.identify, by: user)
    }

    package func delivered(to user: UserID, through time: UInt64) { deliveries.note(user, through: time) }

    package func hash(of token: String) -> TokenHash { secrets.hash(token: token) }

    package func guilds(of user: UserID) async throws(ServiceError) -> [GuildID] {
        do throws(BackendError) {
            return try await directory.guilds(of: user)
        } catch {
            throw ServiceError(error)
        }
    }

    package func snapshot(of guild: GuildID, atLeast epoch: UInt64) async throws(ServiceError) -> GuildSnapshot? {
        try await cache.snapshot(of: guild, atLeast: epoch)
    }

    package func member(_ user: UserID, of guild: GuildID) async throws(ServiceError) -> MemberProfile? {
        do throws(BackendError) {
            return try await directory.member(user, of: guild)
        } catch {
            throw ServiceError(error)
        }
    }

    package func members(
        of guild: GuildID, after: UserID, limit: Int
    ) async throws(ServiceError) -> [MemberProfile] {
        do throws(BackendError) {
            return try await directory.members(of: guild, after: after, limit: limit)
        } catch {
            throw ServiceError(error)
        }
    }

    package func members(_ users: [UserID], of guild: GuildID) async throws(ServiceError) -> [MemberProfile] {
        do throws(BackendError) {
            return try await directory.members(users, of: guild)
        } catch {
            throw ServiceError(error)
        }
    }

    package func members(
        of guild: GuildID, namePrefix: String, limit: Int
    ) async throws(ServiceError) -> [MemberProfile] {
        do throws(BackendError) {
            return try await directory.members(of: guild, namePrefix: namePrefix, limit: limit)
        } catch {
            throw ServiceError(error)
        }
    }

    package func guild(ofChannel channel: ChannelID) async throws(ServiceError) -> GuildID? {
        try await cache.guild(ofChannel: channel)
    }

    package func direct(_ id: ChannelID, atLeast version: UInt64) async throws(ServiceError) -> DirectChannel? {
        try await cache.directs.channel(id, atLeast: version)
    }

    package func directs(of user: UserID, limit: Int) async throws(ServiceError) -> [DirectView] {
        try await directs.list(of: user, limit: limit)
    }

    package func readStates(of user: UserID, in guilds: [GuildID]) async throws(ServiceError) -> ReadStateList {
        try await readStates.list(of: user, in: guilds)
    }

    package func notificationSettings(
        of user: UserID, in guilds: [GuildID]
    ) async throws(ServiceError) -> NotificationList {
        try await notifications.list(of: user, in: guilds)
    }

    package func readChanges(
        of user: UserID, after version: UInt64, limit: Int
    ) async throws(ServiceError) -> [ReadChange]? {
        try await readStates.changes(of: user, after: version, limit: limit)
    }

    package func lastMessages(of channels: [ChannelID]) async throws(ServiceError) -> [ChannelID: MessageID] {
        try await history.lastMessages(of: channels)
    }

    package func report(_ commands: [PresenceCommand]) { presence.report(commands) }

    package func presences(of users: [UserID]) async throws(ServiceError) -> [Presence] {
        try await presence.presences(of: users)
    }

    package func voiceStates(of guild: GuildID) async throws(ServiceError) -> [VoiceState] {
        try await presence.voice.states(of: guild)
    }

    package func restoreVoices(_ staying: [VoiceState], left: [VoiceState]) async {
        await presence.voice.restore(staying, left: left)
    }

    package func updateVoice(_ request: VoiceRequest, of session: UserSession) async throws(ServiceError) {
        try await presence.voice.update(request, of: session)
    }

    package func admit() throws(ServiceError) -> AdmissionTicket { try intake.admission.admit() }

    package func withdraw(_ ticket: AdmissionTicket) { intake.admission.withdraw(ticket) }

    /// What becomes of the message arrives as MESSAGE_CREATE.
    package func send(
        _ request: SendRequest, as user: UserID, ticket: AdmissionTicket,
        failed: @escaping @Sendable (ServiceError) -> Void
    ) async throws(ServiceError) {
        let author: User
        do throws(ServiceError) {
            try await limits.charge(.message, by: user)
            guard let found = try await cache.user(user) else { throw ServiceError(.unknownUser) }
            author = found
        } catch {
            intake.admission.withdraw(ticket)
            throw error
        }
        let message = NewMessage(
            content: request.content, nonce: request.nonce, enforcesNonce: request.enforcesNonce, isTTS: request.isTTS)
        try await intake.post(message, to: request.channel, as: author, ticket: ticket, failed: failed)
    }
}
