package import Chat
import Interface
import Metrics

/// What the audit log is told of a change, before it has an id.
struct Deed: Sendable {
    var action: AuditEntry.Action
    var target: UInt64?
    var changes: [AuditChange]
    var options: AuditOptions

    init(
        _ action: AuditEntry.Action, _ target: UInt64?, _ changes: [AuditChange] = [],
        _ options: AuditOptions = AuditOptions()
    ) {
        self.action = action
        self.target = target
        self.changes = changes
        self.options = options
    }
}

/// Deeds of one change, with who did them and why.
struct Deeds: Sendable {
    var actor: UserID
    /// In the actor's words.
    var reason: String?
    var list: [Deed]

    init(by actor: UserID, because reason: String?, _ list: [Deed]) {
        self.actor = actor
        self.reason = reason
        self.list = list
    }
}

/// A page of an audit log, with the users and the webhooks it names, as far as they are there still.
package struct AuditPage: Sendable {
    package var entries: [AuditEntry]
    package var users: [User]
    package var webhooks: [Webhook]

    package init(entries: [AuditEntry], users: [User], webhooks: [Webhook]) {
        self.entries = entries
        self.users = users
        self.webhooks = webhooks
    }
}

/// The audit log of a guild. An entry is written together with the change it tells of where that lies in the directory:
/// neither is there without the other. What is done elsewhere, to messages and in voice channels, is recorded after it
/// has been done.
extension GuildService {
    /// Entries a page may hold (Discord's API).
    private static let pageEntries: ClosedRange<Int> = 1...100

    /// A page of a guild's audit log; takes VIEW_AUDIT_LOG. Newest first; behind `after` the oldest first, as in Discord.
    /// Entries of more than 45 days ago are not shown.
    /// - Throws: `.unknownGuild`, `.missingPermissions`, `.invalidForm`.
    package func auditLog(
        of guild: GuildID, user: UserID? = nil, action: AuditEntry.Action? = nil, before: AuditEntryID? = nil,
        after: AuditEntryID? = nil, limit: Int, for asker: UserID
    ) async throws(ServiceError) -> AuditPage {
        var form = FormCheck()
        _ = form.number(Int64(limit), "limit", in: Self.pageEntries)
        try form.finish()
        let grant = try await access.guild(guild, for: asker, needing: .viewAuditLog)
        let query = AuditQuery(
            user: user, action: action, before: before, after: after, since: AuditQuery.oldest(at: grant.decidedAt),
            limit: limit)
        let entries = try await ask { () async throws(BackendError) in
            try await directory.auditEntries(of: guild, query)
        }
        let users = Set(entries.map(\.actor)).union(entries.compactMap(\.targetUser))
        return AuditPage(
            entries: entries, users: try await access.cache.users(users.sorted()).values.sorted { $0.id < $1.id },
            webhooks: try await webhooks(namedBy: entries, of: guild))
    }

    private func webhooks(
        namedBy entries: [AuditEntry], of guild: GuildID
    ) async throws(ServiceError) -> [Webhook] {
        let named = Set(entries.filter { $0.action.isOfWebhooks }.compactMap { $0.target.map { WebhookID($0) } })
        guard !named.isEmpty else { return [] }
        return try await ask { () async throws(BackendError) in try await directory.webhooks(of: guild) }
            .filter { named.contains($0.id) }
    }

    /// The entries of a change that is about to be committed.
    func entries(_ deeds: Deeds?, of guild: GuildID) throws(ServiceError) -> [AuditEntry] {
        guard let deeds else { return [] }
        // Reasons of edges that do not check them are no reason to write more than there may be.
        let reason = deeds.reason.map { String($0.unicodeScalars.prefix(Limits.auditReasonCharactersMax)) }
        var entries: [AuditEntry] = []
        for deed in deeds.list {
            entries.append(
                AuditEntry(
                    id: try mint.next(AuditEntryID.self), guild: guild, actor: deeds.actor, action: deed.action,
                    target: deed.target, changes: deed.changes, options: deed.options, reason: reason))
        }
        return entries
    }

    /// Records what was done outside of the directory. A record that fails does not undo the deed: it is counted.
    /// - Parameter isCounted: whether it may be counted with an earlier one of its kind, which nobody is told of anew.
    func record(
        _ deed: Deed, isCounted: Bool = false, in guild: GuildID, by actor: UserID, because reason: String?
    ) async {
        // Whoever asked may hang up meanwhile: awaited in the next line.
        let recording = Task { () -> Bool in
            do {
                var new: [AuditEntry] = []
                for entry in try entries(Deeds(by: actor, because: reason, [deed]), of: guild) {
                    if isCounted {
                        guard try await directory.count(entry) else { continue }
                    } else {
                        try await directory.record(entry)
                    }
                    new.append(entry)
                }
                await publish(new, epoch: access.cache.cached(guild)?.epoch ?? 0)
                return true
            } catch {
                return false
            }
        }
        if await !recording.value { unrecorded.increment() }
    }

    /// Publishes entries that are written. What fails here is seen by whoever looks at the log.
    func publish(_ entries: [AuditEntry], epoch: UInt64) async {
        _ = try? await bus.publish(messages(entries, epoch: epoch, now: time.unixMilliseconds))
    }

    /// How entries reach those who asked for moderation.
    func messages(_ entries: [AuditEntry], epoch: UInt64, now: UInt64) -> [FanoutMessage] {
        entries.map { entry in
            FanoutMessage(
                topic: .presence(entry.guild), position: nil, epoch: epoch, acceptedAt: now,
                payload: PassingEvent.audited(entry).encoded())
        }
    }
}

extension AuditEntry.Action {
    fileprivate var isOfWebhooks: Bool { [.webhookCreate, .webhookUpdate, .webhookDelete].contains(self) }
}

extension AuditEntry {
    /// The target, where it is a user.
    fileprivate var targetUser: UserID? {
        switch action {
        case .memberKick, .memberBan, .memberUnban, .memberUpdate, .memberRoleUpdate, .memberMove, .memberDisconnect,
            .messageDelete, .messagePin, .messageUnpin:
            target.map { UserID($0) }
        case .guildUpdate, .channelCreate, .channelUpdate, .channelDelete, .overwriteCreate, .overwriteUpdate,
            .overwriteDelete, .roleCreate, .roleUpdate, .roleDelete, .inviteCreate, .inviteDelete, .webhookCreate,
            .webhookUpdate, .webhookDelete, .messageBulkDelete:
            nil
        }
    }
}
