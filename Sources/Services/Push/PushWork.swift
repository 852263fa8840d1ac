import Chat
import Interface
import Logging

/// What the push service does with a batch of events: waits until each message has had its time to be seen, then tells
/// those who have not.
///
/// It waits in the log's order, so that the place it commits says whom it has looked after; what a crash takes is a
/// second look, in which who has seen the message meanwhile is not told.
struct PushWork: RecordWork {
    static let group = "push-service"
    /// Users who are looked at for one message that mentions a role or everyone. Others are not told: overflow policy
    /// `skip`.
    static let audienceMax = 10_000
    private static let pageMax = 1_000
    /// SUPPRESS_NOTIFICATIONS.
    private static let silentFlag: UInt32 = 1 << 12

    let access: Access
    let directory: any Directory
    let messages: any MessageStore
    let presence: any PresenceStore
    let subscriptions: any SubscriptionStore
    let deliveries: any DeliveryStore
    let time: any TimeSource
    let settings: PushSettings
    let logger: Logger
    /// Takes a notification on its way; never waits.
    let send: @Sendable (PushNotification) -> Void

    func start(of partition: Int, committed: UInt64) async throws(BackendError) -> UInt64 { committed }

    /// Notifications wait for seconds in any case: a busy log is read in few large batches.
    func rest(after milliseconds: UInt64) -> UInt64 { min(500, settings.delayMilliseconds / 8) }

    func process(_ records: [LogRecord], of partition: Int) async throws(BackendError) {
        for record in records {
            guard case .messageCreated(let hydrated) = try? ChannelEvent(encoded: record.payload),
                Self.mayConcern(hydrated.message)
            else { continue }
            let stored = record.position.timestamp
            try await wait(until: stored + settings.delayMilliseconds)
            // What lay in the log for too long is news no more.
            guard time.unixMilliseconds < stored + settings.lifeSeconds * 1_000 else { continue }
            try await look(after: hydrated, storedAt: stored)
        }
    }

    /// Most messages of guilds concern nobody in particular.
    private static func mayConcern(_ message: Message) -> Bool {
        message.flags & silentFlag == 0 && (message.guild == nil || !message.mentions.isEmpty)
    }

    private func wait(until moment: UInt64) async throws(BackendError) {
        let now = time.unixMilliseconds
        guard moment > now else { return }
        do {
            try await time.sleep(milliseconds: min(moment - now, settings.delayMilliseconds))
        } catch {
            throw BackendError(.unavailable, operation: "push.wait", target: "a message", detail: "cancelled")
        }
    }

    private func look(after hydrated: HydratedMessage, storedAt: UInt64) async throws(BackendError) {
        let message = hydrated.message
        var told: Set<UserID> = [message.author]
        var place = UserID(0)
        var looked = 0
        while looked < Self.audienceMax {
            let page = try await audience(of: message, after: place)
            looked += page.users.count
            let fresh = page.users.filter { told.insert($0).inserted }
            try await tell(fresh, of: hydrated, storedAt: storedAt)
            guard let next = page.next else { return }
            place = next
        }
        logger.notice("not everybody was looked at", metadata: ["channel.id": "\(message.channel)"])
    }

    /// Whom a message may concern, a page at a time: those it names come first.
    private func audience(
        of message: Message, after place: UserID
    ) async throws(BackendError) -> (users: [UserID], next: UserID?) {
        guard let guild = message.guild else { return (try await parties(of: message.channel), nil) }
        let isWide = message.mentions.everyone || !message.mentions.roles.isEmpty
        guard isWide else { return (message.mentions.users, nil) }
        let subscribers = try await subscriptions.subscribers(in: guild, after: place, limit: Self.pageMax)
        let next = subscribers.count == Self.pageMax ? subscribers.last : nil
        guard !message.mentions.everyone else { return (subscribers, next) }
        let named = Set(message.mentions.users)
        let profiles = try await directory.members(subscribers, of: guild)
        let concerned = profiles.filter { profile in
            named.contains(profile.user.id) || profile.member.roles.contains { message.mentions.roles.contains($0) }
        }
        return (concerned.map(\.user.id), next)
    }

    private func parties(of channel: ChannelID) async throws(BackendError) -> [UserID] {
        do throws(ServiceError) {
            guard case .direct(let direct) = try await access.cache.place(of: channel) else { return [] }
            return direct.parties
        } catch {
            throw Self.outage(error)
        }
    }

    /// Tells those of these users who have not seen the message, may see it, and want to hear of it.
    private func tell(
        _ users: [UserID], of hydrated: HydratedMessage, storedAt: UInt64
    ) async throws(BackendError) {
        let message = hydrated.message
        let found = try await subscriptions.subscriptions(of: users)
        guard !found.isEmpty else { return }
        let byUser = Dictionary(grouping: found, by: \.user)
        let candidates = byUser.keys.sorted()
        let records = try await presence.records(of: candidates)
        let shown = Dictionary(records.map { ($0.presence.user, $0) }, uniquingKeysWith: { first, _ in first })
        let delivered = try await deliveries.positions(of: candidates)
        let absent = candidates.filter {
            !PushQuiet.isQuiet(shown[$0]) && !PushQuiet.hasSeen(messageAt: storedAt, deliveredThrough: delivered[$0])
        }
        guard !absent.isEmpty,
            let now = try await messages.message(message.id, in: message.channel, includingDeleted: false)
        else { return }
        let letter = PushLetter(now, author: hydrated.author).json
        let settings = try await directory.notificationSettings(of: absent, in: message.guild)
        for user in absent {
            guard let grant = try await grant(message, user) else { continue }
            if let wishes = settings[user],
                !wishes.wants(message, roles: grant.member?.roles ?? [], by: user, at: time.unixMilliseconds)
            {
                continue
            }
            for subscription in byUser[user] ?? [] {
                send(
                    PushNotification(
                        subscription: subscription, message: message.id, letter: letter,
                        expiresAt: storedAt + self.settings.lifeSeconds * 1_000))
            }
        }
    }

    private static func outage(_ error: ServiceError) -> BackendError {
        BackendError(.unavailable, operation: "push.access", target: "a channel", detail: error.detail)
    }

    /// As it is now, whatever it was when the message was sent; `nil` for who may not see it, or has blocked its author.
    private func grant(
        _ message: Message, _ user: UserID
    ) async throws(BackendError) -> Access.ChannelGrant? {
        let grant: Access.ChannelGrant
        do throws(ServiceError) {
            grant = try await access.channel(message.channel, for: user)
            guard grant.permissions.contains(.readMessageHistory) else { return nil }
        } catch {
            // What cannot be asked now is asked again: an outage tells nobody nothing.
            guard case .unavailable = error.code else { return nil }
            throw Self.outage(error)
        }
        return try await directory.isBlocked(message.author, by: user) ? nil : grant
    }
}

/// One message on its way to one subscription.
struct PushNotification: Sendable {
    var subscription: PushSubscription
    var message: MessageID
    /// JSON.
    var letter: [UInt8]
    /// Unix milliseconds.
    var expiresAt: UInt64
}
