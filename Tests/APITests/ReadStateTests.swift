import API
import BackendContracts
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: read states") struct ReadStateTests {
    /// How a person stands in a channel; `nil` when that is not said.
    private func entry(of person: Person, in channel: ChannelID, _ world: World) async throws -> ReadStateEntry? {
        let list = try await world.services.readStates.list(of: person.id, in: [world.guild.guild.id])
        return list.entries.first { $0.channel == channel }
    }

    /// Mentions are counted beside the way of a message.
    private func waitUntil(
        _ person: Person, has count: UInt32, in channel: ChannelID? = nil, _ world: World
    ) async throws -> ReadStateEntry {
        var last: ReadStateEntry?
        try await eventually("\(person.user.username) has \(count) mentions", deadlineMilliseconds: 20_000) {
            last = try await entry(of: person, in: channel ?? world.general, world)
            return last?.mentionCount == count
        }
        return try #require(last)
    }

    private func acknowledge(
        _ message: String, as person: Person, _ body: String? = #"{"token":null}"#, in world: World
    ) async throws -> Answer {
        try await world.call(.post, "/channels/{c}/messages/\(message)/ack", as: person, body)
    }

    @Test func mentionsAreCountedUntilTheyAreRead() async throws {
        try await World.run { (world) async throws in
            let first = try await world.send("hello <@{member}> and <@{owner}>", as: world.owner)
            let second = try await world.send("<@{member}>", as: world.owner)
            #expect(try await waitUntil(world.member, has: 2, world).lastRead == MessageID(0))
            // Nobody mentions themselves.
            #expect(try await entry(of: world.owner, in: world.general, world) == nil)
            let answer = try await acknowledge(first, as: world.member, in: world)
            #expect(answer.status == 200)
            #expect(answer.json["token"]?.isNull == true)
            let between = try #require(try await entry(of: world.member, in: world.general, world))
            #expect(between.mentionCount == 1 && between.lastRead.description == first)
            #expect(try await acknowledge(second, as: world.member, nil, in: world).status == 200)
            #expect(try await entry(of: world.member, in: world.general, world)?.mentionCount == 0)
            // Back by hand, with what the client counts.
            let byHand = #"{"manual":true,"mention_count":2}"#
            #expect(try await acknowledge(first, as: world.member, byHand, in: world).status == 200)
            let back = try #require(try await entry(of: world.member, in: world.general, world))
            #expect(back.mentionCount == 2 && back.lastRead.description == first)
        }
    }

    @Test func everyoneAndRolesAreEvaluatedWhenAsked() async throws {
        try await World.run { (world) async throws in
            let role = try await world.call(
                .post, "/guilds/{g}/roles", as: world.owner, #"{"name":"helpers","mentionable":true}"#)
            let helpers = try #require(role.json["id"]?.string)
            let first = try await world.send("@everyone", as: world.owner)
            _ = try await waitUntil(world.member, has: 1, world)
            _ = try await world.send("<@&\(helpers)>", as: world.owner)
            _ = try await world.call(.put, "/guilds/{g}/members/{member}/roles/\(helpers)", as: world.owner)
            _ = try await waitUntil(world.member, has: 2, world)
            // Nobody mentions themselves.
            #expect(try await entry(of: world.owner, in: world.general, world) == nil)
            _ = try await acknowledge(first, as: world.member, in: world)
            #expect(try await entry(of: world.member, in: world.general, world)?.mentionCount == 1)
            // Who comes later has read what was said before.
            let late = try await World.person("late", world.services)
            _ = try await world.services.guilds.addMember(late.id, to: world.guild.guild.id)
            #expect(try await entry(of: late, in: world.general, world) == nil)
        }
    }

    @Test func whatIsNoLongerVisibleIsNotSaid() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("<@{member}> @everyone", as: world.owner)
            _ = try await waitUntil(world.member, has: 2, world)
            let denied = Permissions.viewChannel.rawValue
            _ = try await world.call(
                .put, "/channels/{c}/permissions/{g}", as: world.owner, #"{"type":0,"allow":"0","deny":"\#(denied)"}"#)
            #expect(try await entry(of: world.member, in: world.general, world) == nil)
            #expect(try await acknowledge(id, as: world.member, in: world).verdict == "403/50001")
            #expect(try await acknowledge(id, as: world.stranger, in: world).verdict == "404/10003")
        }
    }

    @Test func nothingIsReadBeforeItIsWritten() async throws {
        try await World.run { (world) async throws in
            #expect(try await acknowledge("99999999999999999", as: world.member, in: world).status == 200)
            #expect(try await entry(of: world.member, in: world.general, world) == nil)
            let id = try await world.send("hi", as: world.owner)
            #expect(try await acknowledge("9000000000000000000", as: world.member, in: world).status == 200)
            #expect(try await entry(of: world.member, in: world.general, world)?.lastRead.description == id)
        }
    }

    @Test func manyAreAcknowledgedAtOnce() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("<@{member}>", as: world.owner)
            let body =
                #"{"read_states":[{"channel_id":"{c}","message_id":"\#(id)","read_state_type":0},{"channel_id":"{fc}","message_id":"\#(id)"},{"channel_id":"5","message_id":"6"}]}"#
            #expect(try await world.call(.post, "/read-states/ack-bulk", as: world.member, body).status == 204)
            let entry = try #require(try await entry(of: world.member, in: world.general, world))
            #expect(entry.lastRead.description == id && entry.mentionCount == 0)
            let list = try await world.services.readStates.list(of: world.member.id, in: [])
            #expect(list.entries.count == 1 && !list.isPartial)
        }
    }

    @Test(arguments: [
        (#"{"manual":1}"#, "400/50035"), (#"{"mention_count":-1}"#, "400/50035"),
        (#"{"mention_count":10001}"#, "400/50035"), ("[]", "400/50035"),
    ])
    func refusesForms(_ body: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            #expect(try await acknowledge("1", as: world.member, body, in: world).verdict == verdict)
        }
    }

    @Test func botsHaveNone() async throws {
        try await World.run { (world) async throws in
            let bot = try await World.person("robot", world.services, isBot: true)
            _ = try await world.services.guilds.addMember(bot.id, to: world.guild.guild.id)
            let id = try await world.send("<@\(bot.id)> <@{member}>", as: world.owner)
            _ = try await waitUntil(world.member, has: 1, world)
            #expect(try await acknowledge(id, as: bot, in: world).verdict == "403/20001")
            #expect(
                try await world.call(.post, "/read-states/ack-bulk", as: bot, #"{"read_states":[]}"#).verdict
                    == "403/20001")
            #expect(try await entry(of: bot, in: world.general, world) == nil)
        }
    }

    @Test func directMessagesAreReadToo() async throws {
        try await World.run { (world) async throws in
            let opened = try await world.call(
                .post, "/users/@me/channels", as: world.owner, #"{"recipient_id":"{member}"}"#)
            let channel = try #require(opened.json["id"]?.string)
            let sent = try await world.call(
                .post, "/channels/\(channel)/messages", as: world.owner, #"{"content":"<@{member}>"}"#)
            let id = try #require(sent.json["id"]?.string)
            let direct = try #require(ChannelID(decimal: channel))
            _ = try await waitUntil(world.member, has: 1, in: direct, world)
            let path = "/channels/\(channel)/messages/\(id)/ack"
            #expect(try await world.call(.post, path, as: world.stranger, "{}").verdict == "404/10003")
            #expect(try await world.call(.post, path, as: world.member, "{}").status == 200)
            #expect(try await entry(of: world.member, in: direct, world)?.mentionCount == 0)
        }
    }
}
