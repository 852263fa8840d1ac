import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: replies") struct ReplyTests {
    private func reply(
        to id: String, _ more: String = "", extra: String = "", as person: Person, in world: World
    ) async throws -> Answer {
        try await world.call(
            .post, "/channels/{c}/messages", as: person,
            #"{"content":"answer","message_reference":{"message_id":"\#(id)"\#(more)}\#(extra)}"#)
    }

    @Test func aReplyQuotesAndPingsWhatItAnswers() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("question", as: world.owner)
            let answer = try await reply(
                to: id, #","channel_id":{c},"guild_id":"{g}","type":0"#, as: world.member, in: world)
            #expect(answer.status == 200)
            #expect(answer.json["type"]?.int == 19)
            #expect(answer.json["message_reference"]?["message_id"]?.string == id)
            #expect(answer.json["message_reference"]?["channel_id"]?.string == world.general.description)
            #expect(answer.json["message_reference"]?["guild_id"]?.string == world.guild.guild.id.description)
            #expect(answer.json["referenced_message"]?["content"]?.string == "question")
            #expect(answer.json["referenced_message"]?["author"]?["id"]?.string == world.owner.id.description)
            #expect(answer.json["mentions"]?.array?.map { $0["id"]?.string } == [world.owner.id.description])
            let read = try await world.call(.get, "/channels/{c}/messages", as: world.owner)
            #expect(read.json.array?.first?["referenced_message"]?["content"]?.string == "question")
        }
    }

    @Test(arguments: [
        (#","allowed_mentions":{"parse":[]}"#, 0), (#","allowed_mentions":{"parse":["users"]}"#, 0),
        (#","allowed_mentions":{"parse":[],"replied_user":true}"#, 1), ("", 1),
    ])
    func whoIsAnsweredIsPingedUnlessTheSenderSaysOtherwise(_ extra: String, _ pinged: Int) async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("question", as: world.owner)
            let answer = try await reply(to: id, extra: extra, as: world.member, in: world)
            #expect(answer.json["mentions"]?.array?.count == pinged)
        }
    }

    @Test func whatIsGoneIsNotQuoted() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("secret", as: world.owner)
            let answer = try #require(try await reply(to: id, as: world.member, in: world).json["id"]?.string)
            #expect(try await world.call(.delete, "/channels/{c}/messages/\(id)", as: world.owner).status == 204)
            let read = try await world.call(.get, "/channels/{c}/messages/\(answer)", as: world.member)
            #expect(read.json["referenced_message"] == .null)
            #expect(read.json["message_reference"]?["message_id"]?.string == id)
            let edited = try await world.call(
                .patch, "/channels/{c}/messages/\(answer)", as: world.member, #"{"content":"still"}"#)
            #expect(edited.json["referenced_message"] == .null)
            #expect(try await reply(to: id, as: world.member, in: world).verdict == "400/50035")
            let plain = try await reply(to: id, #","fail_if_not_exists":false"#, as: world.member, in: world)
            #expect(plain.json["type"]?.int == 0)
            #expect(plain.json["message_reference"] == nil)
        }
    }

    @Test func repliesStayInTheirChannel() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("question", as: world.owner)
            let elsewhere = try await reply(to: id, #","channel_id":"{fc}""#, as: world.member, in: world)
            #expect(elsewhere.verdict == "400/50035")
            #expect(elsewhere.errorPaths == ["message_reference"])
            let unknown = try await reply(to: "5", as: world.member, in: world)
            #expect(unknown.verdict == "400/50035")
            #expect(try await reply(to: id, #","type":1"#, as: world.member, in: world).verdict == "400/50035")
            let foreign = try await world.call(
                .post, "/channels/{fc}/messages", as: world.stranger,
                #"{"content":"x","message_reference":{"message_id":"\#(id)"}}"#)
            #expect(foreign.verdict == "400/50035")
        }
    }

    @Test func whoMayNotReadBackMayNotAnswer() async throws {
        try await World.run { (world) async throws in
            let id = try await world.send("question", as: world.owner)
            let denied = Permissions.readMessageHistory.rawValue
            _ = try await world.call(
                .put, "/channels/{c}/permissions/{g}", as: world.owner, #"{"type":0,"allow":"0","deny":"\#(denied)"}"#)
            #expect(try await reply(to: id, as: world.member, in: world).verdict == "403/50013")
            #expect(try await world.call(.get, "/channels/{c}/pins", as: world.member).ids == [])
            let reactors = try await world.call(
                .get, "/channels/{c}/messages/\(id)/reactions/%F0%9F%91%8D", as: world.member)
            #expect(reactors.verdict == "403/50013")
        }
    }
}
