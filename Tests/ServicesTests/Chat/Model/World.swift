import Chat
import Interface
import Logging
import Services

/// A guild with two text channels that everybody may use, a category, and a channel for its owner alone, over model
/// backends.
struct World {
    static let node: UInt16 = 7
    let guild = GuildID(1_000)
    let general = ChannelID(2_001)
    let random = ChannelID(2_002)
    let category = ChannelID(2_003)
    let hidden = ChannelID(2_004)
    /// Between alice and bob.
    let direct = ChannelID(2_005)
    /// May do everything.
    let owner = User(id: UserID(1), username: "owner")
    /// Holds a role with MANAGE_MESSAGES and MENTION_EVERYONE.
    let moderator = User(id: UserID(2), username: "moderator")
    let alice = User(id: UserID(3), username: "alice")
    let bob = User(id: UserID(4), username: "bob")
    /// Has an account and is no member.
    let stranger = User(id: UserID(5), username: "stranger")
    let moderators = RoleID(3_001)
    /// Can be mentioned by anybody.
    let helpers = RoleID(3_002)

    let time: any TimeSource
    let log: ModelLog
    let store: ModelStore
    let bus: ModelBus
    let directory: ModelDirectory
    let coordinator = ModelCoordinator()
    let access: Access

    init(
        time: any TimeSource = ModelTime(), faults: Faults = Faults(), partitions: Int = 1, readMax: Int = 1_000,
        duringPage: @escaping @Sendable () async -> Void = {}
    ) async throws {
        self.time = time
        log = ModelLog(time: time, faults: faults, partitions: partitions, readMax: readMax)
        store = ModelStore(faults: faults, duringPage: duringPage)
        bus = ModelBus(faults: faults)
        var contents = ModelDirectory.Contents()
        for user in [owner, moderator, alice, bob, stranger] { contents.users[user.id] = user }
        let everyone = RoleID(everyoneOf: guild)
        let ordinary: Permissions = [.viewChannel, .sendMessages, .embedLinks, .readMessageHistory]
        var secret = Channel(id: hidden, kind: .text, guild: guild, name: "hidden")
        secret.overwrites = [PermissionOverwrite(target: .role(everyone), allow: [], deny: .viewChannel)]
        contents.guilds[guild] = GuildSnapshot(
            guild: Guild(id: guild, name: "World", owner: owner.id), epoch: 9,
            roles: [
                Role(id: everyone, name: "@everyone", permissions: ordinary),
                Role(
                    id: moderators, name: "moderators", permissions: [.manageMessages, .mentionEveryone], position: 2),
                Role(id: helpers, name: "helpers", permissions: [], position: 1, isMentionable: true),
            ],
            channels: [
                Channel(id: general, kind: .text, guild: guild, name: "general"),
                Channel(id: random, kind: .text, guild: guild, name: "random"), secret,
                Channel(id: category, kind: .category, guild: guild, name: "category"),
            ], memberCount: 4
        )
        contents.members[guild] = [
            owner.id: Member(user: owner.id, joinedAt: 1),
            moderator.id: Member(user: moderator.id, roles: [moderators], joinedAt: 2),
            alice.id: Member(user: alice.id, joinedAt: 3), bob.id: Member(user: bob.id, joinedAt: 4),
        ]
        contents.directs[direct] = DirectChannel(id: direct, isGroup: false, parties: [alice.id, bob.id])
        directory = ModelDirectory(contents)
        // The cache hears the same bus; only the chat service's own calls are to fail, so it gets one without faults.
        access = Access(cache: try await GuildCache(directory: directory, bus: ModelBus(), time: time))
    }

    var backends: ChatBackends {
        ChatBackends(log: log, store: store, bus: bus, access: access, time: time, logger: Self.silence)
    }

    static var silence: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

    func service() -> ChatService {
        ChatService(
            node: NodeRecord(name: "n", number: Self.node, epoch: 1, leaseUntil: 0), log: log, store: store, bus: bus,
            coordinator: coordinator, access: access, time: time, logger: Self.silence
        )
    }

    func ownership(partition: Int = 0) async throws -> Ownership {
        try await coordinator.claim(
            PartitionRef(group: PartitionRunner.group, topic: .messages, partition: partition),
            for: NodeRecord(name: "n", number: Self.node, epoch: 1, leaseUntil: 0)
        )
    }

    /// Processes all that the log holds, without faults, as a new owner.
    func settle() async throws {
        var runner = try await PartitionRunner.resume(try await ownership(), backends)
        while try await runner.step() > 0 {}
    }

    // Commands.

    func command(_ action: MessageCommand.Action, by user: User, in channel: ChannelID? = nil, request: UInt64? = nil)
        -> MessageCommand
    {
        MessageCommand(
            channel: channel ?? general, guild: channel == direct ? nil : guild, actor: user.id,
            epoch: channel == direct ? 1 : 9,
            origin: request.map { CommandOrigin(node: Self.node, request: $0) }, action: action
        )
    }

    func draft(
        _ content: String, by user: User, nonce: Nonce? = nil, mentions: Mentions = Mentions(), mentioned: [User] = []
    ) -> MessageDraft {
        MessageDraft(
            author: user, member: Member(user: user.id, joinedAt: 1), content: content, nonce: nonce,
            enforcesNonce: nonce != nil, mentions: mentions, mentioned: mentioned
        )
    }

    func edit(_ content: String?, by user: User) -> MessageEdit {
        MessageEdit(author: user, member: nil, content: content)
    }

    @discardableResult
    func put(_ commands: MessageCommand...) -> [RecordPosition] {
        log.appendSurely(commands.map { NewRecord(topic: .messages, key: $0.channel.rawValue, payload: $0.encoded()) })
    }

    // What came of it.

    func channelEvents(_ channel: ChannelID? = nil) throws -> [ChannelEvent] {
        try bus.events(of: .channel(channel ?? general)).map { try ChannelEvent(encoded: $0.payload) }
    }

    func outcomes() throws -> [CommandOutcome] {
        try bus.events(of: .node(Self.node)).map { try CommandOutcome(encoded: $0.payload) }
    }

    /// What a channel shows, oldest first.
    func visible(_ channel: ChannelID? = nil) -> [Message] {
        let wanted = channel ?? general
        let rows = store.rows.values.filter { $0.channel == wanted && $0.deletedAt == nil }
        return rows.sorted { $0.id < $1.id }
    }
}
