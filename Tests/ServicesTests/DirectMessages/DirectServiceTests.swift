import BackendContracts
import Chat
import Interface
import Services
import Testing

@Suite("Direct channels") struct DirectServiceTests {
    /// Three users without a guild.
    private struct Scene {
        let world: GuildWorld
        let directs: DirectService
        let ada: User
        let bob: User
        let eve: User

        init() async throws {
            world = try await GuildWorld()
            directs = world.directs
            ada = try await world.user("ada")
            bob = try await world.user("bob")
            eve = try await world.user("eve")
        }

        func may(_ user: User, _ channel: ChannelID, _ needing: Permissions = []) async throws -> ServiceError.Code? {
            try await refusal { _ = try await world.access.channel(channel, for: user.id, needing: needing) }
        }
    }

    @Test func oneGateForPartiesAndOthers() async throws {
        let scene = try await Scene()
        let channel = try await scene.directs.open(with: scene.bob.id, by: scene.ada.id).channel.id
        for party in [scene.ada, scene.bob] {
            let grant = try await scene.world.access.channel(channel, for: party.id, needing: .sendMessages)
            #expect(grant.permissions == .directMessage)
            #expect(grant.guild == nil && grant.member == nil)
            #expect(grant.epoch == 1)
            #expect(try await scene.may(party, channel, .manageMessages) == .notInDirectMessages)
        }
        // A stranger, and an id that nobody has.
        #expect(try await scene.may(scene.eve, channel) == .unknownChannel)
        #expect(try await scene.may(scene.ada, ChannelID(99)) == .unknownChannel)
        // Closed: still a party.
        _ = try await scene.directs.leave(channel, by: scene.ada.id)
        #expect(try await scene.may(scene.ada, channel, .sendMessages) == nil)
        // Blocked: may look back, and no more, from either side.
        try await scene.directs.block(scene.ada.id, by: scene.bob.id)
        for party in [scene.ada, scene.bob] {
            #expect(try await scene.may(party, channel, .sendMessages) == .cannotMessageUser)
            #expect(try await scene.may(party, channel, .readMessageHistory) == nil)
        }
        #expect(try await scene.directs.isBlocked(scene.ada.id, by: scene.bob.id))
        #expect(try await !scene.directs.isBlocked(scene.bob.id, by: scene.ada.id))
        try await scene.directs.unblock(scene.ada.id, by: scene.bob.id)
        #expect(try await scene.may(scene.ada, channel, .sendMessages) == nil)
    }

    @Test func openingIsIdempotentAndDoesNotTellOfABlock() async throws {
        let scene = try await Scene()
        try await scene.directs.block(scene.ada.id, by: scene.bob.id)
        let one = try await scene.directs.open(with: scene.bob.id, by: scene.ada.id)
        let other = try await scene.directs.open(with: scene.ada.id, by: scene.bob.id)
        #expect(one.channel.id == other.channel.id)
        #expect(one.recipients == [scene.bob] && other.recipients == [scene.ada])
        #expect(try await scene.may(scene.ada, one.channel.id, .sendMessages) == .cannotMessageUser)
        let nobody = try await refusal { _ = try await scene.directs.open(with: UserID(9), by: scene.ada.id) }
        #expect(nobody == .invalidRecipient)
        let oneself = try await refusal { _ = try await scene.directs.open(with: scene.ada.id, by: scene.ada.id) }
        #expect(oneself == .invalidRecipient)
    }

    @Test func aChangeIsKnownEverywhereAtOnce() async throws {
        let scene = try await Scene()
        let there = Access(cache: try await scene.world.otherNode().cache)
        let group = try await scene.directs.createGroup(
            of: [scene.bob.id, scene.eve.id], name: nil, by: scene.ada.id
        ).channel.id
        _ = try await there.channel(group, for: scene.eve.id)
        try await scene.directs.remove(scene.eve.id, from: group, by: scene.ada.id)
        for access in [scene.world.access, there] {
            let code = try await refusal { _ = try await access.channel(group, for: scene.eve.id) }
            #expect(code == .unknownChannel)
            #expect(try await access.channel(group, for: scene.bob.id).epoch == 2)
        }
        try await scene.directs.add(scene.eve.id, to: group, by: scene.bob.id)
        #expect(try await there.channel(group, for: scene.eve.id).epoch == 3)
        let pair = try await scene.directs.open(with: scene.bob.id, by: scene.ada.id).channel.id
        _ = try await there.channel(pair, for: scene.ada.id, needing: .sendMessages)
        try await scene.directs.block(scene.ada.id, by: scene.bob.id)
        let code = try await refusal { _ = try await there.channel(pair, for: scene.ada.id, needing: .sendMessages) }
        #expect(code == .cannotMessageUser)
    }

    @Test func whoReadsWhileItChangesNeverKeepsTheOldState() async throws {
        let scene = try await Scene()
        let group = try await scene.directs.createGroup(
            of: [scene.bob.id, scene.eve.id], name: nil, by: scene.ada.id
        ).channel.id
        let there = Access(cache: try await scene.world.otherNode().cache)
        scene.world.directory.holdNext(.direct(group))
        let reading = Task { try await there.channel(group, for: scene.eve.id).epoch }
        await scene.world.directory.waitForHeldRead()
        try await scene.directs.remove(scene.eve.id, from: group, by: scene.ada.id)
        scene.world.directory.letGo()
        // It was asked before the change; what is asked from now on sees it.
        _ = await reading.result
        let code = try await refusal { _ = try await there.channel(group, for: scene.eve.id) }
        #expect(code == .unknownChannel)
    }

    @Test func channelsAreKeptInMemory() async throws {
        let scene = try await Scene()
        let pair = try await scene.directs.open(with: scene.bob.id, by: scene.ada.id).channel.id
        for _ in 0..<5 { _ = try await scene.world.access.channel(pair, for: scene.ada.id) }
        #expect(scene.world.directory.count(of: .direct(pair)) == 1)
    }

    @Test func groupsHoldTen() async throws {
        let scene = try await Scene()
        var others: [UserID] = []
        for number in 0..<10 { others.append(try await scene.world.user("user\(number)").id) }
        let tooMany = try await refusal {
            _ = try await scene.directs.createGroup(of: others, name: nil, by: scene.ada.id)
        }
        #expect(tooMany == .tooMany(.parties))
        let group = try await scene.directs.createGroup(
            of: Array(others.prefix(9)) + others.prefix(3), name: "  Ten ", by: scene.ada.id)
        #expect(group.channel.name == "Ten")
        #expect(group.channel.parties.count == 10)
        let full = try await refusal {
            try await scene.directs.add(others[9], to: group.channel.id, by: scene.ada.id)
        }
        #expect(full == .tooMany(.parties))
        let alone = try await refusal {
            _ = try await scene.directs.createGroup(of: [scene.ada.id], name: nil, by: scene.ada.id)
        }
        #expect(alone == .invalidRecipient)
    }

    @Test func theOwnerHandsOnAndTheLastOneEndsTheGroup() async throws {
        let scene = try await Scene()
        let group = try await scene.directs.createGroup(
            of: [scene.bob.id, scene.eve.id], name: nil, by: scene.ada.id
        ).channel.id
        let forbidden = try await refusal {
            try await scene.directs.remove(scene.ada.id, from: group, by: scene.bob.id)
        }
        #expect(forbidden == .missingPermissions)
        _ = try await scene.directs.leave(group, by: scene.ada.id)
        #expect(try await scene.world.access.channel(group, for: scene.eve.id).direct?.owner == scene.bob.id)
        _ = try await scene.directs.leave(group, by: scene.bob.id)
        _ = try await scene.directs.leave(group, by: scene.eve.id)
        #expect(try await scene.may(scene.eve, group) == .unknownChannel)
        #expect(try await scene.directs.list(of: scene.eve.id).isEmpty)
    }

    @Test func concurrentChangesOfAGroupAllCount() async throws {
        let scene = try await Scene()
        let group = try await scene.directs.createGroup(of: [scene.bob.id], name: nil, by: scene.ada.id).channel.id
        var others: [UserID] = []
        for number in 0..<8 { others.append(try await scene.world.user("user\(number)").id) }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for other in others { tasks.addTask { try await scene.directs.add(other, to: group, by: scene.ada.id) } }
            try await tasks.waitForAll()
        }
        let channel = try await scene.world.access.channel(group, for: scene.ada.id).direct
        #expect(channel?.parties.count == 10)
        #expect(channel?.version == 9)
    }

    @Test func betweenTwoNothingChanges() async throws {
        let scene = try await Scene()
        let pair = try await scene.directs.open(with: scene.bob.id, by: scene.ada.id).channel.id
        let codes = [
            try await refusal { _ = try await scene.directs.update(pair, name: .set("x"), by: scene.ada.id) },
            try await refusal { try await scene.directs.add(scene.eve.id, to: pair, by: scene.ada.id) },
            try await refusal { try await scene.directs.remove(scene.bob.id, from: pair, by: scene.ada.id) },
        ]
        #expect(codes == [.notInDirectMessages, .notInDirectMessages, .notInDirectMessages])
    }

    @Test func everybodyConcernedIsToldButBots() async throws {
        let scene = try await Scene()
        let robot = try await scene.world.accounts.create(
            username: "robot", isBot: true, owner: nil, password: nil)
        let group = try await scene.directs.createGroup(
            of: [scene.bob.id, robot.id], name: nil, by: scene.ada.id
        ).channel.id
        try await scene.directs.add(scene.eve.id, to: group, by: scene.ada.id)
        _ = try await scene.directs.update(group, name: .set("Club"), by: scene.ada.id)
        try await scene.directs.remove(scene.eve.id, from: group, by: scene.ada.id)
        func heard(by user: User) async throws -> [String] {
            try await scene.world.bus.window(of: .user(user.id), after: 0, limit: 100).events.compactMap { event in
                guard case .direct(let notice) = try UserEvent(encoded: event.payload) else { return nil }
                return switch notice {
                case .channel(let change, _, _): "\(change)"
                case .recipientAdded: "added"
                case .recipientRemoved: "removed"
                }
            }
        }
        #expect(try await heard(by: scene.bob) == ["created", "added", "updated", "removed"])
        #expect(try await heard(by: robot) == ["added", "removed"])
        #expect(try await heard(by: scene.eve) == ["created", "updated", "deleted"])
    }

    @Test func blocksAreBoundedAndTakeNobodyIn() async throws {
        let scene = try await Scene()
        try await scene.directs.block(scene.ada.id, by: scene.bob.id)
        try await scene.directs.block(scene.ada.id, by: scene.bob.id)
        #expect(try await scene.directs.blocked(by: scene.bob.id) == [scene.ada])
        let group = try await scene.directs.createGroup(of: [scene.eve.id], name: nil, by: scene.ada.id).channel.id
        let unreachable = try await refusal {
            try await scene.directs.add(scene.bob.id, to: group, by: scene.ada.id)
        }
        #expect(unreachable == .cannotMessageUser)
        let oneself = try await refusal { try await scene.directs.block(scene.ada.id, by: scene.ada.id) }
        #expect(oneself == .invalidRecipient)
        let unknown = try await refusal { try await scene.directs.block(UserID(9), by: scene.ada.id) }
        #expect(unknown == .unknownUser)
    }

    @Test func aDownDirectoryIsNoUnknownChannel() async throws {
        let scene = try await Scene()
        let group = try await scene.directs.createGroup(of: [scene.bob.id], name: nil, by: scene.ada.id).channel.id
        let there = Access(cache: try await scene.world.otherNode().cache)
        scene.world.directory.setDown(true)
        let code = try await refusal { _ = try await there.channel(group, for: scene.ada.id) }
        #expect(code == .unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds))
        scene.world.directory.setDown(false)
        _ = try await there.channel(group, for: scene.ada.id)
    }
}
