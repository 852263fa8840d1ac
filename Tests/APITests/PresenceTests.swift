import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: typing and voice states") struct PresenceTests {
    /// The guild's voice channel.
    private func voice(_ world: World) async throws -> Channel {
        try #require(world.guild.channels.values.first { $0.kind == .voice })
    }

    private func join(_ world: World, _ person: Person, _ channel: ChannelID) async throws {
        try await world.services.presence.voice.update(
            VoiceRequest(guild: world.guild.guild.id, channel: channel),
            of: UserSession(user: person.id, tag: SessionTag(person.id.rawValue)))
    }

    @Test func typingNeedsTheChannel() async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, "/channels/{c}/typing", as: world.member)
            #expect(answer.status == 204 && answer.isEmpty)
            #expect(try await world.call(.post, "/channels/{c}/typing").verdict == "401/0")
            #expect(try await world.call(.post, "/channels/{c}/typing", as: world.stranger).verdict == "404/10003")
            #expect(try await world.call(.post, "/channels/7/typing", as: world.stranger).verdict == "404/10003")
            #expect(try await world.call(.get, "/channels/{c}/typing", as: world.member).status == 405)
        }
    }

    @Test func voiceStatesAreReadByMembers() async throws {
        try await World.run { (world) async throws in
            let channel = try await voice(world)
            let path = "/guilds/{g}/voice-states/"
            #expect(try await world.call(.get, path + "@me", as: world.member).verdict == "404/10065")
            try await join(world, world.member, channel.id)
            let own = try await world.call(.get, path + "@me", as: world.member)
            #expect(own.json["channel_id"]?.string == channel.id.description)
            let seen = try await world.call(.get, path + "{member}", as: world.owner)
            #expect(seen.json == own.json)
            #expect(seen.json["member"]?["user"]?["username"]?.string == "member")
            #expect(try await world.call(.get, path + "{member}", as: world.stranger).verdict == "404/10004")
            #expect(try await world.call(.get, path + "{owner}", as: world.member).verdict == "404/10065")
        }
    }

    @Test func membersAreMovedAndDisconnected() async throws {
        try await World.run { (world) async throws in
            let channel = try await voice(world)
            let path = "/guilds/{g}/members/{member}"
            let there = #"{"channel_id":"\#(channel.id)"}"#
            #expect(try await world.call(.patch, path, as: world.owner, there).verdict == "400/40032")
            let made = try await world.call(
                .post, "/guilds/{g}/channels", as: world.owner, #"{"name":"Lounge","type":2}"#)
            let lounge = try #require(made.json["id"]?.string)
            try await join(world, world.member, channel.id)
            let moved = try await world.call(.patch, path, as: world.owner, #"{"channel_id":"\#(lounge)"}"#)
            #expect(moved.status == 200)
            let state = try await world.call(.get, "/guilds/{g}/voice-states/@me", as: world.member)
            #expect(state.json["channel_id"]?.string == lounge)
            #expect(
                try await world.call(.patch, path, as: world.member, #"{"channel_id":null}"#).verdict == "403/50013")
            let text = try await world.call(.patch, path, as: world.owner, #"{"channel_id":"{c}"}"#)
            #expect(text.verdict == "403/50024")
            #expect(try await world.call(.patch, path, as: world.owner, #"{"channel_id":null}"#).status == 200)
            #expect(
                try await world.call(.get, "/guilds/{g}/voice-states/@me", as: world.member).verdict == "404/10065")
        }
    }
}
