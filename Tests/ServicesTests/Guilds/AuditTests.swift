import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Audit logs")
struct AuditTests {
    private let scene: MatrixScene
    private var world: GuildWorld { scene.world }
    private var guild: GuildID { scene.guild }
    private var owner: User { scene.owner }

    init() async throws {
        scene = try await MatrixScene()
    }

    /// What was recorded last, the newest first.
    private func latest(_ count: Int = 1) async throws -> [AuditEntry] {
        try await world.guilds.auditLog(of: guild, limit: count, for: owner.id).entries
    }

    private func changes(_ entry: AuditEntry?) -> [String: [AuditValue?]] {
        Dictionary(
            (entry?.changes ?? []).map { ($0.key, [$0.old, $0.new]) }, uniquingKeysWith: { first, _ in first })
    }

    @Test(arguments: [
        (GuildOperation.updateGuild, AuditEntry.Action.guildUpdate), (.createChannel, .channelCreate),
        (.updateChannel, .channelUpdate), (.deleteChannel, .channelDelete), (.setOverwrite, .overwriteCreate),
        (.createRole, .roleCreate), (.updateRole, .roleUpdate), (.deleteRole, .roleDelete), (.kick, .memberKick),
        (.renameAnother, .memberUpdate), (.mute, .memberUpdate), (.deafen, .memberUpdate),
        (.giveRole, .memberRoleUpdate), (.createInvite, .inviteCreate), (.deleteInvite, .inviteDelete),
    ])
    func recordEveryDeed(_ operation: GuildOperation, _ action: AuditEntry.Action) async throws {
        try await scene.perform(operation, by: owner.id)
        let page = try await world.guilds.auditLog(of: guild, action: action, limit: 1, for: owner.id)
        let entry = try #require(page.entries.first)
        #expect(entry.actor == owner.id)
        #expect(page.users.contains(owner))
        // In the same order as they were published, and under an epoch that shows them.
        let published = world.bus.published.filter { $0.topic == .presence(guild) }
            .compactMap { try? PassingEvent(encoded: $0.payload) }
        #expect(published.contains(.audited(entry)))
    }

    @Test func tellWhatChangedAndWhy() async throws {
        let guilds = world.guilds
        _ = try await guilds.updateChannel(
            scene.channel.id,
            ChannelUpdate(
                name: "talk", slowModeSeconds: 5,
                overwrites: [PermissionOverwrite(target: .role(scene.role.id), allow: .sendMessages, deny: [])]),
            by: owner.id, because: "order")
        let entries = try await latest(2)
        #expect(entries.map(\.action) == [.overwriteCreate, .channelUpdate])
        #expect(entries.map(\.reason) == ["order", "order"])
        #expect(entries[0].options == AuditOptions(overwrite: .role(scene.role.id), roleName: "low"))
        #expect(changes(entries[0])["allow"] == [nil, .digits(Permissions.sendMessages.rawValue)])
        #expect(
            changes(entries[1]) == [
                "name": [.text("general"), .text("talk")], "rate_limit_per_user": [.number(0), .number(5)],
            ])
    }

    @Test func tellRolesThatWereGivenAndTaken() async throws {
        let target = scene.target
        try await world.guilds.setRole(scene.role.id, isHeld: true, of: target.id, in: guild, by: owner.id)
        #expect(changes(try await latest().first) == ["$add": [nil, .roles([scene.role.id: "low"])]])
        let end = world.time.unixMilliseconds + 1_000
        _ = try await world.guilds.updateMember(
            target.id, of: guild, MemberUpdate(roles: [], timedOutUntil: .set(end)), by: owner.id)
        let entries = try await latest(2)
        #expect(entries.map(\.action) == [.memberRoleUpdate, .memberUpdate])
        #expect(changes(entries[0]) == ["$remove": [nil, .roles([scene.role.id: "low"])]])
        #expect(changes(entries[1]) == ["communication_disabled_until": [nil, .time(end)]])
    }

    @Test func tellOfBans() async throws {
        try await world.guilds.ban(scene.target.id, from: guild, by: owner.id, because: "spam")
        try await world.guilds.unban(scene.target.id, from: guild, by: owner.id)
        let page = try await world.guilds.auditLog(of: guild, limit: 2, for: owner.id)
        #expect(page.entries.map(\.action) == [.memberUnban, .memberBan])
        #expect(page.entries.map(\.reason) == [nil, "spam"])
        #expect(Set(page.users.map(\.id)) == [owner.id, scene.target.id])
    }

    @Test func sayNothingOfWhatChangedNothingOrWasRefused() async throws {
        let before = try await latest(100)
        _ = try await world.guilds.update(guild, GuildUpdate(name: "Quiet"), by: owner.id)
        _ = try await refusal { try await scene.perform(.createRole, by: scene.target.id) }
        try await world.guilds.removeMember(scene.target.id, from: guild, by: scene.target.id)
        #expect(try await latest(100) == before)
    }

    @Test func takeThePermission() async throws {
        for (user, expected) in [
            (scene.target, ServiceError.Code.missingPermissions), (try await world.user("stranger"), .unknownGuild),
        ] {
            let code = try await refusal { _ = try await world.guilds.auditLog(of: guild, limit: 1, for: user.id) }
            #expect(code == expected)
        }
        let reader = try await world.member("reader", of: guild, owner: owner, position: 1, .viewAuditLog)
        _ = try await world.guilds.auditLog(of: guild, limit: 1, for: reader.id)
    }

    @Test func areOverAfterTheirTime() async throws {
        #expect(try await !latest(100).isEmpty)
        world.time.advance(by: Limits.auditRetentionMilliseconds + 1)
        #expect(try await latest(100).isEmpty)
    }
}
