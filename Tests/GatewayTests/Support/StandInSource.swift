import Chat
import Gateway
import Interface
import Services
import Synchronization

/// A directory in memory, in place of the services: every change bumps the guild's epoch and is published as the services would.
final class StandInSource: GatewaySource {
    struct State {
        var users: [UserID: User] = [:]
        var tokens: [String: UserID] = [:]
        var guilds: [GuildID: GuildSnapshot] = [:]
        var members: [GuildID: [UserID: Member]] = [:]
        var directs: [ChannelID: DirectChannel] = [:]
        var readStates: [UserID: ReadStateList] = [:]
        var notifications: [UserID: NotificationList] = [:]
        /// All there have been, in their order.
        var readChanges: [UserID: [ReadChange]] = [:]
        var sent: [(UserID, SendRequest)] = []
        var sendError: ServiceError?
        var admission = AdmissionRule()
        var isDown = false
        /// As to somebody who has used up a day's logins.
        var refusesLogins = false
        /// What the gateway told of sessions.
        var reports: [PresenceCommand] = []
        /// By what heartbeats acknowledged.
        var delivered: [UserID: UInt64] = [:]
        var presences: [UserID: Presence] = [:]
        var voiceStates: [GuildID: [VoiceState]] = [:]
        var voiceRequests: [(UserSession, VoiceRequest)] = []
        var voiceError: ServiceError?
        /// What a node took up at its start.
        var restoredVoices: (staying: Set<VoiceState>, left: Set<VoiceState>) = ([], [])
    }

    let state: Mutex<State>
    let bus: any FanoutBus

    /// - Parameter world: whose users and guilds there are already.
    init(bus: any FanoutBus, world: StandInSource? = nil) {
        self.bus = bus
        var state = world?.state.withLock { $0 } ?? State()
        state.reports = []
        self.state = Mutex(state)
    }

    // MARK: What the gateway asks

    func authenticate(_ token: String) async throws(ServiceError) -> (user: User, token: TokenHash) {
        try check()
        guard let user = state.withLock({ state in state.tokens[token].flatMap { state.users[$0] } }) else {
            throw ServiceError(.unauthorized)
        }
        return (user, hash(of: token))
    }

    func user(_ id: UserID) async throws(ServiceError) -> User? {
        try check()
        return state.withLock { $0.users[id] }
    }

    func countLogin(of user: UserID) async throws(ServiceError) {
        let isRefused = state.withLock { $0.refusesLogins }
        if isRefused { throw ServiceError(.rateLimited(retryAfterMilliseconds: 1_000)) }
    }

    /// Not a hash, but as different for different tokens.
    func hash(of token: String) -> TokenHash {
        TokenHash(bytes: Array((Array(token.utf8) + Array(repeating: 0, count: 32)).prefix(32)))
    }

    func guilds(of user: UserID) async throws(ServiceError) -> [GuildID] {
        try check()
        return state.withLock { state in state.members.filter { $0.value[user] != nil }.map(\.key) }
    }

    func snapshot(of guild: GuildID, atLeast epoch: UInt64) async throws(ServiceError) -> GuildSnapshot? {
        try check()
        return state.withLock { $0.guilds[guild] }
    }

    func member(_ user: UserID, of guild: GuildID) async throws(ServiceError) -> MemberProfile? {
        try check()
        return state.withLock { $0.profile(user, guild) }
    }

    func members(of guild: GuildID, after: UserID, limit: Int) async throws(ServiceError) -> [MemberProfile] {
        state.withLock { state in
            (state.members[guild] ?? [:]).keys.filter { $0 > after }.sorted().prefix(limit).compactMap {
                state.profile($0, guild)
            }
        }
    }

    func members(_ users: [UserID], of guild: GuildID) async throws(ServiceError) -> [MemberProfile] {
        state.withLock { state in users.compactMap { state.profile($0, guild) } }
    }

    func members(of guild: GuildID, namePrefix: String, limit: Int) async throws(ServiceError) -> [MemberProfile] {
        state.withLock { state in
            (state.members[guild] ?? [:]).keys.sorted().compactMap { state.profile($0, guild) }
                .filter { $0.user.username.hasPrefix(namePrefix) }.prefix(limit).map { $0 }
        }
    }

    func guild(ofChannel channel: ChannelID) async throws(ServiceError) -> GuildID? {
        state.withLock { state in state.guilds.values.first { $0.channels[channel] != nil }?.guild.id }
    }

    func direct(_ id: ChannelID, atLeast version: UInt64) async throws(ServiceError) -> DirectChannel? {
        try check()
        return state.withLock { $0.directs[id] }
    }

    func directs(of user: UserID, limit: Int) async throws(ServiceError) -> [DirectView] {
        state.withLock { state in
            state.directs.values.filter { $0.isParty(user) }.sorted { $0.id < $1.id }.prefix(limit).map { channel in
                DirectView(
                    channel: channel, recipients: channel.parties(without: user).compactMap { state.users[$0] },
                    lastMessage: nil)
            }
        }
    }

    func readStates(of user: UserID, in guilds: [GuildID]) async throws(ServiceError) -> ReadStateList {
        state.withLock { $0.readStates[user] ?? ReadStateList() }
    }

    func notificationSettings(
        of user: UserID, in guilds: [GuildID]
    ) async throws(ServiceError) -> NotificationList {
        state.withLock { $0.notifications[user] ?? NotificationList() }
    }

    func readChanges(
        of user: UserID, after version: UInt64, limit: Int
    ) async throws(ServiceError) -> [ReadChange]? {
        try check()
        let changes = state.withLock { $0.readChanges[user] ?? [] }.filter { $0.notice.version > version }
        return changes.count > limit ? nil : changes
    }

    func lastMessages(of channels: [ChannelID]) async throws(ServiceError) -> [ChannelID: MessageID] { [:] }

    func admit() throws(ServiceError) -> AdmissionTicket {
        switch state.withLock({ $0.admission.admit(now: 0) }) {
        case .admitted(let ticket): return ticket
        case .refused(_, let wait): throw ServiceError(.busy(retryAfterMilliseconds: wait))
        }
    }

    func withdraw(_ ticket: AdmissionTicket) { state.withLock { $0.admission.withdraw(ticket) } }

    func send(
        _ request: SendRequest, as user: UserID, ticket: AdmissionTicket,
        failed: @escaping @Sendable (ServiceError) -> Void
    ) async throws(ServiceError) {
        let error = state.withLock { state in
            state.sent.append((user, request))
            state.admission.withdraw(ticket)
            return state.sendError
        }
        if let error { throw error }
    }

    func delivered(to user: UserID, through time: UInt64) {
        state.withLock { $0.delivered[user] = time }
    }

    func report(_ commands: [PresenceCommand]) {
        state.withLock { $0.reports += commands }
    }

    func presences(of users: [UserID]) async throws(ServiceError) -> [Presence] {
        state.withLock { state in users.compactMap { state.presences[$0] } }
    }

    func voiceStates(of guild: GuildID) async throws(ServiceError) -> [VoiceState] {
        state.withLock { $0.voiceStates[guild] ?? [] }
    }

    func restoreVoices(_ staying: [VoiceState], left: [VoiceState]) async {
        state.withLock { state in
            state.restoredVoices = (Set(staying), Set(left))
        }
    }

    func updateVoice(_ request: VoiceRequest, of session: UserSession) async throws(ServiceError) {
        let error = state.withLock { state in
            state.voiceRequests.append((session, request))
            return state.voiceError
        }
        if let error { throw error }
    }

    private func check() throws(ServiceError) {
        if state.withLock({ $0.isDown }) { throw ServiceError(.unavailable(retryAfterMilliseconds: 1_000)) }
    }

    // MARK: What tests do

    @discardableResult
    func addUser(_ id: UInt64, isBot: Bool = false) -> User {
        let user = User(id: UserID(id), username: "user\(id)", isBot: isBot)
        state.withLock { state in
            state.users[user.id] = user
            state.tokens["token-\(id)"] = user.id
        }
        return user
    }

    /// A guild at epoch 1 with these text channels, which everybody may see and write to; user 1 owns it.
    func addGuild(_ id: UInt64, channels: [UInt64], members: [UInt64]) {
        let guild = Guild(id: GuildID(id), name: "guild\(id)", owner: UserID(1))
        let everyone = Role(id: RoleID(everyoneOf: guild.id), name: "@everyone", permissions: .everyoneDefault)
        let snapshot = GuildSnapshot(
            guild: guild, epoch: 1, roles: [everyone],
            channels: channels.map { Channel(id: ChannelID($0), kind: .text, guild: guild.id, name: "channel\($0)") },
            memberCount: members.count)
        state.withLock { state in
            state.guilds[guild.id] = snapshot
            for member in members {
                state.members[guild.id, default: [:]][UserID(member)] = Member(
                    user: UserID(member), joinedAt: 1_600_000_000_000)
            }
        }
    }

    /// Changes a guild and publishes the event, unless it is to be lost.
    func change(
        _ id: UInt64, _ event: GuildEvent = .guildUpdated, isPublished: Bool = true,
        _ body: (inout GuildSnapshot) -> Void = { _ in }
    ) async throws {
        let guild = GuildID(id)
        let epoch = state.withLock { state -> UInt64 in
            guard var snapshot = state.guilds[guild] else { return 0 }
            snapshot.epoch += 1
            body(&snapshot)
            switch event {
            case .memberAdded(let profile), .memberUpdated(let profile):
                state.members[guild, default: [:]][profile.user.id] = profile.member
            case .memberRemoved(let user), .memberBanned(let user, _): state.members[guild]?[user.id] = nil
            default: break
            }
            snapshot.memberCount = state.members[guild]?.count ?? 0
            state.guilds[guild] = snapshot
            return snapshot.epoch
        }
        guard isPublished else { return }
        try await bus.publish([
            FanoutMessage(topic: .guild(guild), position: epoch, epoch: epoch, acceptedAt: 0, payload: event.encoded())
        ])
    }

    func epoch(of guild: UInt64) -> UInt64 { state.withLock { $0.guilds[GuildID(guild)]?.epoch ?? 0 } }

    /// Publishes a message as the chat service would.
    func publish(
        _ number: UInt64, channel: UInt64, guild: UInt64, author: UInt64 = 1, epoch: UInt64? = nil,
        content: String = "hello"
    ) async throws {
        let message = Message(
            id: MessageID(number), channel: ChannelID(channel), guild: GuildID(guild), author: UserID(author),
            content: content,
            version: number)
        let user = state.withLock { $0.users[UserID(author)] } ?? User(id: UserID(author), username: "unknown")
        let hydrated = HydratedMessage(message: message, author: user, member: Member(user: user.id, joinedAt: 0))
        try await bus.publish([
            FanoutMessage(
                topic: .channel(ChannelID(channel)), position: number, epoch: epoch ?? self.epoch(of: guild),
                acceptedAt: 1_699_999_999_990, payload: ChannelEvent.messageCreated(hydrated).encoded())
        ])
    }

    /// Publishes what passes in a guild as the presence service would.
    func pass(_ event: PassingEvent, in guild: UInt64, epoch: UInt64? = nil) async throws {
        try await bus.publish([
            FanoutMessage(
                topic: .presence(GuildID(guild)), position: nil, epoch: epoch ?? self.epoch(of: guild), acceptedAt: 0,
                payload: event.encoded())
        ])
    }

    /// Makes a user be seen so from now on, and publishes it.
    func show(_ user: UInt64, _ status: PresenceStatus, in guild: UInt64, epoch: UInt64? = nil) async throws {
        let presence = Presence(of: UserID(user), sessions: [SessionPresence(status: status)])
        state.withLock { $0.presences[UserID(user)] = presence.status == .offline ? nil : presence }
        try await pass(.presence(presence), in: guild, epoch: epoch)
    }

    /// A direct channel between these users, or a group when it has an owner.
    func addDirect(_ id: UInt64, parties: [UInt64], owner: UInt64? = nil) {
        let channel = DirectChannel(
            id: ChannelID(id), isGroup: owner != nil, parties: parties.map { UserID($0) },
            owner: owner.map { UserID($0) })
        state.withLock { $0.directs[channel.id] = channel }
    }

    /// Changes a direct channel. What is published of it is for caches, of which there is none here.
    func changeDirect(_ id: UInt64, _ body: (inout DirectChannel) -> Void) {
        state.withLock { state in
            guard var channel = state.directs[ChannelID(id)] else { return }
            channel.version += 1
            body(&channel)
            state.directs[channel.id] = channel
        }
    }

    /// Publishes an event of a direct channel as the chat service would: to each party that there is something, then what it is.
    /// - Parameter parts: what a crash in the middle leaves of it.
    func publish(
        direct event: ChannelEvent, position: UInt64, epoch: UInt64? = nil, parts: DirectParts = .all
    ) async throws {
        let channel = state.withLock { $0.directs[event.channel] }
        for party in channel?.parties ?? [] where parts.contains(.announcements) {
            try await publish(UserEvent.directActivity(event.channel, position: position), to: party.rawValue)
        }
        guard parts.contains(.event) else { return }
        try await bus.publish([
            FanoutMessage(
                topic: .channel(event.channel), position: position, epoch: epoch ?? channel?.version ?? 0,
                acceptedAt: 1_699_999_999_990, payload: event.encoded())
        ])
    }

    /// The same for a message.
    func publish(
        _ number: UInt64, direct channel: UInt64, author: UInt64 = 1, epoch: UInt64? = nil, parts: DirectParts = .all
    ) async throws {
        let message = Message(
            id: MessageID(number), channel: ChannelID(channel), guild: nil, author: UserID(author), content: "hello",
            version: number)
        let user = state.withLock { $0.users[UserID(author)] } ?? User(id: UserID(author), username: "unknown")
        try await publish(
            direct: .messageCreated(HydratedMessage(message: message, author: user, member: nil)), position: number,
            epoch: epoch, parts: parts)
    }

    struct DirectParts: OptionSet {
        let rawValue: Int
        static let announcements = DirectParts(rawValue: 1)
        static let event = DirectParts(rawValue: 2)
        static let all: DirectParts = [.announcements, .event]
    }

    /// Publishes an event of a channel at a position of its own.
    func publish(_ event: ChannelEvent, at position: UInt64, guild: UInt64) async throws {
        try await bus.publish([
            FanoutMessage(
                topic: .channel(event.channel), position: position, epoch: epoch(of: guild), acceptedAt: 0,
                payload: event.encoded())
        ])
    }

    func publish(_ event: UserEvent, to user: UInt64) async throws {
        try await bus.publish([
            FanoutMessage(topic: .user(UserID(user)), position: nil, epoch: 0, acceptedAt: 0, payload: event.encoded())
        ])
    }
}

extension StandInSource.State {
    func profile(_ user: UserID, _ guild: GuildID) -> MemberProfile? {
        guard let user = users[user], let member = members[guild]?[user.id] else { return nil }
        return MemberProfile(user: user, member: member)
    }
}

extension GuildSnapshot {
    /// Denies everybody the sight of a channel, but the owner and whom an overwrite allows it.
    mutating func hide(_ channel: UInt64, allowing user: UInt64? = nil) {
        var overwrites = [
            PermissionOverwrite(target: .role(RoleID(everyoneOf: guild.id)), allow: [], deny: .viewChannel)
        ]
        if let user {
            overwrites.append(PermissionOverwrite(target: .member(UserID(user)), allow: .viewChannel, deny: []))
        }
        channels[ChannelID(channel)]?.overwrites = overwrites
    }

    mutating func show(_ channel: UInt64) { channels[ChannelID(channel)]?.overwrites = [] }
}
