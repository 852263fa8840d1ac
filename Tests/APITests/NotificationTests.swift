import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: notification settings") struct NotificationTests {
    private static let path = "/users/@me/guilds/{g}/settings"

    private static func change(
        _ world: World, _ body: String, of guild: String = "{g}", as person: Person? = nil
    ) async throws -> Answer {
        try await world.call(.patch, "/users/@me/guilds/\(guild)/settings", as: person ?? world.member, body)
    }

    @Test func whatIsSetStaysSet() async throws {
        try await World.run { (world) async throws in
            let first = try await Self.change(
                world, #"{"muted":true,"suppress_everyone":true,"message_notifications":1}"#)
            #expect(first.status == 200)
            #expect(first.json["guild_id"]?.string == world.filled("{g}"))
            #expect(first.json["muted"]?.bool == true)
            #expect(first.json["mute_config"]?.isNull == true)
            #expect(first.json["message_notifications"]?.int == 1)
            let second = try await Self.change(
                world,
                #"{"mute_config":{"end_time":"2038-01-19T03:14:07.000Z","selected_time_window":900},"suppress_roles":true}"#
            )
            #expect(second.json["muted"]?.bool == true)
            #expect(second.json["mute_config"]?["end_time"]?.string == "2038-01-19T03:14:07.000000+00:00")
            #expect(second.json["suppress_everyone"]?.bool == true)
            #expect(second.json["suppress_roles"]?.bool == true)
            // Whoever mutes again means until further notice.
            let third = try await Self.change(world, #"{"muted":true,"mute_config":null}"#)
            #expect(third.json["mute_config"]?.isNull == true)
            let last = try await Self.change(world, #"{"muted":false}"#)
            #expect(last.json["muted"]?.bool == false)
            #expect(last.json["version"]?.int == 4)
            // What changes nothing is no change.
            #expect(try await Self.change(world, "{}").json["version"]?.int == 4)
        }
    }

    @Test func channelsHaveTheirOwn() async throws {
        try await World.run { (world) async throws in
            let bodies = [
                #"{"channel_overrides":{"{c}":{"muted":true,"message_notifications":2}}}"#,
                #"{"channel_overrides":[{"channel_id":"{c}","muted":true,"message_notifications":2}]}"#,
            ]
            for body in bodies {
                let answer = try await Self.change(world, body)
                let override = answer.json["channel_overrides"]?.array?.first
                #expect(override?["channel_id"]?.string == world.filled("{c}"))
                #expect(override?["muted"]?.bool == true)
                #expect(override?["message_notifications"]?.int == 2)
            }
            let plain = try await Self.change(
                world, #"{"channel_overrides":{"{c}":{"muted":false,"message_notifications":3}}}"#)
            #expect(plain.json["channel_overrides"]?.array?.isEmpty == true)
        }
    }

    @Test func directChannelsAreAGuildOfTheirOwn() async throws {
        try await World.run { (world) async throws in
            let opened = try await world.call(
                .post, "/users/@me/channels", as: world.owner, #"{"recipient_id":"{member}"}"#)
            let channel = try #require(opened.json["id"]?.string)
            let body = #"{"channel_overrides":{"\#(channel)":{"muted":true}}}"#
            let answer = try await Self.change(world, body, of: "@me")
            #expect(answer.json["guild_id"]?.isNull == true)
            #expect(answer.json["channel_overrides"]?.array?.count == 1)
            #expect(try await Self.change(world, body, of: "@me", as: world.stranger).verdict == "400/50035")
            #expect(try await Self.change(world, body).verdict == "400/50035")
        }
    }

    @Test func aHiddenChannelIsAsOneThatIsNotThere() async throws {
        try await World.run { (world) async throws in
            _ = try await world.call(
                .put, "/channels/{c}/permissions/{member}", as: world.owner, #"{"type":1,"allow":"0","deny":"1024"}"#)
            let answers = [
                try await Self.change(world, #"{"channel_overrides":{"{c}":{"muted":true}}}"#),
                try await Self.change(world, #"{"channel_overrides":{"{fc}":{"muted":true}}}"#),
                try await Self.change(world, #"{"channel_overrides":{"5":{"muted":true}}}"#),
            ]
            for answer in answers { #expect(answer.verdict == "400/50035") }
            #expect(try await Self.change(world, "{}", of: "{foreign}").verdict == "404/10004")
            let unchanged = try await Self.change(world, "{}")
            #expect(unchanged.json["version"]?.int == 0)
        }
    }

    @Test func theyAreForPersons() async throws {
        try await World.run { (world) async throws in
            let bot = try await World.person("robot", world.services, isBot: true)
            _ = try await world.services.guilds.addMember(bot.id, to: world.guild.guild.id)
            #expect(try await Self.change(world, #"{"muted":true}"#, as: bot).status == 403)
        }
    }

    @Test(arguments: [
        (#"{"muted":"yes"}"#, "muted"), (#"{"message_notifications":4}"#, "message_notifications"),
        (#"{"mute_config":{"end_time":"later"}}"#, "mute_config.end_time"), (#"{"mute_config":1}"#, "mute_config"),
        (#"{"channel_overrides":{"x":{}}}"#, "channel_overrides.x"),
        (#"{"channel_overrides":7}"#, "channel_overrides"),
        (#"{"channel_overrides":[{}]}"#, "channel_overrides.0.channel_id"),
        (#"{"channel_overrides":{"{c}":{"muted":1}}}"#, "channel_overrides.{c}.muted"),
    ])
    func namesTheFieldThatIsWrong(_ body: String, _ path: String) async throws {
        try await World.run { (world) async throws in
            let answer = try await Self.change(world, body)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == [world.filled(path)])
        }
    }

    @Test func overridesAreBounded() async throws {
        try await World.run { (world) async throws in
            let many = (1...Limits.notificationOverridesMax + 1).map { #""\#($0)":{"muted":true}"# }
            let answer = try await Self.change(
                world, #"{"channel_overrides":{\#(many.joined(separator: ","))}}"#)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == ["channel_overrides"])
        }
    }
}
