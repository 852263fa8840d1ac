import Foundation
import Testing

/// Presence, typing and voice states, over a node's real sockets.
@Suite("A node that shows who is there")
struct PresenceTests {
    private static let intents = 1 | 2 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 11

    /// The next PRESENCE_UPDATE of a user with this status.
    private func sees(_ client: GatewayClient, _ status: String, of user: String) async throws -> JSON {
        let frame = try await client.next("\(status) of \(user)") { frame in
            guard case .payload(let json) = frame else { return false }
            return json["t"].string == "PRESENCE_UPDATE" && json["d"]["user"]["id"].string == user
                && json["d"]["status"].string == status
        }
        guard case .payload(let json) = frame else { throw Expired(what: status) }
        return json["d"]
    }

    @Test(.timeLimit(.minutes(15)))
    func membersSeeEachOtherComeWriteSpeakAndGo() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "grace")
        let adaToken = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let graceToken = try #require(try await Community.command(node.data, "user", "token", "@grace")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@grace")

        let ada = try await GatewayClient.connect(node.gateway)
        _ = try await ada.identify(token: adaToken, intents: Self.intents)
        let guild = try await ada.dispatch("GUILD_CREATE")
        let guildID = try #require(guild["id"].string)
        let general = try #require(guild["channels"].list.first { $0["type"].int == 0 }?["id"].string)
        let voice = try #require(guild["channels"].list.first { $0["type"].int == 2 }?["id"].string)

        let grace = try await GatewayClient.connect(node.gateway)
        let ready = try await grace.identify(token: graceToken, intents: Self.intents)
        let graceID = try #require(ready["user"]["id"].string)
        let adaID = try #require(guild["owner_id"].string)
        _ = try await sees(ada, "online", of: graceID)
        let seen = try await grace.dispatch("GUILD_CREATE")
        #expect(seen["presences"].list.contains { $0["user"]["id"].string == adaID && $0["status"].string == "online" })

        let activity: [String: Any] = ["name": "chess", "type": 0]
        try await grace.send(
            JSON(["op": 3, "d": ["status": "dnd", "since": 0, "afk": false, "activities": [activity]]]))
        let update = try await sees(ada, "dnd", of: graceID)
        #expect(update["activities"][0]["name"].string == "chess")
        #expect(update["activities"][0]["created_at"].int != nil)
        #expect(update["guild_id"].string == guildID)

        let rest = RESTClient(node.rest, token: graceToken)
        #expect(try await rest.call("POST", "/channels/\(general)/typing").status == 204)
        let typing = try await ada.dispatch("TYPING_START")
        #expect(typing["user_id"].string == graceID && typing["member"]["user"]["username"].string == "grace")

        try await grace.send(JSON(["op": 4, "d": ["guild_id": guildID, "channel_id": voice, "self_mute": true]]))
        let joined = try await ada.dispatch("VOICE_STATE_UPDATE")
        #expect(joined["channel_id"].string == voice && joined["self_mute"].bool == true)
        let read = try await rest.call("GET", "/guilds/\(guildID)/voice-states/@me")
        #expect(read.body["session_id"].string == joined["session_id"].string)

        let late = try await GatewayClient.connect(node.gateway)
        _ = try await late.identify(token: adaToken, intents: Self.intents)
        let again = try await late.dispatch("GUILD_CREATE")
        #expect(again["voice_states"].list.map { $0["user_id"].string } == [graceID])
        try await late.send(
            JSON(["op": 8, "d": ["guild_id": guildID, "query": "gra", "limit": 5, "presences": true, "nonce": "n"]]))
        let chunk = try await late.dispatch("GUILD_MEMBERS_CHUNK")
        #expect(chunk["presences"].list.map { $0["status"].string } == ["dnd"])

        try await grace.send(text: #"{"op":3,"d":{"status":"invisible","since":null,"afk":false,"game":null}}"#)
        let hidden = try await sees(ada, "offline", of: graceID)
        #expect(hidden["activities"].list.isEmpty)
        let muted = try await RESTClient(node.rest, token: adaToken)
            .call("PATCH", "/guilds/\(guildID)/members/\(graceID)", JSON(["mute": true]))
        #expect(muted.status == 200)
        #expect(try await ada.dispatch("VOICE_STATE_UPDATE")["mute"].bool == true)
        let channel = try await RESTClient(node.rest, token: adaToken).call("DELETE", "/channels/\(voice)")
        #expect(channel.status == 200)
        #expect(try await grace.dispatch("CHANNEL_DELETE")["id"].string == voice)
        #expect(try await rest.call("GET", "/guilds/\(guildID)/voice-states/@me").status == 404)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func whoResumesWasNeverAway() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "grace")
        let adaToken = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let graceToken = try #require(try await Community.command(node.data, "user", "token", "@grace")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@grace")
        let ada = try await GatewayClient.connect(node.gateway)
        _ = try await ada.identify(token: adaToken, intents: Self.intents)
        _ = try await ada.dispatch("GUILD_CREATE")
        var grace = try await GatewayClient.connect(node.gateway)
        let ready = try await grace.identify(token: graceToken, intents: Self.intents)
        _ = try await sees(ada, "online", of: try #require(ready["user"]["id"].string))
        _ = try await grace.dispatch("GUILD_CREATE")
        let session = try #require(ready["session_id"].string)
        for _ in 0..<20 {
            let sequence = try #require(await grace.sequence)
            await grace.close()
            grace = try await GatewayClient.connect(node.gateway)
            _ = try await grace.operation(10)
            try await grace.send(
                JSON(["op": 6, "d": ["token": graceToken, "session_id": session, "seq": sequence]]))
            _ = try await grace.dispatch("RESUMED")
        }
        _ = try await Community.command(node.data, "message", "send", "Lab/general", "marker", "--as", "@grace")
        #expect(try await !ada.sees("PRESENCE_UPDATE", before: "marker"))
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func anOperatorSeesWhoIsThereAndWhy() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "grace")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let before = try await Community.command(node.data, "presence", "get", "@ada", "@grace")
        #expect(before["items"].list.map { $0["status"].string } == ["offline", "offline"])

        let watch = Task {
            try await Program.discordctl(
                "presence", "watch", "--guild", "Lab", "--count", "2", "--for", "60s", "-o", "jsonl", "--data-dir",
                node.data)
        }
        let client = try await GatewayClient.connect(node.gateway)
        _ = try await client.identify(token: token)
        _ = try await client.dispatch("GUILD_CREATE")
        // Changed until the watch, which takes a moment to begin, has seen two changes.
        let changing = Task {
            var isIdle = false
            while !Task.isCancelled {
                isIdle.toggle()
                try await client.send(text: #"{"op":3,"d":{"status":"\#(isIdle ? "idle" : "dnd")","activities":[]}}"#)
                try await Task.sleep(for: .seconds(1))
            }
        }
        let watched = try await watch.value
        changing.cancel()
        #expect(watched.status == 0, "\(watched.errors)")
        let lines = watched.output.split(separator: "\n").map { JSON(text: String($0)) }
        let events = lines.compactMap { $0["event"].string }
        #expect(events.contains("end") && events.suffix(2) == ["changed", "changed"])
        #expect(lines.last?["user"].string == "ada")

        try await client.send(text: #"{"op":3,"d":{"status":"invisible","activities":[{"name":"chess","type":0}]}}"#)
        let hidden = try await eventually("ada to be invisible") { () -> JSON? in
            let found = try await Community.command(node.data, "presence", "get", "@ada")["items"][0]
            return found["status"].string == "invisible" ? found : nil
        }
        #expect(hidden["sessions"].int == 1 && hidden["devices"].list.map { $0.string } == ["web"])
        let why = try await Community.command(node.data, "presence", "explain", "@ada")["items"][0]
        #expect(why["decides"].bool == true && why["activities"][0].string == "chess")
        #expect(why["reason"].string == "invisible: shown as offline")
        let unknown = try await Program.discordctl("presence", "get", "@nobody", "--data-dir", node.data)
        #expect(unknown.status == 67)
        await client.close()
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func anOperatorWatchesSessionsAndTyping() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let channels = try await Community.command(node.data, "channel", "list", "Lab")["items"].list
        let general = try #require(channels.first { $0["type"].string == "text" }?["id"].string)
        let first = try await GatewayClient.connect(node.gateway)
        _ = try await first.identify(token: token)
        // Nobody changed within the last second once she is there for longer.
        try await eventually("an empty snapshot") {
            let quiet = try await Program.discordctl(
                "presence", "watch", "@ada", "--since", "1s", "--for", "1s", "-o", "jsonl", "--data-dir", node.data)
            return quiet.output.split(separator: "\n").first.map { JSON(text: String($0))["event"].string } == "end"
                ? () : nil
        }
        let watch = Task {
            try await Program.discordctl(
                "presence", "watch", "@ada", "--events", "session,typing", "--count", "2", "--for", "60s", "-o",
                "jsonl",
                "--data-dir", node.data)
        }
        let rest = RESTClient(node.rest, token: token)
        let typing = Task {
            while !Task.isCancelled {
                _ = try await rest.call("POST", "/channels/\(general)/typing")
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        let typed = try await watch.value
        typing.cancel()
        #expect(typed.status == 0, "\(typed.errors)")
        let lines = typed.output.split(separator: "\n").map { JSON(text: String($0)) }
        #expect(lines.map { $0["event"].string } == ["snapshot", "end", "typing", "typing"])
        #expect(lines.last?["channelID"].string == general)

        let sessions = Task {
            try await Program.discordctl(
                "presence", "watch", "@ada", "--events", "session", "--count", "1", "--for", "60s", "-o", "jsonl",
                "--data-dir", node.data)
        }
        // Sessions that change nothing others see, until the watch, which takes a moment to begin, has seen one.
        let coming = Task {
            var others: [GatewayClient] = []
            while !Task.isCancelled {
                let other = try await GatewayClient.connect(node.gateway)
                _ = try await other.identify(token: token)
                others.append(other)
                try await Task.sleep(for: .seconds(1))
            }
        }
        let seen = try await sessions.value
        coming.cancel()
        #expect(seen.status == 0, "\(seen.errors)")
        let last = seen.output.split(separator: "\n").last.map { JSON(text: String($0)) }
        #expect(last?["event"].string == "session" && last?["sessions"].int ?? 0 > 1)
        await first.close()
        #expect(await node.terminate() == 0)
    }
}
