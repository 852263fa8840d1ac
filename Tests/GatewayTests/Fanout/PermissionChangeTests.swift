import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Synchronization
import Testing
import Wire

@testable import Gateway

@Suite("Live permissions") struct PermissionChangeTests {
    @Test func losingSightOfAChannelIsItsDeletionAndNothingFollows() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let owner = try await rig.logIn(1)
        let member = try await rig.logIn(2)
        _ = owner.payloads()
        _ = member.payloads()
        try await rig.source.change(100) { $0.hide(201) }
        try await rig.source.publish(10, channel: 201, guild: 100)
        try await rig.source.publish(11, channel: 200, guild: 100)
        await rig.settle()
        #expect(Set(member.events()) == ["CHANNEL_DELETE", "MESSAGE_CREATE"])
        #expect(owner.events().sorted() == ["CHANNEL_UPDATE", "MESSAGE_CREATE", "MESSAGE_CREATE"])

        try await rig.source.change(100) { $0.show(201) }
        try await rig.source.publish(12, channel: 201, guild: 100)
        await rig.settle()
        #expect(member.events() == ["CHANNEL_CREATE", "MESSAGE_CREATE"])
    }

    @Test func anOverwriteForOneMemberTellsOnlyWhatItMaySee() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let allowed = try await rig.logIn(2)
        let other = try await rig.logIn(3)
        try await rig.source.change(100) { $0.hide(201, allowing: 2) }
        try await rig.source.publish(10, channel: 201, guild: 100)
        await rig.settle()
        #expect(allowed.events() == ["CHANNEL_UPDATE", "MESSAGE_CREATE"])
        #expect(other.events() == ["CHANNEL_DELETE"])
    }

    @Test func aRoleTakenAwayTakesItsChannelsAway() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let role = Role(id: RoleID(77), name: "insiders", permissions: [])
        rig.source.state.withLock { state in
            state.guilds[GuildID(100)]?.roles[role.id] = role
            state.guilds[GuildID(100)]?.hide(201)
            state.guilds[GuildID(100)]?.channels[ChannelID(201)]?.overwrites.append(
                PermissionOverwrite(target: .role(role.id), allow: .viewChannel, deny: []))
            state.members[GuildID(100)]?[UserID(2)]?.roles = [role.id]
        }
        let member = try await rig.logIn(2)
        try await rig.source.publish(10, channel: 201, guild: 100)
        await rig.settle()
        #expect(member.messages() == ["10"])
        var profile = try #require(rig.source.state.withLock { $0.profile(UserID(2), GuildID(100)) })
        profile.member.roles = []
        try await rig.source.change(100, .memberUpdated(profile))
        try await rig.source.publish(11, channel: 201, guild: 100)
        await rig.settle()
        #expect(member.events() == ["CHANNEL_DELETE", "GUILD_MEMBER_UPDATE"])
    }

    @Test func whoIsRemovedLosesTheGuildAndEverythingAfterIt() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let owner = try await rig.logIn(1)
        let member = try await rig.logIn(2)
        let user = try #require(rig.source.state.withLock { $0.users[UserID(2)] })
        try await rig.source.change(100, .memberRemoved(user))
        try await rig.source.publish(.guildLeft(GuildID(100)), to: 2)
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(member.events() == ["GUILD_DELETE"])
        #expect(owner.events() == ["GUILD_MEMBER_REMOVE", "MESSAGE_CREATE"])
    }

    @Test func aBanIsARemovalAndIsToldToThoseWhoModerate() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let intents: UInt64 = 1 | 2 | 4 | 512
        let owner = try await rig.logIn(1, intents: intents)
        let unasked = try await rig.logIn(1)
        let member = try await rig.logIn(2, intents: intents)
        let other = try await rig.logIn(3, intents: intents)
        let user = try #require(rig.source.state.withLock { $0.users[UserID(2)] })
        try await rig.source.change(100, .memberBanned(user, wasMember: true))
        try await rig.source.publish(.guildLeft(GuildID(100)), to: 2)
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(member.events() == ["GUILD_DELETE"])
        let told = owner.payloads()
        #expect(told.map { $0["t"]?.string } == ["GUILD_MEMBER_REMOVE", "GUILD_BAN_ADD", "MESSAGE_CREATE"])
        #expect(told.first { $0["t"]?.string == "GUILD_BAN_ADD" }?["d"]?["user"]?["id"]?.string == "2")
        #expect(unasked.events() == ["GUILD_MEMBER_REMOVE", "MESSAGE_CREATE"])
        // Who may not look at the bans hears of none.
        #expect(other.events() == ["GUILD_MEMBER_REMOVE", "MESSAGE_CREATE"])
        try await rig.source.change(100, .memberUnbanned(user))
        try await rig.source.change(100, .memberBanned(user, wasMember: false))
        await rig.settle()
        #expect(owner.events() == ["GUILD_BAN_REMOVE", "GUILD_BAN_ADD"])
        #expect(other.events().isEmpty)
    }

    @Test func entriesOfTheAuditLogGoToThoseWhoMayLookAtIt() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let owner = try await rig.logIn(1, intents: 1 | 4)
        let unasked = try await rig.logIn(1, intents: 1)
        let member = try await rig.logIn(2, intents: 1 | 4)
        let entry = AuditEntry(
            id: AuditEntryID(9), guild: GuildID(100), actor: UserID(1), action: .memberKick, target: 3, reason: "r")
        try await rig.source.pass(.audited(entry), in: 100)
        await rig.settle()
        let told = owner.payloads()
        #expect(told.map { $0["t"]?.string } == ["GUILD_AUDIT_LOG_ENTRY_CREATE"])
        #expect(told.first?["d"]?["guild_id"]?.string == "100")
        #expect(told.first?["d"]?["action_type"]?.int == 20)
        #expect(unasked.events().isEmpty)
        #expect(member.events().isEmpty)
        let role = Role(id: RoleID(100), name: "@everyone", permissions: [.viewChannel, .viewAuditLog])
        try await rig.source.change(100, .roleUpdated(role)) { $0.roles[role.id] = role }
        try await rig.source.pass(.audited(entry), in: 100)
        await rig.settle()
        #expect(member.events() == ["GUILD_ROLE_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"])
    }

    @Test func whoIsTimedOutHearsNothingOfModeration() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let role = Role(id: RoleID(100), name: "@everyone", permissions: [.viewChannel, .viewAuditLog])
        rig.source.state.withLock { $0.guilds[GuildID(100)]?.roles[role.id] = role }
        let member = try await rig.logIn(2, intents: 1 | 4)
        let user = try #require(rig.source.state.withLock { $0.users[UserID(3)] })
        let entry = AuditEntry(
            id: AuditEntryID(9), guild: GuildID(100), actor: UserID(1), action: .memberKick, target: 3, reason: "r")
        func moderate() async throws -> [String] {
            try await rig.source.pass(.audited(entry), in: 100)
            try await rig.source.change(100, .memberBanned(user, wasMember: false))
            await rig.settle()
            return member.events()
        }
        #expect(try await moderate() == ["GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD"])
        var profile = try #require(rig.source.state.withLock { $0.profile(UserID(2), GuildID(100)) })
        profile.member.timedOutUntil = rig.time.unixMilliseconds + 60_000
        try await rig.source.change(100, .memberUpdated(profile))
        #expect(try await moderate() == ["GUILD_MEMBER_UPDATE"])
        let late = try await rig.logIn(2, intents: 1 | 4)
        #expect(try await moderate() == [])
        #expect(late.events() == [])
        // Over by itself; nothing tells of that.
        rig.time.advance(by: 60_000)
        #expect(try await moderate() == ["GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD"])
        #expect(late.events() == ["GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD"])
    }

    @Test func whoJoinsGetsTheGuildWithoutTheKeyUnavailable() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        rig.source.addUser(9)
        let owner = try await rig.logIn(1)
        let newcomer = try await rig.logIn(9)
        let user = try #require(rig.source.state.withLock { $0.users[UserID(9)] })
        try await rig.source.change(
            100, .memberAdded(MemberProfile(user: user, member: Member(user: user.id, joinedAt: 5))))
        try await rig.source.publish(.guildJoined(GuildID(100)), to: 9)
        await rig.settle()
        let payloads = newcomer.payloads()
        #expect(payloads.map { $0["t"]?.string } == ["GUILD_CREATE"])
        #expect(payloads.first?["d"]?["unavailable"] == nil)
        #expect(payloads.first?["d"]?["member_count"]?.int == 4)
        #expect(owner.events() == ["GUILD_MEMBER_ADD"])
        try await rig.source.publish(10, channel: 200, guild: 100)
        await rig.settle()
        #expect(newcomer.messages() == ["10"])
    }

    @Test func aNewChannelIsAnnouncedBeforeItsMessages() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let channel = Channel(id: ChannelID(202), kind: .text, guild: GuildID(100), name: "new")
        try await rig.source.change(100, .channelCreated(channel)) { $0.channels[channel.id] = channel }
        // Sent before this node has had time to subscribe.
        try await rig.source.publish(10, channel: 202, guild: 100)
        await rig.settle()
        try await rig.source.publish(11, channel: 202, guild: 100)
        await rig.settle()
        #expect(client.events() == ["CHANNEL_CREATE", "MESSAGE_CREATE", "MESSAGE_CREATE"])
        try await rig.source.change(100, .channelDeleted(channel)) { $0.channels[channel.id] = nil }
        await rig.settle()
        #expect(client.events() == ["CHANNEL_DELETE"])
    }

    @Test func rolesAndTheGuildItselfAreTold() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        var role = Role(id: RoleID(77), name: "insiders", permissions: [])
        try await rig.source.change(100, .roleCreated(role)) { $0.roles[role.id] = role }
        role.name = "outsiders"
        let renamed = role
        await rig.settle()
        try await rig.source.change(100, .roleUpdated(role)) { $0.roles[renamed.id] = renamed }
        await rig.settle()
        try await rig.source.change(100, .roleDeleted(role.id)) { $0.roles[renamed.id] = nil }
        try await rig.source.change(100) { $0.guild.name = "renamed" }
        await rig.settle()
        #expect(client.events() == ["GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE", "GUILD_UPDATE"])
    }

    @Test func aDeletedGuildIsGoneForEverybody() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        try await rig.source.change(100, .guildDeleted, isPublished: false)
        let epoch = rig.source.epoch(of: 100)
        rig.source.state.withLock { state in
            state.guilds[GuildID(100)] = nil
            state.members[GuildID(100)] = nil
        }
        try await rig.bus.publish([
            .init(
                topic: .guild(GuildID(100)), position: epoch, epoch: epoch, acceptedAt: 0,
                payload: GuildEvent.guildDeleted.encoded())
        ])
        await rig.settle()
        #expect(client.events() == ["GUILD_DELETE"])
        #expect(rig.handler.guilds.isEmpty)
    }

    @Test func aMissedChangeOfRolesIsReadFromTheDirectory() async throws {
        let rig = try await GatewayRig()
        rig.addSmallGuild()
        let client = try await rig.logIn(2)
        let user = try #require(rig.source.state.withLock { $0.users[UserID(2)] })
        // The removal never reaches the bus: only the next change's epoch tells that something was missed.
        try await rig.source.change(100, .memberRemoved(user), isPublished: false)
        try await rig.source.change(100)
        await rig.settle()
        #expect(client.events() == ["GUILD_DELETE"])
    }
}
