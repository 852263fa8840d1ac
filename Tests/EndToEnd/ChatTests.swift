import Foundation
import Testing

/// People and bots talk through a node, over its real sockets.
@Suite("A node that chats")
struct ChatTests {
    @Test(.timeLimit(.minutes(15)))
    func aPersonRegistersMakesAGuildAndTalksToAnother() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let anonymous = RESTClient(node.rest)

        let form = JSON(["username": "ada", "email": "ada@example.org", "password": "correct horse battery"])
        let registered = try await anonymous.call("POST", "/auth/register", form)
        #expect(registered.status == 201 || registered.status == 200)
        let login = try await anonymous.call(
            "POST", "/auth/login", JSON(["login": "ada@example.org", "password": "correct horse battery"])
        )
        #expect(login.status == 200)
        #expect(login.body["user_id"].string == registered.body["user_id"].string)
        let wrong = try await anonymous.call(
            "POST", "/auth/login", JSON(["login": "ada@example.org", "password": "wrong wrong"]))
        #expect(wrong.status == 401)
        let token = try #require(login.body["token"].string)
        let ada = RESTClient(node.rest, token: token)

        let guild = try await ada.call("POST", "/guilds", JSON(["name": "Lab"]))
        let guildID = try #require(guild.body["id"].string)
        let channels = try await ada.call("GET", "/guilds/\(guildID)/channels")
        let general = try #require(channels.body.list.first { $0["type"].int == 0 }?["id"].string)
        let invite = try await ada.call("POST", "/channels/\(general)/invites", JSON([String: String]()))
        let code = try #require(invite.body["code"].string)

        _ = try await Community.command(node.data, "user", "create", "grace", "--bot")
        let graceToken = try #require(try await Community.command(node.data, "user", "token", "@grace")["token"].string)
        let grace = RESTClient(node.rest, token: "Bot " + graceToken)

        let adaLive = try await GatewayClient.connect(node.gateway)
        let ready = try await adaLive.identify(token: token)
        #expect(ready["user"]["username"].string == "ada")
        let created = try await adaLive.dispatch("GUILD_CREATE")
        #expect(created["id"].string == guildID)
        #expect(created["unavailable"].bool == false)

        // A stranger can't look in, and can't tell the channel from one that does not exist.
        let forbidden = try await grace.call("GET", "/channels/\(general)")
        let unknown = try await grace.call("GET", "/channels/1")
        #expect(forbidden.status == unknown.status)
        #expect(forbidden.text == unknown.text)

        let graceLive = try await GatewayClient.connect(node.gateway)
        _ = try await graceLive.identify(token: graceToken)
        let joined = try await grace.call("POST", "/invites/\(code)")
        #expect(joined.status == 200)
        let arrived = try await graceLive.dispatch("GUILD_CREATE")
        #expect(arrived["id"].string == guildID)
        #expect(arrived["unavailable"].isNull)

        let sent = try await grace.call("POST", "/channels/\(general)/messages", JSON(["content": "hello, Ada"]))
        #expect(sent.status == 200)
        let id = try #require(sent.body["id"].string)
        let seen = try await adaLive.dispatch("MESSAGE_CREATE")
        #expect(seen["id"].string == id)
        #expect(seen["content"].string == "hello, Ada")
        #expect(seen["guild_id"].string == guildID)

        try await adaLive.send(JSON(["op": "SEND_MESSAGE", "d": ["channel_id": general, "content": "hello, Grace"]]))
        let answer = try await graceLive.next("Ada's message") {
            if case .payload(let json) = $0 { json["d"]["content"].string == "hello, Grace" } else { false }
        }
        guard case .payload(let payload) = answer else { return }
        #expect(payload["t"].string == "MESSAGE_CREATE")

        let edited = try await grace.call(
            "PATCH", "/channels/\(general)/messages/\(id)", JSON(["content": "hello, dear Ada"]))
        #expect(edited.status == 200)
        #expect(try await adaLive.dispatch("MESSAGE_UPDATE")["content"].string == "hello, dear Ada")
        #expect(try await ada.call("DELETE", "/channels/\(general)/messages/\(id)").status == 204)
        #expect(try await graceLive.dispatch("MESSAGE_DELETE")["id"].string == id)
        let history = try await grace.call("GET", "/channels/\(general)/messages")
        #expect(history.body.list.map { $0["content"].string } == ["hello, Grace"])

        #expect(try await grace.call("DELETE", "/users/@me/guilds/\(guildID)").status == 204)
        #expect(try await graceLive.dispatch("GUILD_DELETE")["id"].string == guildID)
        #expect(try await grace.call("GET", "/channels/\(general)/messages").status == 404)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func aLazySessionSeesOnlyWhatItSubscribesTo() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let (token, channels) = try await Community.make(node.data, members: 0, channels: 2)
        let client = RESTClient(node.rest, token: token)
        let live = try await GatewayClient.connect(node.gateway)
        _ = try await live.identify(token: String(token.dropFirst(4)), lazy: true)
        try await live.send(JSON(["op": 100, "d": ["channel_id": channels[0]]]))
        _ = try await live.dispatch("CHANNEL_SUBSCRIBED")
        _ = try await client.call("POST", "/channels/\(channels[1])/messages", JSON(["content": "unseen"]))
        _ = try await client.call("POST", "/channels/\(channels[0])/messages", JSON(["content": "seen"]))
        #expect(try await live.dispatch("MESSAGE_CREATE")["content"].string == "seen")
        try await live.send(JSON(["op": 101, "d": ["channel_id": channels[0]]]))
        _ = try await live.dispatch("CHANNEL_UNSUBSCRIBED")
        _ = try await client.call("POST", "/channels/\(channels[0])/messages", JSON(["content": "unseen too"]))
        try await live.send(JSON(["op": 100, "d": ["channel_id": channels[1]]]))
        _ = try await live.dispatch("CHANNEL_SUBSCRIBED")
        _ = try await client.call("POST", "/channels/\(channels[1])/messages", JSON(["content": "end"]))
        #expect(try await live.sees("MESSAGE_CREATE", before: "end") == false)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func theGatewayRefusesWhatIsWrongWithTheRightCode() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let cases: [(String, UInt16)] = [
            ("{\"op\":2,\"d\":{\"token\":\"MQ.x.y\",\"intents\":1,\"properties\":{}}}", 4004),
            ("{\"op\":99,\"d\":null}", 4001),
            ("not json", 4002),
            ("{\"op\":100,\"d\":{\"channel_id\":\"1\"}}", 4003),
            ("{\"op\":1,\"d\":\"" + String(repeating: "x", count: 5_000) + "\"}", 4002),
            (String(repeating: "x", count: 20_000), 1009),
        ]
        for (text, code) in cases {
            let client = try await GatewayClient.connect(node.gateway)
            _ = try await client.operation(10)
            try await client.send(text: text)
            #expect(try await client.closeCode() == code, "for \(text.prefix(60))")
        }
        #expect(await node.terminate() == 0)
    }
}
