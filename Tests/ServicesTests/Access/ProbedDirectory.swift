import Chat
import Interface
import Synchronization

/// A directory that passes everything on, counts the reads that caches should spare it, and holds them or fails when
/// told to.
final class ProbedDirectory: Directory {
    enum Read: Hashable, Sendable {
        case snapshot(GuildID)
        case member(UserID, GuildID)
        case direct(ChannelID)
        case guildOfChannel
        case token
        case users
    }

    private struct State {
        var counts: [Read: Int] = [:]
        var isDown = false
        /// The read that will be held, and those that are.
        var held: Read?
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// Those who wait until somebody waits in the read.
        var watching: [CheckedContinuation<Void, Never>] = []
    }

    private let inner: any Directory
    private let state = Mutex(State())

    init(_ inner: any Directory) {
        self.inner = inner
    }

    func count(of read: Read) -> Int { state.withLock { $0.counts[read, default: 0] } }

    /// All reads that are counted.
    var count: Int { state.withLock { $0.counts.values.reduce(0, +) } }

    func setDown(_ isDown: Bool) {
        state.withLock { $0.isDown = isDown }
    }

    /// The next read like this one answers only after ``letGo()``, though with what it found before.
    func holdNext(_ read: Read) {
        state.withLock { $0.held = read }
    }

    /// Suspends until a read is held.
    func waitForHeldRead() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.waiting.isEmpty { state.watching.append(continuation) }
                return !state.waiting.isEmpty
            }
            if isHeld { continuation.resume() }
        }
    }

    func letGo() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    private func count(_ read: Read) throws(BackendError) {
        let isDown = state.withLock { state in
            state.counts[read, default: 0] += 1
            return state.isDown
        }
        if isDown {
            throw BackendError(
                .unavailable, operation: "directory.read", target: "directory", detail: "down for the test")
        }
    }

    private func waitIfHeld(_ read: Read) async {
        await withCheckedContinuation { continuation in
            let (isHeld, watching) = state.withLock { state in
                guard state.held == read else { return (false, [CheckedContinuation<Void, Never>]()) }
                state.held = nil
                state.waiting.append(continuation)
                defer { state.watching = [] }
                return (true, state.watching)
            }
            if !isHeld { continuation.resume() }
            for watcher in watching { watcher.resume() }
        }
    }

    func create(_ account: Account) async throws(BackendError) {
        try await inner.create(account)
    }

    func account(_ id: UserID) async throws(BackendError) -> Account? {
        try await inner.account(id)
    }

    func account(login: String) async throws(BackendError) -> Account? {
        try await inner.account(login: login)
    }

    func users(_ ids: [UserID]) async throws(BackendError) -> [User] {
        try count(.users)
        let answer = try await inner.users(ids)
        await waitIfHeld(.users)
        return answer
    }

    func accounts(after: UserID, limit: Int) async throws(BackendError) -> [Account] {
        try await inner.accounts(after: after, limit: limit)
    }

    func setPasswordHash(_ hash: String, of user: UserID) async throws(BackendError) {
        try await inner.setPasswordHash(hash, of: user)
    }

    func update(_ user: User) async throws(BackendError) {
        try await inner.update(user)
    }

    func addToken(
        _ hash: TokenHash, for user: UserID, createdAt: UInt64
    ) async throws(BackendError) -> [TokenHash] {
        try await inner.addToken(hash, for: user, createdAt: createdAt)
    }

    func user(forToken hash: TokenHash) async throws(BackendError) -> User? {
        try count(.token)
        let answer = try await inner.user(forToken: hash)
        await waitIfHeld(.token)
        return answer
    }

    func revokeToken(_ hash: TokenHash) async throws(BackendError) -> Bool {
        try await inner.revokeToken(hash)
    }

    func revokeTokens(of user: UserID) async throws(BackendError) -> [TokenHash] {
        try await inner.revokeTokens(of: user)
    }

    func create(_ guild: Guild, roles: [Role], channels: [Channel], owner: Member) async throws(BackendError) {
        try await inner.create(guild, roles: roles, channels: channels, owner: owner)
    }

    func deleteGuild(_ id: GuildID) async throws(BackendError) -> Bool {
        try await inner.deleteGuild(id)
    }

    func snapshot(of guild: GuildID) async throws(BackendError) -> GuildSnapshot? {
        try count(.snapshot(guild))
        let answer = try await inner.snapshot(of: guild)
        await waitIfHeld(.snapshot(guild))
        return answer
    }

    func guild(ofChannel channel: ChannelID) async throws(BackendError) -> GuildID? {
        try count(.guildOfChannel)
        return try await inner.guild(ofChannel: channel)
    }

    func guilds(after: GuildID, limit: Int) async throws(BackendError) -> [Guild] {
        try await inner.guilds(after: after, limit: limit)
    }

    func guilds(of user: UserID) async throws(BackendError) -> [GuildID] {
        try await inner.guilds(of: user)
    }

    func apply(
        _ change: GuildChange, to guild: GuildID, at epoch: UInt64?, recording entries: [AuditEntry]
    ) async throws(BackendError) -> UInt64 {
        try await inner.apply(change, to: guild, at: epoch, recording: entries)
    }

    func member(_ user: UserID, of guild: GuildID) async throws(BackendError) -> MemberProfile? {
        try count(.member(user, guild))
        let answer = try await inner.member(user, of: guild)
        await waitIfHeld(.member(user, guild))
        return answer
    }

    func members(of guild: GuildID, after: UserID, limit: Int) async throws(BackendError) -> [MemberProfile] {
        try await inner.members(of: guild, after: after, limit: limit)
    }

    func members(_ users: [UserID], of guild: GuildID) async throws(BackendError) -> [MemberProfile] {
        try await inner.members(users, of: guild)
    }

    func members(of guild: GuildID, namePrefix: String, limit: Int) async throws(BackendError) -> [MemberProfile] {
        try await inner.members(of: guild, namePrefix: namePrefix, limit: limit)
    }

    func ban(of user: UserID, in guild: GuildID) async throws(BackendError) -> BanProfile? {
        try await inner.ban(of: user, in: guild)
    }

    func bans(of guild: GuildID, _ cursor: BanCursor, limit: Int) async throws(BackendError) -> [BanProfile] {
        try await inner.bans(of: guild, cursor, limit: limit)
    }

    func record(_ entry: AuditEntry) async throws(BackendError) {
        try await inner.record(entry)
    }

    func count(_ entry: AuditEntry) async throws(BackendError) -> Bool { try await inner.count(entry) }

    func auditEntries(of guild: GuildID, _ query: AuditQuery) async throws(BackendError) -> [AuditEntry] {
        try await inner.auditEntries(of: guild, query)
    }

    func create(_ invite: Invite, recording entry: AuditEntry?) async throws(BackendError) {
        try await inner.create(invite, recording: entry)
    }

    func invite(_ code: String) async throws(BackendError) -> Invite? {
        try await inner.invite(code)
    }

    func invites(of guild: GuildID) async throws(BackendError) -> [Invite] {
        try await inner.invites(of: guild)
    }

    func deleteInvite(_ code: String, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await inner.deleteInvite(code, recording: entry)
    }

    func redeem(_ code: String, member: Member, now: UInt64) async throws(BackendError) -> UInt64? {
        try await inner.redeem(code, member: member, now: now)
    }

    func openDirect(_ id: ChannelID, from user: UserID, to other: UserID) async throws(BackendError) -> DirectChannel {
        try await inner.openDirect(id, from: user, to: other)
    }

    func createGroup(_ group: DirectChannel) async throws(BackendError) {
        try await inner.createGroup(group)
    }

    func direct(_ id: ChannelID) async throws(BackendError) -> DirectChannel? {
        try count(.direct(id))
        let answer = try await inner.direct(id)
        await waitIfHeld(.direct(id))
        return answer
    }

    func updateGroup(_ group: DirectChannel) async throws(BackendError) -> DirectChannel {
        try await inner.updateGroup(group)
    }

    func directs(of user: UserID, after: ChannelID?, limit: Int) async throws(BackendError) -> [DirectListing] {
        try await inner.directs(of: user, after: after, limit: limit)
    }

    func closeDirect(_ id: ChannelID, for user: UserID) async throws(BackendError) {
        try await inner.closeDirect(id, for: user)
    }

    func noteMessages(_ newest: [ChannelID: MessageID]) async throws(BackendError) -> [ChannelID: [UserID]] {
        try await inner.noteMessages(newest)
    }

    func create(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await inner.create(webhook, recording: entry)
    }

    func webhook(_ id: WebhookID) async throws(BackendError) -> Webhook? { try await inner.webhook(id) }

    func webhooks(inChannel channel: ChannelID) async throws(BackendError) -> [Webhook] {
        try await inner.webhooks(inChannel: channel)
    }

    func webhooks(of guild: GuildID) async throws(BackendError) -> [Webhook] { try await inner.webhooks(of: guild) }

    func update(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await inner.update(webhook, recording: entry)
    }

    func deleteWebhook(_ id: WebhookID, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        try await inner.deleteWebhook(id, recording: entry)
    }

    func notificationSettings(of user: UserID) async throws(BackendError) -> [NotificationSettings] {
        try await inner.notificationSettings(of: user)
    }

    func notificationSettings(
        of users: [UserID], in guild: GuildID?
    ) async throws(BackendError) -> [UserID: NotificationSettings] {
        try await inner.notificationSettings(of: users, in: guild)
    }

    func set(_ settings: NotificationSettings, of user: UserID) async throws(BackendError) -> NotificationSettings {
        try await inner.set(settings, of: user)
    }

    func images(of holders: [UInt64]) async throws(BackendError) -> [UInt64: String] {
        try await inner.images(of: holders)
    }

    func readStates(of user: UserID, limit: Int) async throws(BackendError) -> [ReadState] {
        try await inner.readStates(of: user, limit: limit)
    }

    func acknowledge(_ marks: [ReadMark], by user: UserID) async throws(BackendError) -> [ReadState] {
        try await inner.acknowledge(marks, by: user)
    }

    func noteMentions(_ notes: [MentionNote]) async throws(BackendError) -> [UserReadState] {
        try await inner.noteMentions(notes)
    }

    func crowdMentions(in guilds: [GuildID]) async throws(BackendError) -> [CrowdMention] {
        try await inner.crowdMentions(in: guilds)
    }

    func setBlock(_ isBlocked: Bool, of other: UserID, by user: UserID) async throws(BackendError) -> DirectChannel? {
        try await inner.setBlock(isBlocked, of: other, by: user)
    }

    func blocked(by user: UserID, after: UserID, limit: Int) async throws(BackendError) -> [UserID] {
        try await inner.blocked(by: user, after: after, limit: limit)
    }

    func isBlocked(_ user: UserID, by other: UserID) async throws(BackendError) -> Bool {
        try await inner.isBlocked(user, by: other)
    }
}
