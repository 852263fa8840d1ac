import Chat
import Interface
import Synchronization

/// A directory that is read and never changed through the role; tests set what it holds.
final class ModelDirectory: Directory {
    struct Contents {
        var users: [UserID: User] = [:]
        var guilds: [GuildID: GuildSnapshot] = [:]
        var members: [GuildID: [UserID: Member]] = [:]
        var directs: [ChannelID: DirectChannel] = [:]
        /// The newest messages that lists have taken note of.
        var noted: [ChannelID: MessageID] = [:]
        var readStates: [UserID: [ChannelID: ReadState]] = [:]
        var crowds: [GuildID: [CrowdMention]] = [:]
    }

    private let contents: Mutex<Contents>
    private let down = Atomic<Bool>(false)

    init(_ contents: Contents) {
        self.contents = Mutex(contents)
    }

    /// While true, every call fails with `.unavailable`.
    var isDown: Bool {
        get { down.load(ordering: .relaxed) }
        set { down.store(newValue, ordering: .relaxed) }
    }

    /// The newest messages that lists have taken note of.
    var noted: [ChannelID: MessageID] { contents.withLock(\.noted) }

    /// How many unread messages mention a user in a channel.
    func mentions(of user: UserID, in channel: ChannelID) -> UInt32 {
        contents.withLock { $0.readStates[user]?[channel]?.mentionCount ?? 0 }
    }

    /// The messages that mention many.
    func crowds(in guild: GuildID) -> [CrowdMention] { contents.withLock { $0.crowds[guild] ?? [] } }

    func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

    private func get<Value>(_ body: (Contents) -> Value) throws(BackendError) -> Value {
        guard !isDown else { throw BackendError(.unavailable, operation: "directory", target: "model", detail: "down") }
        return contents.withLock { body($0) }
    }

    private var unchangeable: BackendError {
        BackendError(
            .readOnly, operation: "directory", target: "model",
            detail: "the model directory is not changed through its role")
    }

    func account(_ id: UserID) async throws(BackendError) -> Account? {
        try get { $0.users[id].map { Account(user: $0) } }
    }

    func account(login: String) async throws(BackendError) -> Account? {
        try get { $0.users.values.first { $0.username == login }.map { Account(user: $0) } }
    }

    func users(_ ids: [UserID]) async throws(BackendError) -> [User] {
        try get { all in ids.compactMap { all.users[$0] } }
    }

    func accounts(after: UserID, limit: Int) async throws(BackendError) -> [Account] {
        try get { all in
            all.users.values.filter { $0.id > after }.sorted { $0.id < $1.id }.prefix(limit).map { Account(user: $0) }
        }
    }

    func user(forToken hash: TokenHash) async throws(BackendError) -> User? { nil }

    func snapshot(of guild: GuildID) async throws(BackendError) -> GuildSnapshot? { try get { $0.guilds[guild] } }

    func guild(ofChannel channel: ChannelID) async throws(BackendError) -> GuildID? {
        try get { $0.guilds.first { $0.value.channels[channel] != nil }?.key }
    }

    func guilds(after: GuildID, limit: Int) async throws(BackendError) -> [Guild] {
        try get {
            $0.guilds.values.map(\.guild).filter { $0.id > after }.sorted { $0.id < $1.id }.prefix(limit).map { $0 }
        }
    }

    func guilds(of user: UserID) async throws(BackendError) -> [GuildID] {
        try get { $0.members.filter { $0.value[user] != nil }.map(\.key).sorted() }
    }

    func member(_ user: UserID, of guild: GuildID) async throws(BackendError) -> MemberProfile? {
        try get { all in
            guard let member = all.members[guild]?[user], let user = all.users[user] else { return nil }
            return MemberProfile(user: user, member: member)
        }
    }

    func members(of guild: GuildID, after: UserID, limit: Int) async throws(BackendError) -> [MemberProfile] {
        throw unchangeable
    }
    func members(_ users: [UserID], of guild: GuildID) async throws(BackendError) -> [MemberProfile] {
        try get { all in
            users.compactMap { id in
                guard let member = all.members[guild]?[id], let user = all.users[id] else { return nil }
                return MemberProfile(user: user, member: member)
            }
        }
    }
    func members(of guild: GuildID, namePrefix: String, limit: Int) async throws(BackendError) -> [MemberProfile] {
        throw unchangeable
    }

    func create(_ account: Account) async throws(BackendError) { throw unchangeable }
    func setPasswordHash(_ hash: String, of user: UserID) async throws(BackendError) { throw unchangeable }
    func update(_ user: User) async throws(BackendError) { throw unchangeable }
    func addToken(
        _ hash: TokenHash, for user: UserID, createdAt: UInt64
    ) async throws(BackendError) -> [TokenHash] {
        throw unchangeable
    }
    func revokeToken(_ hash: TokenHash) async throws(BackendError) -> Bool { throw unchangeable }
    func revokeTokens(of user: UserID) async throws(BackendError) -> [TokenHash] { throw unchangeable }
    func create(_ guild: Guild, roles: [Role], channels: [Channel], owner: Member) async throws(BackendError) {
        throw unchangeable
    }
    func deleteGuild(_ id: GuildID) async throws(BackendError) -> Bool { throw unchangeable }
    func apply(
        _ change: GuildChange, to guild: GuildID, at epoch: UInt64?, recording entries: [AuditEntry]
    ) async throws(BackendError) -> UInt64 {
        throw unchangeable
    }
    func record(_ entry: AuditEntry) async throws(BackendError) { throw unchangeable }
    func count(_ entry: AuditEntry) async throws(BackendError) -> Bool { throw unchangeable }
    func auditEntries(of guild: GuildID, _ query: AuditQuery) async throws(BackendError) -> [AuditEntry] { [] }
    func ban(of user: UserID, in guild: GuildID) async throws(BackendError) -> BanProfile? { nil }
    func bans(of guild: GuildID, _ cursor: BanCursor, limit: Int) async throws(BackendError) -> [BanProfile] { [] }
    func create(_ invite: Invite, recording entry: AuditEntry?) async throws(BackendError) { throw unchangeable }
    func invite(_ code: String) async throws(BackendError) -> Invite? { nil }
    func invites(of guild: GuildID) async throws(BackendError) -> [Invite] { [] }
    func deleteInvite(_ code: String, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        throw unchangeable
    }
    func redeem(_ code: String, member: Member, now: UInt64) async throws(BackendError) -> UInt64? {
        throw unchangeable
    }

    func direct(_ id: ChannelID) async throws(BackendError) -> DirectChannel? { try get { $0.directs[id] } }
    /// Every list has every channel from the beginning.
    func noteMessages(_ newest: [ChannelID: MessageID]) async throws(BackendError) -> [ChannelID: [UserID]] {
        _ = try get { _ in }
        defer { note(newest) }
        return [:]
    }
    private func note(_ newest: [ChannelID: MessageID]) {
        change { contents in
            for (channel, message) in newest {
                contents.noted[channel] = max(message, contents.noted[channel] ?? message)
            }
        }
    }
    func noteMentions(_ notes: [MentionNote]) async throws(BackendError) -> [UserReadState] {
        _ = try get { _ in }
        return contents.withLock { contents in
            var noted: [UserReadState] = []
            for note in notes {
                for user in note.users {
                    var state = contents.readStates[user]?[note.channel] ?? ReadState(channel: note.channel)
                    _ = state.note(mentionIn: note.message)
                    contents.readStates[user, default: [:]][note.channel] = state
                    noted.append(UserReadState(user: user, state: state))
                }
                if let guild = note.guild, let crowd = note.crowd {
                    let mention = CrowdMention(
                        message: note.message, channel: note.channel, author: note.author, crowd: crowd)
                    if contents.crowds[guild]?.contains(mention) != true {
                        contents.crowds[guild, default: []].append(mention)
                    }
                }
            }
            return noted
        }
    }
    func create(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        throw unchangeable
    }
    func webhook(_ id: WebhookID) async throws(BackendError) -> Webhook? { nil }
    func webhooks(inChannel channel: ChannelID) async throws(BackendError) -> [Webhook] { [] }
    func webhooks(of guild: GuildID) async throws(BackendError) -> [Webhook] { [] }
    func update(_ webhook: Webhook, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        throw unchangeable
    }
    func deleteWebhook(_ id: WebhookID, recording entry: AuditEntry?) async throws(BackendError) -> Bool {
        throw unchangeable
    }
    func notificationSettings(of user: UserID) async throws(BackendError) -> [NotificationSettings] { [] }
    func notificationSettings(
        of users: [UserID], in guild: GuildID?
    ) async throws(BackendError) -> [UserID: NotificationSettings] { [:] }
    func set(_ settings: NotificationSettings, of user: UserID) async throws(BackendError) -> NotificationSettings {
        throw unchangeable
    }
    func images(of holders: [UInt64]) async throws(BackendError) -> [UInt64: String] { [:] }
    func readStates(of user: UserID, limit: Int) async throws(BackendError) -> [ReadState] { throw unchangeable }
    func acknowledge(_ marks: [ReadMark], by user: UserID) async throws(BackendError) -> [ReadState] {
        throw unchangeable
    }
    func crowdMentions(in guilds: [GuildID]) async throws(BackendError) -> [CrowdMention] {
        try get { all in guilds.flatMap { all.crowds[$0] ?? [] } }
    }
    func directs(of user: UserID, after: ChannelID?, limit: Int) async throws(BackendError) -> [DirectListing] {
        throw unchangeable
    }
    func openDirect(_ id: ChannelID, from user: UserID, to other: UserID) async throws(BackendError) -> DirectChannel {
        throw unchangeable
    }
    func createGroup(_ group: DirectChannel) async throws(BackendError) { throw unchangeable }
    func updateGroup(_ group: DirectChannel) async throws(BackendError) -> DirectChannel { throw unchangeable }
    func closeDirect(_ id: ChannelID, for user: UserID) async throws(BackendError) { throw unchangeable }
    func setBlock(_ isBlocked: Bool, of other: UserID, by user: UserID) async throws(BackendError) -> DirectChannel? {
        throw unchangeable
    }
    func blocked(by user: UserID, after: UserID, limit: Int) async throws(BackendError) -> [UserID] { [] }
    func isBlocked(_ user: UserID, by other: UserID) async throws(BackendError) -> Bool { false }
}

/// Gives every claim a higher epoch.
final class ModelCoordinator: Coordinator {
    private let epochs = Mutex<[PartitionRef: UInt64]>([:])

    func cluster(orElse candidate: ClusterID) async throws(BackendError) -> ClusterID { candidate }
    func register(_ name: String, now: UInt64, leaseMilliseconds: UInt64) async throws(BackendError) -> NodeRecord {
        NodeRecord(name: name, number: 1, epoch: 1, leaseUntil: now + leaseMilliseconds)
    }
    func renew(_ node: NodeRecord, now: UInt64, leaseMilliseconds: UInt64) async throws(BackendError) -> NodeRecord {
        node
    }
    func release(_ node: NodeRecord) async throws(BackendError) {}
    func nodes(now: UInt64) async throws(BackendError) -> [NodeRecord] { [] }
    func claim(_ ref: PartitionRef, for node: NodeRecord) async throws(BackendError) -> Ownership {
        let epoch = epochs.withLock { epochs in
            epochs[ref, default: 0] += 1
            return epochs[ref] ?? 0
        }
        return Ownership(ref: ref, owner: node.name, epoch: epoch)
    }
    func ownership(group: String, topic: Topic) async throws(BackendError) -> [Ownership] { [] }
}
