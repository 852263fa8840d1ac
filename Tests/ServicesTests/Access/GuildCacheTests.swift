import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Guild cache")
struct GuildCacheTests {
    /// A guild that another node made and changes, so that this node's services are not in the way.
    private func foreignGuild(in world: GuildWorld) async throws -> (guild: GuildID, owner: User, other: GuildService) {
        let other = try await world.otherNode()
        let owner = try await world.user("owner")
        let guild = try await other.guilds.createGuild(name: "Far away", icon: nil, by: owner.id).guild.id
        return (guild, owner, other.guilds)
    }

    @Test func loadsOnceAndThenAnswersFromMemory() async throws {
        let world = try await GuildWorld()
        let (guild, owner, _) = try await foreignGuild(in: world)
        #expect(world.cache.cached(guild) == nil)
        for _ in 0..<5 { _ = try await world.access.guild(guild, for: owner.id) }
        #expect(world.directory.count(of: .snapshot(guild)) == 1)
        #expect(world.directory.count(of: .member(owner.id, guild)) == 1)
        #expect(world.cache.cached(guild)?.guild.id == guild)
    }

    @Test func makesConcurrentEqualLoadsOne() async throws {
        let world = try await GuildWorld()
        let (guild, _, _) = try await foreignGuild(in: world)
        world.directory.holdNext(.snapshot(guild))
        let cache = world.cache
        let first = Task { try await cache.snapshot(of: guild) }
        await world.directory.waitForHeldRead()
        let others = (0..<50).map { _ in Task { try await cache.snapshot(of: guild) } }
        world.directory.letGo()
        let answer = try await first.value
        for other in others { #expect(try await other.value == answer) }
        // One load; and one more for those who asked after it had begun, if any did while it ran.
        #expect((1...2).contains(world.directory.count(of: .snapshot(guild))))
    }

    @Test func hearsOfChangesThroughOtherNodes() async throws {
        let world = try await GuildWorld()
        let (guild, owner, other) = try await foreignGuild(in: world)
        _ = try await world.cache.snapshot(of: guild)
        let channel = try await other.createChannel(in: guild, NewChannel(name: "new"), by: owner.id)
        #expect(world.cache.cached(guild) == nil)
        #expect(try await world.cache.snapshot(of: guild)?.channels[channel.id] == channel)
    }

    @Test func neverKeepsWhatWasReadBeforeAnEvent() async throws {
        let world = try await GuildWorld()
        let (guild, owner, other) = try await foreignGuild(in: world)
        let cache = world.cache
        world.directory.holdNext(.snapshot(guild))
        let early = Task { try await cache.snapshot(of: guild) }
        await world.directory.waitForHeldRead()
        _ = try await other.update(guild, GuildUpdate(name: "Renamed"), by: owner.id)
        world.directory.letGo()
        _ = try await early.value
        #expect(try await cache.snapshot(of: guild)?.guild.name == "Renamed")
    }

    @Test func neverKeepsAMembershipThatWasReadBeforeItsEnd() async throws {
        let world = try await GuildWorld()
        let (guild, _, other) = try await foreignGuild(in: world)
        let user = try await world.user("leaver")
        _ = try await other.addMember(user.id, to: guild)
        _ = try await other.guild(guild, for: user.id)
        _ = try await world.cache.snapshot(of: guild)
        let cache = world.cache
        world.directory.holdNext(.member(user.id, guild))
        let early = Task { try await cache.member(user.id, of: guild) }
        await world.directory.waitForHeldRead()
        try await other.removeMember(user.id, from: guild, by: user.id)
        #expect(try await cache.member(user.id, of: guild) == nil)
        world.directory.letGo()
        _ = try await early.value
        #expect(try await cache.member(user.id, of: guild) == nil)
    }

    @Test func loadsAgainWhenAskedForANewerEpoch() async throws {
        let world = try await GuildWorld()
        let (guild, _, _) = try await foreignGuild(in: world)
        let epoch = try #require(try await world.cache.snapshot(of: guild)).epoch
        // A change whose event is still on its way.
        let role = Role(id: RoleID(5), name: "r", permissions: [])
        _ = try await world.directory.apply(.putRole(role), to: guild, at: nil)
        #expect(try await world.cache.snapshot(of: guild)?.epoch == epoch)
        #expect(try await world.cache.snapshot(of: guild, atLeast: epoch + 1)?.roles[role.id] == role)
    }

    @Test func forgetsMembersWhenASnapshotShowsMoreThanItHeardOf() async throws {
        let world = try await GuildWorld()
        let (guild, owner, _) = try await foreignGuild(in: world)
        let epoch = try await world.access.guild(guild, for: owner.id).snapshot.epoch
        // A change of a member whose event is still on its way.
        _ = try await world.directory.apply(
            .putMember(Member(user: owner.id, nick: "Boss", joinedAt: 0)), to: guild, at: nil
        )
        _ = try await world.cache.snapshot(of: guild, atLeast: epoch + 1)
        #expect(try await world.access.guild(guild, for: owner.id).profile.member.nick == "Boss")
    }

    @Test func forgetsMembersWhenItMissedEvents() async throws {
        let world = try await GuildWorld()
        let (guild, owner, other) = try await foreignGuild(in: world)
        _ = try await world.access.guild(guild, for: owner.id)
        _ = try await other.update(guild, GuildUpdate(name: "One"), by: owner.id)
        _ = try await world.access.guild(guild, for: owner.id)
        let reads = world.directory.count(of: .member(owner.id, guild))
        let event = GuildEvent.guildUpdated.encoded()
        world.cache.receive(
            FanoutEvent(topic: .guild(guild), position: 9, previous: 8, epoch: 9, acceptedAt: 0, payload: event)
        )
        _ = try await world.access.guild(guild, for: owner.id)
        #expect(world.directory.count(of: .member(owner.id, guild)) == reads + 1)
    }

    @Test(arguments: [[UInt8](), [1, 2, 3], Array(repeating: 0xFF, count: 64)])
    func takesUnreadableEventsForTheWorst(_ payload: [UInt8]) async throws {
        let world = try await GuildWorld()
        let (guild, owner, _) = try await foreignGuild(in: world)
        _ = try await world.access.guild(guild, for: owner.id)
        world.cache.receive(
            FanoutEvent(topic: .guild(guild), position: 2, previous: 0, epoch: 2, acceptedAt: 0, payload: payload)
        )
        _ = try await world.access.guild(guild, for: owner.id)
        #expect(world.directory.count(of: .snapshot(guild)) == 2)
        #expect(world.directory.count(of: .member(owner.id, guild)) == 2)
    }

    @Test func partsWithTheGuildUnusedForTheLongestTime() async throws {
        let world = try await GuildWorld(capacity: 2)
        let other = try await world.otherNode()
        let owner = try await world.user("owner")
        var guilds: [GuildID] = []
        for number in 0..<3 {
            let made = try await other.guilds.createGuild(name: "Guild \(number)", icon: nil, by: owner.id)
            guilds.append(made.guild.id)
        }
        _ = try await world.access.guild(guilds[0], for: owner.id)
        _ = try await world.access.guild(guilds[1], for: owner.id)
        _ = try await world.access.guild(guilds[0], for: owner.id)
        _ = try await world.access.guild(guilds[2], for: owner.id)
        #expect(world.cache.guildCount == 2)
        #expect(world.cache.cached(guilds[1]) == nil)
        #expect(world.cache.cached(guilds[0]) != nil)
        // What came back is as fresh as at first, members included: its events arrive again.
        _ = try await world.access.guild(guilds[1], for: owner.id)
        #expect(world.bus.subscribers(of: .guild(guilds[1])) == 1)
        try await other.guilds.delete(guilds[1], by: owner.id)
        let code = try await refusal { _ = try await world.access.guild(guilds[1], for: owner.id) }
        #expect(code == .unknownGuild)
    }

    @Test func staysFreshWhileGuildsComeAndGo() async throws {
        let world = try await GuildWorld(capacity: 1)
        let other = try await world.otherNode()
        let owner = try await world.user("owner")
        var guilds: [GuildID] = []
        for number in 0..<3 {
            let made = try await other.guilds.createGuild(name: "Guild \(number)", icon: nil, by: owner.id)
            guilds.append(made.guild.id)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for turn in 0..<60 {
                let guild = guilds[turn % 3]
                group.addTask { _ = try await world.access.guild(guild, for: owner.id) }
            }
            try await group.waitForAll()
        }
        #expect(world.cache.guildCount == 1)
        for guild in guilds {
            _ = try await world.access.guild(guild, for: owner.id)
            _ = try await other.guilds.update(guild, GuildUpdate(name: "Renamed"), by: owner.id)
            #expect(try await world.cache.snapshot(of: guild)?.guild.name == "Renamed")
        }
    }

    @Test func keepsNothingOfUnknownGuilds() async throws {
        let world = try await GuildWorld()
        for number: UInt64 in 1...50 { #expect(try await world.cache.snapshot(of: GuildID(number)) == nil) }
        #expect(world.cache.guildCount == 0)
    }

    @Test func saysWhenTheDirectoryIsDownAndServesWhatItHas() async throws {
        let world = try await GuildWorld()
        let (guild, owner, _) = try await foreignGuild(in: world)
        _ = try await world.access.guild(guild, for: owner.id)
        world.directory.setDown(true)
        world.time.advance(by: GuildCache.userLifeMilliseconds + 1)
        _ = try await world.access.guild(guild, for: owner.id)
        let code = try await refusal { _ = try await world.cache.snapshot(of: GuildID(3)) }
        #expect(code == .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds))
        world.directory.setDown(false)
        #expect(try await world.cache.snapshot(of: GuildID(3)) == nil)
    }

    @Test func refusesWhenTheBusIsDownAndRecovers() async throws {
        let world = try await GuildWorld()
        let (guild, _, _) = try await foreignGuild(in: world)
        world.bus.setDown(true)
        let code = try await refusal { _ = try await world.cache.snapshot(of: guild) }
        #expect(code == .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds))
        world.bus.setDown(false)
        #expect(try await world.cache.snapshot(of: guild) != nil)
        #expect(world.bus.subscribers(of: .guild(guild)) > 0)
    }

    @Test func believesNamesOfUsersForAWhile() async throws {
        let world = try await GuildWorld()
        var user = try await world.user("before")
        let unknown = UserID(1)
        #expect(try await world.cache.users([user.id, unknown, user.id]) == [user.id: user])
        user.globalName = "After"
        try await world.directory.update(user)
        #expect(try await world.cache.users([user.id])[user.id]?.globalName == nil)
        world.time.advance(by: GuildCache.userLifeMilliseconds + 1)
        #expect(try await world.cache.users([user.id])[user.id]?.globalName == "After")
        #expect(world.directory.count(of: .users) == 2)
    }

    @Test func findsAChannelThatIsNewerThanTheSnapshot() async throws {
        let world = try await GuildWorld()
        let (guild, owner, _) = try await foreignGuild(in: world)
        _ = try await world.access.guild(guild, for: owner.id)
        let channel = Channel(id: ChannelID(77), kind: .text, guild: guild, name: "quick")
        _ = try await world.directory.apply(.putChannel(channel), to: guild, at: nil)
        #expect(try await world.access.channel(channel.id, for: owner.id).channel == channel)
    }
}

@Suite("No stale grant")
struct FreshnessTests {
    @Test func whatWasTakenIsGoneWhenTheCallReturns() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let user = try await world.member("member", of: guild, owner: owner, position: 2, .sendMessages)
        let channel = try await world.textChannel(of: guild, for: owner)
        let role = try await world.guilds.member(user.id, of: guild, for: owner.id).member.roles[0]
        let other = try await world.otherNode()
        let doors = [world.access, Access(cache: other.cache)]
        for door in doors { _ = try await door.channel(channel.id, for: user.id, needing: .sendMessages) }

        _ = try await world.guilds.updateRole(role, in: guild, RoleUpdate(permissions: []), by: owner.id)
        for door in doors {
            let code = try await refusal {
                _ = try await door.channel(channel.id, for: user.id, needing: .sendMessages)
            }
            #expect(code == .missingPermissions)
        }
        try await world.guilds.setOverwrite(
            PermissionOverwrite(target: .member(user.id), allow: [], deny: .viewChannel), on: channel.id, by: owner.id
        )
        for door in doors {
            #expect(try await refusal { _ = try await door.channel(channel.id, for: user.id) } == .missingAccess)
        }
        try await world.guilds.removeMember(user.id, from: guild, by: owner.id)
        for door in doors {
            #expect(try await refusal { _ = try await door.channel(channel.id, for: user.id) } == .unknownChannel)
        }
    }

    @Test func aDeletedRoleGrantsNothing() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let user = try await world.member("member", of: guild, owner: owner, position: 2, .manageGuild)
        let profile = try await world.guilds.member(user.id, of: guild, for: owner.id)
        try await world.guilds.deleteRole(profile.member.roles[0], in: guild, by: owner.id)
        let code = try await refusal { _ = try await world.access.guild(guild, for: user.id, needing: .manageGuild) }
        #expect(code == .missingPermissions)
        #expect(try await world.cache.member(user.id, of: guild)?.member.roles == [])
    }
}
