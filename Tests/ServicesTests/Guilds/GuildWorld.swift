import BackendContracts
import Chat
import EmbeddedBackend
import FoundationEssentials
import Interface
import Logging
import Services

/// Services over real embedded backends in a directory of their own, with the time in the test's hands.
final class GuildWorld: Sendable {
    let directory: ProbedDirectory
    let bus: ProbedBus
    let time: ManualTime
    let keeper = KeeperDouble()
    let mint: IDMint
    let accounts: AccountService
    let cache: GuildCache
    let access: Access
    let guilds: GuildService
    let directs: DirectService
    let intake: MessageIntake
    let purge: MessagePurge

    private let backends: EmbeddedBackends
    private let place: URL

    init(capacity: Int = 100) async throws {
        place = FileManager.default.temporaryDirectory.appending(path: "guilds-\(UUID().uuidString)")
        time = ManualTime(unixMilliseconds: 1_790_000_000_000)
        backends = try EmbeddedBackends.open(directory: place.path, time: time, logger: Logger(label: "test"))
        directory = ProbedDirectory(backends.directory)
        bus = ProbedBus(backends.bus)
        mint = IDMint(nodeNumber: 1, time: time)
        accounts = AccountService(directory: directory, bus: bus, secrets: keeper, mint: mint, time: time)
        cache = try await GuildCache(directory: directory, bus: bus, capacity: capacity, time: time)
        access = Access(cache: cache)
        intake = try await MessageIntake(
            access: access, log: backends.log, store: backends.store, bus: bus, node: 1, time: time)
        purge = MessagePurge(
            intake: intake, access: access, store: backends.store, time: time, logger: Logger(label: "test"))
        guilds = GuildService(
            access: access, directory: directory, bus: bus, secrets: keeper, mint: mint, purge: purge, time: time
        )
        directs = DirectService(
            access: access, directory: directory, store: backends.store, bus: bus, mint: mint, time: time
        )
    }

    deinit {
        try? backends.close()
        try? FileManager.default.removeItem(at: place)
    }

    /// The same services again over the same backends: another node of the cluster.
    func otherNode() async throws -> (cache: GuildCache, guilds: GuildService) {
        let cache = try await GuildCache(directory: directory, bus: bus, capacity: 100, time: time)
        let guilds = GuildService(
            access: Access(cache: cache), directory: directory, bus: bus, secrets: keeper,
            mint: IDMint(nodeNumber: 2, time: time), purge: purge, time: time
        )
        return (cache, guilds)
    }

    func user(_ name: String) async throws -> User {
        try await accounts.create(username: name, isBot: false, owner: nil, password: nil)
    }

    /// A guild in which `@everyone` may only look, with its owner.
    func quietGuild(_ everyone: Permissions = .viewChannel) async throws -> (guild: GuildID, owner: User) {
        let owner = try await user("owner")
        let guild = try await guilds.createGuild(name: "Quiet", icon: nil, by: owner.id).guild.id
        _ = try await guilds.updateRole(
            RoleID(everyoneOf: guild), in: guild, RoleUpdate(permissions: everyone), by: owner.id
        )
        return (guild, owner)
    }

    /// A new member, with a role of these permissions at a position when that is above 0.
    func member(
        _ name: String, of guild: GuildID, owner: User, position: Int64 = 0, _ permissions: Permissions = []
    ) async throws -> User {
        let user = try await user(name)
        _ = try await guilds.addMember(user.id, to: guild)
        guard position > 0 else { return user }
        let role = try await role(name, in: guild, owner: owner, position: position, permissions)
        _ = try await guilds.updateMember(user.id, of: guild, MemberUpdate(roles: [role.id]), by: owner.id)
        return user
    }

    func role(
        _ name: String, in guild: GuildID, owner: User, position: Int64, _ permissions: Permissions = []
    ) async throws -> Role {
        try await guilds.createRole(
            in: guild, RoleUpdate(name: name, permissions: permissions, position: position), by: owner.id
        )
    }

    func textChannel(of guild: GuildID, for user: User) async throws -> Channel {
        let channels = try await guilds.channels(of: guild, for: user.id)
        guard let channel = channels.first(where: { $0.kind == .text }) else { throw NotThere() }
        return channel
    }

    struct NotThere: Error {}
}

/// The code a service refused with; `nil` when it did not.
func refusal(of body: () async throws -> Void) async throws -> ServiceError.Code? {
    do {
        try await body()
        return nil
    } catch let error as ServiceError {
        return error.code
    }
}

/// The codes of the fields that a form was refused for, by path.
func fieldErrors(of body: () async throws -> Void) async throws -> [String: String] {
    guard case .invalidForm(let errors)? = try await refusal(of: body) else { return [:] }
    return Dictionary(errors.map { ($0.path.joined(separator: "."), $0.code) }, uniquingKeysWith: { first, _ in first })
}
