import API
import Chat
import HTTPTypes
import Services
import Testing
import Wire

@Suite("REST: webhooks") struct WebhookTests {
    private struct Hook {
        var id: String
        var token: String
        var path: String { "/webhooks/\(id)/\(token)" }
    }

    private func made(_ world: World, name: String = "Herald") async throws -> Hook {
        let answer = try await world.call(.post, "/channels/{c}/webhooks", as: world.owner, #"{"name":"\#(name)"}"#)
        #expect(answer.status == 200)
        return Hook(
            id: try #require(answer.json["id"]?.string), token: try #require(answer.json["token"]?.string))
    }

    /// Permissions that everybody gets in the channel, or loses.
    private func overwrite(_ world: World, allow: Permissions = [], deny: Permissions = []) async throws {
        _ = try await world.call(
            .put, "/channels/{c}/permissions/{g}", as: world.owner,
            #"{"type":0,"allow":"\#(allow.rawValue)","deny":"\#(deny.rawValue)"}"#)
    }

    @Test func theTokenIsShownOnceAndIsLongEnoughForLibraries() async throws {
        try await World.run { (world) async throws in
            let hook = try await made(world)
            #expect(hook.token.utf8.count >= 60)
            let read = try await world.call(.get, "/webhooks/\(hook.id)", as: world.owner)
            #expect(read.json["name"]?.string == "Herald")
            #expect(read.json["type"]?.int == 1)
            #expect(read.json["user"]?["id"]?.string == "\(world.owner.id)")
            #expect(read.json["token"] == nil)
            for path in ["/channels/{c}/webhooks", "/guilds/{g}/webhooks"] {
                let list = try await world.call(.get, path, as: world.owner)
                #expect(list.ids == [hook.id])
                #expect(list.json.array?.first?["token"] == nil)
            }
            let byToken = try await world.call(.get, hook.path)
            #expect(byToken.json["token"]?.string == hook.token)
            #expect(byToken.json["user"] == nil)
        }
    }

    @Test func whoHasTheTokenSendsEditsReadsAndDeletes() async throws {
        try await World.run { (world) async throws in
            let hook = try await made(world)
            #expect(try await world.call(.post, hook.path, as: nil, #"{"content":"quiet"}"#).status == 204)
            let sent = try await world.call(
                .post, hook.path + "?wait=true", as: nil,
                #"{"content":"hi @everyone <@{member}>","username":"Robin","avatar_url":"https://a.test/b.png","embeds":[{"title":"t"}]}"#
            )
            #expect(sent.status == 200)
            #expect(sent.json["webhook_id"]?.string == hook.id)
            #expect(sent.json["author"]?["id"]?.string == hook.id)
            #expect(sent.json["author"]?["username"]?.string == "Robin")
            #expect(sent.json["author"]?["bot"]?.bool == true)
            #expect(sent.json["mention_everyone"]?.bool == true)
            #expect(sent.json["mentions"]?.array?.count == 1)
            let id = try #require(sent.json["id"]?.string)
            let page = try await world.call(.get, "/channels/{c}/messages", as: world.member)
            #expect(page.json.array?.map { $0["author"]?["username"]?.string } == ["Robin", "Herald"])
            let edited = try await world.call(
                .patch, hook.path + "/messages/\(id)", as: nil, #"{"content":"changed"}"#)
            #expect(edited.json["content"]?.string == "changed")
            #expect(edited.json["author"]?["username"]?.string == "Robin")
            let read = try await world.call(.get, hook.path + "/messages/\(id)")
            #expect(read.json["content"]?.string == "changed")
            #expect(try await world.call(.delete, hook.path + "/messages/\(id)").status == 204)
            #expect(try await world.call(.get, hook.path + "/messages/\(id)").verdict == "404/10008")
        }
    }

    @Test func aWebhookTouchesItsOwnMessagesOnly() async throws {
        try await World.run { (world) async throws in
            let (hook, other) = (try await made(world), try await made(world))
            let sent = try await world.call(.post, other.path + "?wait=true", as: nil, #"{"content":"x"}"#)
            let foreign = [try await world.send("hi", as: world.owner), try #require(sent.json["id"]?.string)]
            for id in foreign {
                let path = hook.path + "/messages/\(id)"
                #expect(try await world.call(.get, path).verdict == "404/10008")
                #expect(try await world.call(.patch, path, as: nil, #"{"content":"y"}"#).verdict == "404/10008")
                #expect(try await world.call(.delete, path).verdict == "404/10008")
            }
            // Who moderates deletes what a webhook said, and nobody edits it.
            let path = "/channels/{c}/messages/\(foreign[1])"
            #expect(try await world.call(.patch, path, as: world.owner, #"{"content":"y"}"#).verdict == "403/50005")
            #expect(try await world.call(.delete, path, as: world.member).verdict == "403/50013")
            #expect(try await world.call(.delete, path, as: world.owner).status == 204)
        }
    }

    @Test func aWrongTokenIsAsAnUnknownWebhook() async throws {
        try await World.run { (world) async throws in
            let hook = try await made(world)
            let wrong = String(repeating: "a", count: hook.token.utf8.count)
            for path in ["/webhooks/\(hook.id)/\(wrong)", "/webhooks/\(hook.id)/short", "/webhooks/5/\(hook.token)"] {
                let answers = [
                    try await world.call(.get, path), try await world.call(.patch, path, as: nil, #"{"name":"x"}"#),
                    try await world.call(.delete, path),
                    try await world.call(.post, path, as: nil, #"{"content":"x"}"#),
                    try await world.call(.get, path + "/messages/5"),
                    try await world.call(.patch, path + "/messages/5", as: nil, #"{"content":"x"}"#),
                    try await world.call(.delete, path + "/messages/5"),
                ]
                for answer in answers { #expect(answer.verdict == "404/10015") }
            }
        }
    }

    @Test func managingTakesThePermission() async throws {
        try await World.run { (world) async throws in
            let hook = try await made(world)
            let rows: [(HTTPRequest.Method, String, String?)] = [
                (.post, "/channels/{c}/webhooks", #"{"name":"x"}"#), (.get, "/channels/{c}/webhooks", nil),
                (.get, "/webhooks/\(hook.id)", nil), (.patch, "/webhooks/\(hook.id)", #"{"name":"x"}"#),
                (.delete, "/webhooks/\(hook.id)", nil),
            ]
            for (method, path, body) in rows {
                #expect(try await world.call(method, path, as: world.member, body).verdict == "403/50013")
                let hidden = path.contains(hook.id) ? "404/10015" : "404/10003"
                #expect(try await world.call(method, path, as: world.stranger, body).verdict == hidden)
            }
            #expect(try await world.call(.get, "/guilds/{g}/webhooks", as: world.member).verdict == "403/50013")
            #expect(try await world.call(.get, "/guilds/{g}/webhooks", as: world.stranger).verdict == "404/10004")
            try await overwrite(world, allow: .manageWebhooks)
            #expect(try await world.call(.get, "/webhooks/\(hook.id)", as: world.member).status == 200)
            // Who does not see the channel does not know of its webhooks.
            try await overwrite(world, deny: .viewChannel)
            #expect(try await world.call(.get, "/webhooks/\(hook.id)", as: world.member).verdict == "404/10015")
        }
    }

    @Test func webhooksAreRenamedMovedAndDeleted() async throws {
        try await World.run { (world) async throws in
            let hook = try await made(world)
            let channel = try await world.call(.post, "/guilds/{g}/channels", as: world.owner, #"{"name":"news"}"#)
            let news = try #require(channel.json["id"]?.string)
            let moved = try await world.call(
                .patch, "/webhooks/\(hook.id)", as: world.owner, #"{"name":" Crier ","channel_id":"\#(news)"}"#)
            #expect(moved.json["name"]?.string == "Crier")
            #expect(moved.json["channel_id"]?.string == news)
            let foreign = try await world.call(
                .patch, "/webhooks/\(hook.id)", as: world.owner, #"{"channel_id":"{fc}"}"#)
            #expect(foreign.verdict == "404/10003")
            let renamed = try await world.call(.patch, hook.path, as: nil, #"{"name":"Own","channel_id":"{c}"}"#)
            #expect(renamed.json["name"]?.string == "Own")
            #expect(renamed.json["channel_id"]?.string == news)
            #expect(try await world.call(.delete, hook.path).status == 204)
            #expect(try await world.call(.delete, hook.path).verdict == "404/10015")
            let second = try await made(world)
            #expect(try await world.call(.delete, "/webhooks/\(second.id)", as: world.owner).status == 204)
            let last = try await made(world)
            #expect(try await world.call(.delete, "/channels/{c}", as: world.owner).status == 200)
            #expect(try await world.call(.post, last.path, as: nil, #"{"content":"x"}"#).verdict == "404/10015")
        }
    }

    @Test func aChannelTakesFifteen() async throws {
        try await World.run { (world) async throws in
            for number in 0..<15 { _ = try await made(world, name: "hook \(number)") }
            let more = try await world.call(.post, "/channels/{c}/webhooks", as: world.owner, #"{"name":"x"}"#)
            #expect(more.verdict == "400/30007")
        }
    }

    @Test(arguments: [
        (#"{"name":""}"#, ["name"]), (#"{"name":"\#(String(repeating: "x", count: 81))"}"#, ["name"]), ("{}", ["name"]),
        (#"{"name":"x","avatar":"data:image/png;base64,AA=="}"#, ["avatar"]),
        (#"{"name":"x","avatar":"data:image/png,abc"}"#, ["avatar"]), (#"{"name":"x","avatar":7}"#, ["avatar"]),
        (#"{"name":"x","avatar":"data:image/svg+xml;base64,PHN2Zz4="}"#, ["avatar"]),
    ])
    func refusesForms(_ body: String, _ paths: [String]) async throws {
        try await World.run { (world) async throws in
            let answer = try await world.call(.post, "/channels/{c}/webhooks", as: world.owner, body)
            #expect(answer.verdict == "400/50035")
            #expect(answer.errorPaths == Set(paths))
        }
    }

    @Test(arguments: [
        (#"{"content":"x","username":""}"#, "400/50035"), (#"{"content":"x","avatar_url":"file:///etc"}"#, "400/50035"),
        (#"{"content":"x","message_reference":{"message_id":"1"}}"#, "400/50035"), (#"{}"#, "400/50006"),
        (#"{"content":"x","thread_name":"y"}"#, "400/50035"),
    ])
    func refusesMessages(_ body: String, _ verdict: String) async throws {
        try await World.run { (world) async throws in
            let hook = try await made(world)
            #expect(try await world.call(.post, hook.path, as: nil, body).verdict == verdict)
            #expect(
                try await world.call(.post, hook.path + "?thread_id=5", as: nil, #"{"content":"x"}"#).verdict
                    == "404/10003")
        }
    }

    /// S04: whoever may make webhooks may not do with them what they may not do themselves.
    @Test func everyoneIsMentionedOnlyWhileItsCreatorMight() async throws {
        try await World.run { (world) async throws in
            try await overwrite(world, allow: .manageWebhooks)
            let answer = try await world.call(
                .post, "/channels/{c}/webhooks", as: world.member, #"{"name":"Herald"}"#)
            let hook = Hook(
                id: try #require(answer.json["id"]?.string), token: try #require(answer.json["token"]?.string))
            func mentions() async throws -> Bool? {
                let sent = try await world.call(
                    .post, hook.path + "?wait=true", as: nil, #"{"content":"@everyone"}"#)
                return sent.json["mention_everyone"]?.bool
            }
            #expect(try await mentions() == true)
            try await overwrite(world, deny: .mentionEveryone)
            #expect(try await mentions() == false)
            try await overwrite(world)
            #expect(try await mentions() == true)
            try await world.services.guilds.removeMember(
                world.member.id, from: world.guild.guild.id, by: world.owner.id)
            #expect(try await mentions() == false)
        }
    }
}
