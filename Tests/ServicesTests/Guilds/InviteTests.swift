import BackendContracts
import Chat
import Services
import Testing

@Suite("Invites")
struct InviteTests {
    @Test func letPeopleInWhoThenAreMembers() async throws {
        let scene = try await MatrixScene()
        let guest = try await scene.world.user("guest")
        let (invite, snapshot) = try await scene.world.guilds.join(scene.invite.code, user: guest)
        #expect(invite.uses == 1)
        #expect(snapshot.memberCount == 3)
        #expect(try await scene.world.guilds.guild(scene.guild, for: guest.id).guild.id == scene.guild)
        #expect(try await scene.world.guilds.guilds(of: guest.id).map(\.guild.id) == [scene.guild])
    }

    @Test func areNotUsedUpByMembers() async throws {
        let scene = try await MatrixScene()
        let epoch = try await scene.world.directory.snapshot(of: scene.guild)?.epoch
        let (invite, snapshot) = try await scene.world.guilds.join(scene.invite.code, user: scene.target)
        #expect(invite.uses == 0)
        #expect(snapshot.epoch == epoch)
    }

    @Test func endWithTheirTime() async throws {
        let scene = try await MatrixScene()
        let guest = try await scene.world.user("guest")
        let invite = try await scene.world.guilds.createInvite(
            scene.channel.id, InviteOptions(maxAgeSeconds: 60), by: scene.owner.id
        )
        scene.world.time.advance(by: 59_999)
        _ = try await scene.world.guilds.invite(invite.code)
        scene.world.time.advance(by: 1)
        let code = try await refusal { _ = try await scene.world.guilds.join(invite.code, user: guest) }
        #expect(code == .unknownInvite)
        #expect(
            try await scene.world.guilds.invites(of: scene.guild, for: scene.owner.id).map(\.code) == [
                scene.invite.code
            ])
    }

    @Test func letInNoMoreThanTheyAllowHoweverManyComeAtOnce() async throws {
        let scene = try await MatrixScene()
        let invite = try await scene.world.guilds.createInvite(
            scene.channel.id, InviteOptions(maxUses: 3), by: scene.owner.id
        )
        let other = try await scene.world.otherNode()
        var guests: [User] = []
        for number in 0..<10 { guests.append(try await scene.world.user("guest\(number)")) }
        let refusals = try await withThrowingTaskGroup(of: ServiceError.Code?.self) { group in
            for (number, guest) in guests.enumerated() {
                let guilds = number.isMultiple(of: 2) ? scene.world.guilds : other.guilds
                group.addTask { try await refusal { _ = try await guilds.join(invite.code, user: guest) } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.count { $0 == nil } == 3)
        #expect(refusals.count { $0 == .unknownInvite } == 7)
        #expect(try await scene.world.directory.snapshot(of: scene.guild)?.memberCount == 5)
    }

    @Test func areGivenAgainUnlessUnique() async throws {
        let scene = try await MatrixScene()
        let guilds = scene.world.guilds
        #expect(try await guilds.createInvite(scene.channel.id, InviteOptions(), by: scene.owner.id) == scene.invite)
        let unique = try await guilds.createInvite(scene.channel.id, InviteOptions(isUnique: true), by: scene.owner.id)
        #expect(unique.code != scene.invite.code)
        #expect(unique.code.utf8.count == 10)
    }

    @Test func leadIntoChannelsOnly() async throws {
        let scene = try await MatrixScene()
        let channels = try await scene.world.guilds.channels(of: scene.guild, for: scene.owner.id)
        let category = try #require(channels.first { $0.kind == .category })
        let code = try await refusal {
            _ = try await scene.world.guilds.createInvite(category.id, InviteOptions(), by: scene.owner.id)
        }
        #expect(code == .wrongChannelType)
    }

    @Test(arguments: ["", "nothere", "with space", "zero\u{0}", String(repeating: "a", count: 1_000_000)])
    func thatAreNoneAreUnknown(_ text: String) async throws {
        let world = try await GuildWorld()
        #expect(try await refusal { _ = try await world.guilds.invite(text) } == .unknownInvite)
    }

    @Test func refuseTimesAndNumbersOutOfRange() async throws {
        let scene = try await MatrixScene()
        let errors = try await fieldErrors {
            _ = try await scene.world.guilds.createInvite(
                scene.channel.id, InviteOptions(maxAgeSeconds: 604_801, maxUses: -1), by: scene.owner.id
            )
        }
        #expect(errors == ["max_age": "NUMBER_TYPE_MAX", "max_uses": "NUMBER_TYPE_MIN"])
    }

    @Test func doNotSurviveTheirChannel() async throws {
        let scene = try await MatrixScene()
        _ = try await scene.world.guilds.deleteChannel(scene.channel.id, by: scene.owner.id)
        #expect(try await refusal { _ = try await scene.world.guilds.invite(scene.invite.code) } == .unknownInvite)
    }
}
