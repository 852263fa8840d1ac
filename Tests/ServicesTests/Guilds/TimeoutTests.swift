import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Timeouts")
struct TimeoutTests {
    private static let minute: UInt64 = 60_000
    private let world: GuildWorld
    private let guild: GuildID
    private let owner: User
    private let judge: User
    private let pawn: User
    private let channel: Channel

    init() async throws {
        world = try await GuildWorld()
        (guild, owner) = try await world.quietGuild([
            .viewChannel, .sendMessages, .readMessageHistory, .addReactions, .createInstantInvite, .changeNickname,
        ])
        judge = try await world.member("judge", of: guild, owner: owner, position: 5, [.moderateMembers])
        pawn = try await world.member("pawn", of: guild, owner: owner)
        channel = try await world.textChannel(of: guild, for: owner)
    }

    private func silence(_ user: User, for milliseconds: UInt64?, by asker: User) async throws -> ServiceError.Code? {
        try await refusal {
            let end = milliseconds.map { world.time.unixMilliseconds + $0 }
            _ = try await world.guilds.updateMember(
                user.id, of: guild, MemberUpdate(timedOutUntil: .set(end)), by: asker.id)
        }
    }

    private func held(_ user: User) async throws -> Permissions {
        try await world.access.channel(channel.id, for: user.id).permissions
    }

    @Test func leaveLookingAndReadingAndEndByThemselves() async throws {
        let before = try await held(pawn)
        #expect(try await silence(pawn, for: Self.minute, by: judge) == nil)
        #expect(try await held(pawn) == [.viewChannel, .readMessageHistory])
        let profile = try await world.guilds.member(pawn.id, of: guild, for: owner.id)
        #expect(profile.member.timedOutUntil == world.time.unixMilliseconds + Self.minute)
        let epoch = try await world.directory.snapshot(of: guild)?.epoch
        world.time.advance(by: Self.minute - 1)
        #expect(try await held(pawn) == [.viewChannel, .readMessageHistory])
        world.time.advance(by: 1)
        #expect(try await held(pawn) == before)
        #expect(try await world.directory.snapshot(of: guild)?.epoch == epoch)
    }

    @Test func applyAtEveryDoor() async throws {
        _ = try await silence(pawn, for: Self.minute, by: judge)
        let message = NewMessage(content: "x")
        let doors: [(String, () async throws -> Void)] = [
            ("send", { _ = try await world.intake.accept(message, to: channel.id, as: pawn) }),
            (
                "edit",
                {
                    _ = try await world.intake.edit(
                        MessageID(1), in: channel.id, content: "y", embeds: nil, flags: nil, allowedMentions: nil,
                        as: pawn)
                }
            ),
            (
                "react",
                {
                    try await world.intake.react(
                        with: ReactionEmoji(name: "👍"), to: MessageID(1), in: channel.id, as: pawn)
                }
            ),
            ("invite", { _ = try await world.guilds.createInvite(channel.id, InviteOptions(), by: pawn.id) }),
            (
                "rename",
                {
                    _ = try await world.guilds.updateMember(
                        pawn.id, of: guild, MemberUpdate(nick: .set("n")), by: pawn.id)
                }
            ),
        ]
        for (name, door) in doors { #expect(try await refusal(of: door) == .missingPermissions, "\(name)") }
        // Leaving is always allowed.
        try await world.guilds.removeMember(pawn.id, from: guild, by: pawn.id)
    }

    @Test func takeThePermissionAndARankAbove() async throws {
        #expect(try await silence(judge, for: Self.minute, by: pawn) == .missingPermissions)
        #expect(try await silence(judge, for: Self.minute, by: judge) == .missingPermissions)
        #expect(try await silence(owner, for: Self.minute, by: judge) == .missingPermissions)
        let boss = try await world.member("boss", of: guild, owner: owner, position: 9)
        #expect(try await silence(boss, for: Self.minute, by: judge) == .missingPermissions)
    }

    @Test func spareAdministrators() async throws {
        let chief = try await world.member("chief", of: guild, owner: owner, position: 3, .administrator)
        #expect(try await silence(chief, for: Self.minute, by: owner) == .missingPermissions)
        // One who becomes an administrator is heard again.
        _ = try await silence(pawn, for: Self.minute, by: judge)
        let role = try await world.role("crown", in: guild, owner: owner, position: 2, .administrator)
        _ = try await world.guilds.updateMember(pawn.id, of: guild, MemberUpdate(roles: [role.id]), by: owner.id)
        #expect(try await held(pawn) == .all)
    }

    @Test func lastFourWeeksAtMostAndAreLifted() async throws {
        let most = Limits.timeoutMillisecondsMax
        let end = world.time.unixMilliseconds + most + 1
        let errors = try await fieldErrors {
            _ = try await world.guilds.updateMember(
                pawn.id, of: guild, MemberUpdate(timedOutUntil: .set(end)), by: judge.id)
        }
        #expect(errors.keys.sorted() == ["communication_disabled_until"])
        #expect(try await silence(pawn, for: most, by: judge) == nil)
        #expect(try await silence(pawn, for: nil, by: pawn) == .missingPermissions)
        #expect(try await silence(pawn, for: nil, by: judge) == nil)
        #expect(try await held(pawn).contains(.sendMessages))
        #expect(try await world.directory.member(pawn.id, of: guild)?.member.timedOutUntil == nil)
    }

    @Test func areNotLostByLeaving() async throws {
        _ = try await silence(pawn, for: Self.minute, by: judge)
        try await world.guilds.removeMember(pawn.id, from: guild, by: pawn.id)
        _ = try await world.guilds.addMember(pawn.id, to: guild)
        #expect(try await held(pawn) == [.viewChannel, .readMessageHistory])
        let told = world.bus.published.last { $0.topic == .guild(guild) }
        guard case .memberAdded(let profile)? = try told.map({ try GuildEvent(encoded: $0.payload) }) else {
            Issue.record("nobody is told")
            return
        }
        #expect(profile.member.timedOutUntil == world.time.unixMilliseconds + Self.minute)
    }
}
