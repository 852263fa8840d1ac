import Foundation
import Testing

/// Secrets of the real binary: where they are not, and what happens when they end.
@Suite("A node's secrets")
struct SecurityTests {
    /// S05 and S06.
    @Test(.timeLimit(.minutes(15)))
    func areKeptAsHashesOnlyAndEndEverywhereAtOnce() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", options: ["--log-level", "trace"])
        var rest = RESTClient(node.rest)
        func logIn(_ password: String) async throws -> RESTClient.Answer {
            try await rest.call("POST", "/auth/login", JSON(["login": "canary", "password": password]))
        }
        let passwords = ["canary-in-the-mine-1", "canary-in-the-mine-2", "canary-that-is-wrong"]
        let registered = try await rest.call(
            "POST", "/auth/register",
            JSON(["username": "canary", "email": "canary@example.org", "password": passwords[0]]))
        let first = try #require(registered.body["token"].string)
        #expect(try await logIn(passwords[2]).status == 401)
        let second = try #require(try await logIn(passwords[0]).body["token"].string)
        rest.token = second
        let guild = try #require(try await rest.call("POST", "/guilds", JSON(["name": "Mine"])).body["id"].string)
        let channels = try await rest.call("GET", "/guilds/\(guild)/channels").body.list
        let channel = try #require(channels.first { $0["type"].int == 0 }?["id"].string)
        let hook = try await rest.call("POST", "/channels/\(channel)/webhooks", JSON(["name": "Herald"])).body
        let hookToken = try #require(hook["token"].string)
        let hookPath = "/webhooks/\(try #require(hook["id"].string))/"
        for token in [hookToken, hookToken + "x"] {
            _ = try await rest.call("POST", hookPath + token, JSON(["content": "x"]))
        }
        _ = try await rest.call("GET", "/users/@me?token=\(second)")

        // Logging out ends that token alone; a new password ends the others, and what hangs on them.
        let stays = try await GatewayClient.connect(node.gateway)
        _ = try await stays.identify(token: first)
        let goes = try await GatewayClient.connect(node.gateway, query: "/?v=10&encoding=json&token=\(second)")
        _ = try await goes.identify(token: second)
        let started = ContinuousClock.now
        #expect(try await rest.call("POST", "/auth/logout").status == 204)
        #expect(try await goes.closeCode() == 4004)
        #expect(ContinuousClock.now - started < .seconds(5))
        #expect(try await rest.call("GET", "/users/@me").status == 401)
        rest.token = first
        let changed = try await rest.call(
            "PATCH", "/users/@me", JSON(["password": passwords[0], "new_password": passwords[1]]))
        let third = try #require(changed.body["token"].string)
        #expect(try await stays.closeCode() == 4004)
        #expect(try await rest.call("GET", "/users/@me").status == 401)

        // Nobody resumes what they had, neither with the old token nor with the new one.
        for token in [first, third] {
            let back = try await GatewayClient.connect(node.gateway)
            _ = try await back.operation(10)
            let session = try #require(await stays.sessionID)
            try await back.send(JSON(["op": 6, "d": ["token": token, "session_id": session, "seq": 1]]))
            #expect(try await back.operation(9)["d"].bool == false)
        }

        var metrics = ""
        for path in ["/metrics", "/health"] {
            metrics += try await Program.run(
                URL(filePath: "/usr/bin/env"), ["curl", "-s", node.rest + path]
            ).output
        }
        let shown = try await Program.discordctl("config", "show", "--data-dir", node.data)
        let told = node.logText + metrics + shown.output + shown.errors
        await node.terminate()
        #expect(told.contains("/users/@me"), "the log tells of routes")
        let written = try FileManager.default.subpathsOfDirectory(atPath: node.data).map { node.data + "/" + $0 }
            .compactMap { FileManager.default.contents(atPath: $0) }
        #expect(written.count > 5)
        for secret in passwords + [first, second, third, hookToken] {
            #expect(!told.contains(secret))
            let bytes = Data(secret.utf8)
            #expect(written.allSatisfy { $0.range(of: bytes) == nil })
        }
    }

    /// S06: a 101st token ends the oldest as if it were revoked.
    @Test(.timeLimit(.minutes(15)))
    func tokensThatMakeRoomEndEverywhereAtOnce() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let rest = RESTClient(node.rest, token: token)
        let client = try await GatewayClient.connect(node.gateway)
        _ = try await client.identify(token: token)
        let session = try #require(await client.sessionID)
        func issue(_ count: Int) async throws {
            let issued = try await Program.run(
                URL(filePath: "/usr/bin/env"),
                [
                    "curl", "-sf", "--unix-socket", node.socket, "-d", "{}",
                    "http://node/v1/users/ada/tokens?number=[1-\(count)]",
                ])
            try #require(issued.status == 0, "\(issued.output)")
        }
        try await issue(99)
        #expect(try await rest.call("GET", "/users/@me").status == 200)
        try await issue(1)
        #expect(try await client.closeCode() == 4004)
        #expect(try await rest.call("GET", "/users/@me").status == 401)
        let newest = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        for token in [token, newest] {
            let back = try await GatewayClient.connect(node.gateway)
            _ = try await back.operation(10)
            try await back.send(JSON(["op": 6, "d": ["token": token, "session_id": session, "seq": 1]]))
            #expect(try await back.operation(9)["d"].bool == false)
        }
        #expect(await node.terminate() == 0)
    }

    /// S12 and S14: what was accepted is the same in history, live and in search, and moves no terminal.
    @Test(.timeLimit(.minutes(15)))
    func oddTextIsTheSameEverywhere() async throws {
        let texts = [
            "'; DROP TABLE message; --", "NEAR(a b) OR content:* NOT \"", "a\r\nFLUSHALL\r\n",
            "\u{1B}]0;owned\u{7}\u{1B}[2J",
            "\u{202E}gnp.exe", "e\u{301}\u{E9}\u{212B}", "zero\u{200B}\u{FEFF}width",
            "\u{1F468}\u{200D}\u{1F469}\u{FE0F}",
            "a" + String(repeating: "\u{336}", count: 1_999), "<script>alert(1)</script> %00 ../..",
        ]
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let channels = try await Community.command(node.data, "channel", "list", "Lab")["items"].list
        let channel = try #require(channels.first { $0["type"].string == "text" }?["id"].string)
        let rest = RESTClient(node.rest, token: token)
        let client = try await GatewayClient.connect(node.gateway)
        _ = try await client.identify(token: token)
        func bytes(_ json: JSON) -> [UInt8]? { json["content"].string.map { Array($0.utf8) } }
        for text in texts {
            let sent = try await rest.call("POST", "/channels/\(channel)/messages", JSON(["content": text]))
            #expect(sent.status == 200 && bytes(sent.body) == Array(text.utf8))
            #expect(bytes(try await client.dispatch("MESSAGE_CREATE")) == Array(text.utf8))
        }
        let history = try await rest.call("GET", "/channels/\(channel)/messages").body.list
        #expect(history.reversed().map(bytes) == texts.map { Array($0.utf8) })
        let found = try await eventually("the index to have all of it") { () -> [JSON]? in
            let path = "/channels/\(channel)/messages/search?limit=25"
            let hits = try await rest.call("GET", path).body["messages"].list.map { $0[0] }
            return hits.count == texts.count ? hits : nil
        }
        #expect(found.reversed().map(bytes) == texts.map { Array($0.utf8) })
        let shown = try await Program.discordctl(
            "message", "history", "Lab/general", "--as", "@ada", "--data-dir", node.data)
        #expect(shown.status == 0)
        #expect(
            !shown.output.unicodeScalars.contains {
                $0 != "\n" && ($0.value < 0x20 || (0x80...0x9F).contains($0.value))
            })
        #expect(!shown.output.unicodeScalars.contains("\u{202E}"))
    }
}
