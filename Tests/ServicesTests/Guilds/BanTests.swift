import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Bans")
struct BanTests {
    private let world: GuildWorld
    private let guild: GuildID
    private let owner: User
    private let judge: User

    init() async throws {
        world = try await GuildWorld()
        (guild, owner) = try await world.quietGuild([.viewChannel, .createInstantInvite])
        judge = try await world.member("judge", of: guild, owner: owner, position: 5, [.banMembers, .manageGuild])
    }

    private func ban(_ user: UserID, by asker: User, because reason: String? = nil) async throws -> ServiceError.Code? {
        try await refusal { try await world.guilds.ban(user, from: guild, by: asker.id, because: reason) }
    }

    @Test func takeThePermissionAndARankAbove() async throws {
        let pawn = try await world.member("pawn", of: guild, owner: owner)
        let boss = try await world.member("boss", of: guild, owner: owner, position: 9)
        let stranger = try await world.user("stranger")
        #expect(try await ban(pawn.id, by: stranger) == .unknownGuild)
        #expect(try await ban(stranger.id, by: pawn) == .missingPermissions)
        for user in [boss, judge, owner] { #expect(try await ban(user.id, by: judge) == .missingPermissions) }
        #expect(try await ban(UserID(9), by: judge) == .unknownUser)
        #expect(try await ban(pawn.id, by: judge, because: "spam") == nil)
        #expect(try await ban(stranger.id, by: judge) == nil)
        let bans = try await world.guilds.bans(of: guild, .after(UserID(0)), limit: 10, for: judge.id)
        #expect(bans == [BanProfile(user: pawn, reason: "spam"), BanProfile(user: stranger)])
        let one = try await world.guilds.ban(of: pawn.id, in: guild, for: judge.id)
        #expect(one.reason == "spam")
        #expect(
            try await refusal { _ = try await world.guilds.ban(of: boss.id, in: guild, for: judge.id) } == .unknownBan)
        let reading = try await refusal {
            _ = try await world.guilds.bans(of: guild, .after(UserID(0)), limit: 10, for: boss.id)
        }
        #expect(reading == .missingPermissions)
    }

    @Test func endTheMembershipAtOnceAndKeepOut() async throws {
        let pawn = try await world.member("pawn", of: guild, owner: owner)
        let channel = try await world.textChannel(of: guild, for: owner)
        let invite = try await world.guilds.createInvite(channel.id, InviteOptions(), by: owner.id)
        _ = try await world.access.channel(channel.id, for: pawn.id)
        #expect(try await ban(pawn.id, by: judge) == nil)
        let looking = try await refusal { _ = try await world.access.channel(channel.id, for: pawn.id) }
        #expect(looking == .unknownChannel)
        #expect(try await refusal { _ = try await world.guilds.join(invite.code, user: pawn) } == .banned)
        #expect(try await refusal { _ = try await world.guilds.addMember(pawn.id, to: guild) } == .banned)
        try await world.guilds.unban(pawn.id, from: guild, by: judge.id)
        #expect(
            try await refusal { try await world.guilds.unban(pawn.id, from: guild, by: judge.id) } == .unknownBan)
        _ = try await world.guilds.join(invite.code, user: pawn)
        _ = try await world.access.channel(channel.id, for: pawn.id)
    }

    /// Asked for once more, a ban changes nothing and is no failure.
    @Test func areNotMadeTwice() async throws {
        let stranger = try await world.user("stranger")
        #expect(try await ban(stranger.id, by: judge, because: "first") == nil)
        let epoch = try await world.directory.snapshot(of: guild)?.epoch
        #expect(try await ban(stranger.id, by: judge, because: "second") == nil)
        #expect(try await world.directory.snapshot(of: guild)?.epoch == epoch)
        #expect(try await world.directory.ban(of: stranger.id, in: guild)?.reason == "first")
    }

    @Test func ofManySayWhoWasNotBanned() async throws {
        let pawn = try await world.member("pawn", of: guild, owner: owner)
        let stranger = try await world.user("stranger")
        let users = [pawn.id, stranger.id, owner.id, UserID(9)]
        let outcome = try await world.guilds.ban(all: users, from: guild, by: judge.id)
        #expect(Set(outcome.banned) == [pawn.id, stranger.id])
        #expect(Set(outcome.failed) == [owner.id, UserID(9)])
        let again = try await refusal { _ = try await world.guilds.ban(all: users, from: guild, by: judge.id) }
        #expect(again == .nobodyBanned)
        let tooMany = try await fieldErrors {
            let many = (1...UInt64(Limits.bulkBanMax + 1)).map { UserID($0) }
            _ = try await world.guilds.ban(all: many, from: guild, by: judge.id)
        }
        #expect(tooMany == ["user_ids": "BASE_TYPE_BAD_LENGTH"])
    }

    @Test func takeSecondsAndReasonsWithinBounds() async throws {
        for seconds: Int64 in [-1, 604_801] {
            let errors = try await fieldErrors {
                try await world.guilds.ban(UserID(9), from: guild, deletingSeconds: seconds, by: judge.id)
            }
            #expect(errors.keys.sorted() == ["delete_message_seconds"])
        }
        let errors = try await fieldErrors {
            try await world.guilds.ban(
                UserID(9), from: guild, by: judge.id, because: String(repeating: "x", count: 513))
        }
        #expect(errors == ["reason": "BASE_TYPE_MAX_LENGTH"])
    }
}
