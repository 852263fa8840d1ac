import Chat
import Interface
import Services
import Testing

/// S01: the time of an answer must not tell what the answer does not.
@Suite("Access to what is hidden") struct AccessTests {
    /// Reads of the directory are what takes time: a stranger's question costs as many, whether there is something or not.
    @Test func takesAsMuchWorkAsWhatIsNotThere() async throws {
        let world = try await GuildWorld()
        let (owner, stranger) = (try await world.user("owner"), try await world.user("stranger"))
        let other = try await world.user("other")
        let guild = try await world.guilds.createGuild(name: "Club", icon: nil, by: owner.id)
        let channel = try #require(guild.channels.keys.first)
        let direct = try await world.directs.open(with: other.id, by: owner.id).channel.id
        // Whoever belongs there has had it brought into memory, and strangers have asked before.
        for user in [owner, stranger] {
            _ = try? await world.access.channel(channel, for: user.id)
            _ = try? await world.access.channel(direct, for: user.id)
        }

        func reads(_ code: ServiceError.Code, _ ask: () async throws -> Void) async throws -> Int {
            let before = world.directory.count
            #expect(try await refusal { try await ask() } == code)
            return world.directory.count - before
        }
        func ask(_ id: ChannelID) async throws -> Int {
            try await reads(.unknownChannel) { _ = try await world.access.channel(id, for: stranger.id) }
        }
        let unknown = try await ask(ChannelID(77))
        #expect(unknown > 0)
        #expect(try await ask(channel) == unknown)
        #expect(try await ask(direct) == unknown)

        func ask(_ id: GuildID) async throws -> Int {
            try await reads(.unknownGuild) { _ = try await world.access.guild(id, for: stranger.id) }
        }
        let unknownGuild = try await ask(GuildID(77))
        #expect(unknownGuild > 0)
        #expect(try await ask(guild.guild.id) == unknownGuild)
    }
}
