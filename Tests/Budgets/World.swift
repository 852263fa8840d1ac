import Chat
import EmbeddedBackend
import FoundationEssentials
import Glibc
import Interface
import Logging
import OpenSSLBackend
import Services

/// A guild with a channel and its owner, over embedded backends in a directory of their own: wired as a node is.
struct World {
    static let guild = GuildID(1_000)
    static let channel = ChannelID(2_001)
    static let user = User(id: UserID(3), username: "ada")
    static let logger = Logger(label: "budgets") { _ in SwiftLogNoOpLogHandler() }

    let path: String
    let backends: EmbeddedBackends
    let node: NodeRecord
    let access: Access
    let accounts: AccountService
    let intake: MessageIntake
    let history: HistoryService
    let directs: DirectService
    let presence: PresenceService
    let secrets = OpenSSLSecretKeeper()
    let time = SystemTime()

    init() async throws {
        path =
            FileManager.default.temporaryDirectory.appendingPathComponent(
                "budgets-\(UInt64.random(in: 0 ... .max))"
            ).path
        backends = try EmbeddedBackends.open(directory: path, time: time, logger: Self.logger)
        try await backends.directory.create(Account(user: Self.user))
        try await backends.directory.create(
            Guild(id: Self.guild, name: "Guild", owner: Self.user.id),
            roles: [Role(id: RoleID(everyoneOf: Self.guild), name: "@everyone", permissions: .everyoneDefault)],
            channels: [Channel(id: Self.channel, kind: .text, guild: Self.guild, name: "general")],
            owner: Member(user: Self.user.id, joinedAt: 1))
        node = try await backends.coordinator.register("n", now: time.unixMilliseconds, leaseMilliseconds: 3_600_000)
        access = Access(cache: try await GuildCache(directory: backends.directory, bus: backends.bus))
        accounts = AccountService(
            directory: backends.directory, bus: backends.bus, secrets: secrets,
            mint: IDMint(nodeNumber: node.number, time: time), time: time)
        // Nobody is in a hurry under callgrind.
        var limits = AdmissionLimits()
        limits.targetMilliseconds = 600_000
        intake = try await MessageIntake(
            access: access, log: backends.log, store: backends.store, bus: backends.bus, node: node.number,
            time: time, deadlineMilliseconds: 600_000, limits: limits)
        history = HistoryService(access: access, store: backends.store)
        directs = DirectService(
            access: access, directory: backends.directory, store: backends.store, bus: backends.bus,
            mint: IDMint(nodeNumber: node.number, time: time), time: time)
        let voice = VoiceService(
            store: backends.voice, bus: backends.bus, access: access, time: time, logger: Self.logger)
        presence = PresenceService(
            store: backends.presence, voice: voice, bus: backends.bus, access: access, time: time, logger: Self.logger)
    }

    /// Takes the directory away; the process ends after it.
    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
