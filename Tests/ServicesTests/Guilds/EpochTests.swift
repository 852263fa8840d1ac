import Chat
import Interface
import Services
import Testing

@Suite("Epochs and events of guilds")
struct EpochTests {
    /// Events of the guild's stream, as they were published.
    private func events(of guild: GuildID, on bus: ProbedBus) -> [FanoutMessage] {
        bus.published.filter { $0.topic == .guild(guild) }
    }

    @Test func everyChangeRaisesTheEpochByOneAndIsPublishedUnderIt() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let channel = try await world.guilds.createChannel(in: guild, NewChannel(name: "a"), by: owner.id)
        _ = try await world.guilds.updateChannel(channel.id, ChannelUpdate(name: "b"), by: owner.id)
        let role = try await world.role("r", in: guild, owner: owner, position: 1)
        let user = try await world.member("member", of: guild, owner: owner)
        _ = try await world.guilds.updateMember(user.id, of: guild, MemberUpdate(roles: [role.id]), by: owner.id)
        try await world.guilds.deleteRole(role.id, in: guild, by: owner.id)
        _ = try await world.guilds.deleteChannel(channel.id, by: owner.id)
        try await world.guilds.removeMember(user.id, from: guild, by: user.id)
        _ = try await world.guilds.update(guild, GuildUpdate(name: "New name"), by: owner.id)
        try await world.guilds.delete(guild, by: owner.id)

        let published = events(of: guild, on: world.bus)
        #expect(published.map(\.epoch) == Array(2...UInt64(published.count + 1)))
        #expect(published.map(\.position) == published.map(\.epoch))
        let kinds = try published.map { try GuildEvent(encoded: $0.payload) }
        #expect(kinds.count == 11)
        #expect(kinds.last == .guildDeleted)
        #expect(kinds.contains(.roleDeleted(role.id)))
        #expect(kinds.contains(.memberRemoved(user)))
    }

    @Test func aChangeThatChangesNothingIsNoEvent() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let before = try #require(try await world.directory.snapshot(of: guild))
        let after = try await world.guilds.update(guild, GuildUpdate(name: "Quiet"), by: owner.id)
        _ = try await world.guilds.addMember(owner.id, to: guild)
        #expect(after.epoch == before.epoch)
        #expect(try await world.directory.snapshot(of: guild)?.epoch == before.epoch)
    }

    @Test func tellsUsersOfTheGuildsTheyJoinAndLeave() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let user = try await world.member("member", of: guild, owner: owner)
        try await world.guilds.removeMember(user.id, from: guild, by: owner.id)
        let own = try world.bus.published.filter { $0.topic == .user(user.id) }.map {
            try UserEvent(encoded: $0.payload)
        }
        #expect(own == [.guildJoined(guild), .guildLeft(guild)])
    }

    @Test func concurrentChangesOfTwoNodesAllTakeEffectInOrder() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let other = try await world.otherNode()
        let before = try #require(try await world.directory.snapshot(of: guild))
        let channels = try await withThrowingTaskGroup(of: Channel.self) { group in
            for number in 0..<20 {
                let guilds = number.isMultiple(of: 2) ? world.guilds : other.guilds
                group.addTask {
                    // A node that loses a race eight times in a row gives up and says so; its client then repeats.
                    while true {
                        do {
                            return try await guilds.createChannel(
                                in: guild, NewChannel(name: "c\(number)"), by: owner.id)
                        } catch let error as ServiceError {
                            guard case .unavailable = error.code else { throw error }
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let after = try #require(try await world.directory.snapshot(of: guild))
        #expect(after.epoch == before.epoch + 20)
        #expect(Set(channels.map(\.id)).isSubset(of: after.channels.keys))
        #expect(Set(channels.map(\.position)).count == 20)
        #expect(try await world.cache.snapshot(of: guild) == after)
        #expect(try await other.cache.snapshot(of: guild) == after)
    }

    @Test func concurrentChangesOfOneNodeArePublishedWithoutGaps() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask {
                    _ = try await world.guilds.createChannel(in: guild, NewChannel(name: "c\(number)"), by: owner.id)
                }
            }
            try await group.waitForAll()
        }
        let epochs = events(of: guild, on: world.bus).map(\.epoch)
        #expect(epochs == Array(2...UInt64(epochs.count + 1)))
        #expect(epochs.last == (try await world.directory.snapshot(of: guild)?.epoch))
    }

    @Test func refusesTheChannelBeyondTheLastUnderConcurrency() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let present = try #require(try await world.directory.snapshot(of: guild)).channels.count
        for number in present..<(Limits.channelsPerGuildMax - 5) {
            let channel = Channel(id: ChannelID(UInt64(number + 1_000)), kind: .text, guild: guild, name: "c")
            _ = try await world.directory.apply(.putChannel(channel), to: guild, at: nil)
        }
        world.cache.receive(
            FanoutEvent(topic: .guild(guild), position: 100_000, previous: 0, epoch: 400, acceptedAt: 0, payload: [])
        )
        let refusals = try await withThrowingTaskGroup(of: ServiceError.Code?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try await refusal {
                        _ = try await world.guilds.createChannel(
                            in: guild, NewChannel(name: "n\(number)"), by: owner.id)
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(refusals.count { $0 == nil } == 5)
        #expect(refusals.count { $0 == .tooMany(.channels) } == 15)
        #expect(try await world.directory.snapshot(of: guild)?.channels.count == Limits.channelsPerGuildMax)
    }

    @Test func aChangeStandsWhenTheBusIsDown() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let user = try await world.member("member", of: guild, owner: owner)
        _ = try await world.guilds.guild(guild, for: user.id)
        world.bus.setDown(true)
        try await world.guilds.removeMember(user.id, from: guild, by: owner.id)
        // Nobody told this node's cache but the service itself.
        let code = try await refusal { _ = try await world.guilds.guild(guild, for: user.id) }
        #expect(code == .unknownGuild)
    }

    @Test func aCallerWhoGivesUpDoesNotSilenceTheEvent() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let epoch = try #require(try await world.directory.snapshot(of: guild)).epoch
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await world.guilds.update(guild, GuildUpdate(name: "After all"), by: owner.id)
        }
        let result = try await task.value
        #expect(result.epoch == epoch + 1)
        #expect(events(of: guild, on: world.bus).last?.epoch == epoch + 1)
    }

    @Test func aDeletionIsHeardThoughItsEpochIsTaken() async throws {
        let world = try await GuildWorld()
        let (guild, owner) = try await world.quietGuild()
        let epoch = try #require(try await world.directory.snapshot(of: guild)).epoch
        let rival = FanoutMessage(
            topic: .guild(guild), position: epoch + 1, epoch: epoch + 1, acceptedAt: 0,
            payload: GuildEvent.guildUpdated.encoded()
        )
        _ = try await world.bus.publish([rival])
        try await world.guilds.delete(guild, by: owner.id)
        let last = try #require(events(of: guild, on: world.bus).last)
        #expect(try GuildEvent(encoded: last.payload) == .guildDeleted)
    }
}
