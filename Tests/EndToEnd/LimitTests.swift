import Foundation
import Testing

/// Rate limits of the real binary: one count for both edges, and settings from everywhere.
@Suite("A node's rate limits")
struct LimitTests {
    @Test(.timeLimit(.minutes(15)))
    func countMessagesOverRESTAndGatewayTogether() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(
            data: scratch.path + "/data", options: ["--rate-limit", "message=5/1h"],
            environment: ["DISCORDCTL_LIMITS_MESSAGE": "1/1h"], limits: true)
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let channels = try await Community.command(node.data, "channel", "list", "Lab")["items"].list
        let channel = try #require(channels.first { $0["type"].string == "text" }?["id"].string)
        let rest = RESTClient(node.rest, token: token)
        let client = try await GatewayClient.connect(node.gateway)
        _ = try await client.identify(token: token)
        for number in 0..<3 {
            let sent = try await rest.call("POST", "/channels/\(channel)/messages", JSON(["content": "rest \(number)"]))
            #expect(sent.status == 200)
        }
        for number in 0..<4 {
            try await client.send(
                JSON(["op": 102, "d": ["channel_id": channel, "content": "socket \(number)", "nonce": number]]))
        }
        for _ in 0..<2 {
            let error = try await client.dispatch("COMMAND_ERROR")
            #expect(error["op"].int == 102)
            #expect(error["code"].int == 20_028)
            #expect(error["retry_after"].number ?? 0 > 3_000)
        }
        let refused = try await rest.call("POST", "/channels/\(channel)/messages", JSON(["content": "too many"]))
        #expect(refused.status == 429)
        let page = try await eventually("five messages") {
            let page = try await rest.call("GET", "/channels/\(channel)/messages")
            return page.body.list.count == 5 ? page : nil
        }
        #expect(page.body.list.count == 5)
        // An operator is no user.
        _ = try await Community.command(node.data, "message", "send", "Lab/general", "one more", "--as", "@ada")
        let metrics = try await Program.run(URL(filePath: "/usr/bin/env"), ["curl", "-s", node.rest + "/metrics"])
        #expect(metrics.output.contains(#"discord_rate_limited_total{action="message"} 3"#), "\(metrics.output)")
        await client.close()
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func areExplainedWhereTheyAreWrongAndShownWhereTheyHold() async throws {
        let scratch = try Scratch()
        let file = scratch.path + "/node.yaml"
        try "limits:\n  message: 5\n  typing: off\n".write(toFile: file, atomically: true, encoding: .utf8)
        let checked = try await Program.discordctl("config", "check", file)
        #expect(checked.status == 78, "\(checked.errors)")
        #expect(checked.errors.contains("node.yaml:2:12"), "\(checked.errors)")
        #expect(checked.errors.contains("5/5s"), "\(checked.errors)")
        let line = try await Program.discordctl("node", "start", "--rate-limit", "shouting=1/1s")
        #expect(line.status == 64)
        #expect(line.errors.contains("channel-create"), "\(line.errors)")

        try "limits:\n  message: 7/1m\n  typing: off\n".write(toFile: file, atomically: true, encoding: .utf8)
        let node = try await TestNode.start(
            data: scratch.path + "/data", options: ["--config", file],
            environment: ["DISCORDCTL_LIMITS_REACTION": "3/s"], limits: true)
        let shown = try await Community.command(node.data, "config", "show", "--limit", "all")["items"].list
        func value(_ key: String) -> String? { shown.first { $0["key"].string == key }?["value"].string }
        #expect(value("limits.message") == "7/1m")
        #expect(value("limits.typing") == "off")
        #expect(value("limits.reaction") == "3/s")
        #expect(value("limits.global") == "50/1s")
        #expect(value("limits.enabled") == "true")

        // What would be measured is the limits.
        let bench = try await Program.discordctl("bench", "send", "--runs", "1", "--data-dir", node.data)
        #expect(bench.status == 2, "\(bench.errors)")
        #expect(bench.errors.contains("--no-limits"), "\(bench.errors)")
        #expect(await node.terminate() == 0)
    }
}
