import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// What an operator types, and what the node keeps of it.
@Suite("An operator's commands")
struct OperatorTests {
    @Test(.timeLimit(.minutes(15)))
    func failWithTheDocumentedStatusAndChangeNothing() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "eve")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        let cases: [([String], Int32, String)] = [
            (["user", "token", "@nobody"], 67, "no such user"),
            (["guild", "create", "X1", "--owner", "@nobody"], 67, "no such user"),
            (["channel", "list", "Nowhere"], 66, "no such guild"),
            (["message", "history", "Lab/nowhere", "--as", "@ada"], 66, "no such channel"),
            (["message", "send", "Lab/general", "hi", "--as", "@eve"], 66, "no such"),
            (["message", "send", "Lab/general", String(repeating: "x", count: 2_001), "--as", "@ada"], 65, "content"),
            (["user", "create", "NO SPACES"], 65, "username"),
            (["user", "create", "ada"], 2, "taken"),
            (["user", "creat", "bob"], 64, "did you mean"),
            (["message", "send", "Lab/general", "hi"], 64, "--as"),
            (["node", "stop"], 64, "--yes"),
            (["guild", "list", "--socket", scratch.path + "/none"], 69, "none"),
        ]
        for (arguments, status, text) in cases {
            let location = arguments.contains("--socket") ? [] : ["--data-dir", node.data]
            let outcome = try await Program.run(Program.discordctl, arguments + location)
            #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
            #expect(outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
            #expect(outcome.output.isEmpty)
        }
        let guilds = try await Community.command(node.data, "guild", "list")
        #expect(guilds["items"].list.count == 1)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func seeTheGatewayAndItsSessions() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let (token, _) = try await Community.make(node.data, members: 1, channels: 1)
        _ = try await Community.command(node.data, "user", "create", "ada")
        let adas = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let clients = [try await GatewayClient.connect(node.gateway), try await GatewayClient.connect(node.gateway)]
        for (client, token) in zip(clients, [String(token.dropFirst(4)), adas]) {
            _ = try await client.identify(token: token)
        }
        try await eventually("both sessions") {
            let list = try await Community.command(node.data, "session", "list")["items"].list
            return list.count == 2 && list.allSatisfy { $0["state"].string == "connected" } ? () : nil
        }
        let owners = try await Community.command(node.data, "session", "list", "--user", "@owner")["items"].list
        #expect(owners.map { $0["user"].string } == ["owner"])
        #expect(owners.first?["guilds"].int == 1)
        let first = try await Community.command(node.data, "session", "list", "-L", "1")
        #expect(first["items"].list.count == 1)
        #expect(first["next"].string == first["items"].list.first?["place"].string)
        let names = try await Program.discordctl("session", "list", "-o", "name", "--data-dir", node.data)
        #expect(names.output.split(separator: "\n").count == 2)
        for other in [["--state", "detached"], ["--gateway", "elsewhere"], ["--guild", "Test", "--user", "@ada"]] {
            let none = try await Program.run(
                Program.discordctl, ["session", "list", "-o", "json", "--data-dir", node.data] + other)
            #expect(JSON(text: none.output)["items"].list.isEmpty, "\(other)")
        }
        try await eventually("the gateway to count them") {
            let gateway = try await Community.command(node.data, "gateway", "list")["items"].list.first
            return gateway?["sessions"].int == 2 && gateway?["state"].string == "active" ? () : nil
        }
        let unknown = try await Program.discordctl("session", "list", "--user", "@nobody", "--data-dir", node.data)
        #expect(unknown.status == 67)
        await clients[1].close()
        try await eventually("a detached session") {
            let list = try await Community.command(node.data, "session", "list", "--state", "detached")["items"].list
            return list.map { $0["user"].string } == ["ada"] ? () : nil
        }
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func showNobodysWordsWithoutAReasonThatIsWrittenDown() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        _ = try await Community.command(node.data, "message", "send", "Lab/general", "a secret word", "--as", "@ada")
        let listed = try await Program.discordctl(
            "message", "history", "Lab/general", "--data-dir", node.data, "-o", "json"
        )
        #expect(listed.status == 0)
        #expect(!listed.output.contains("a secret word"))
        let refused = try await Program.discordctl(
            "message", "history", "Lab/general", "--show-content", "--data-dir", node.data
        )
        #expect(refused.status == 64 || refused.status == 65)
        let shown = try await Program.discordctl(
            "message", "history", "Lab/general", "--show-content", "--reason", "case 7", "--data-dir", node.data
        )
        #expect(shown.output.contains("a secret word"))
        let audit = try String(contentsOfFile: node.data + "/audit.jsonl", encoding: .utf8)
        #expect(audit.contains("\"reason\":\"case 7\"") && audit.contains("message.history"))
        #expect(audit.contains("\"verb\":\"guild.create\"") && audit.contains("\"verb\":\"message.send\""))
        #expect(!audit.contains("a secret word"))
        #expect(!node.logText.contains("a secret word"))
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func areCarriedOutOnceHoweverOftenTheirRequestArrives() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let socket = (node.data + "/admin.sock").addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        var answers: Set<String> = []
        for _ in 0..<3 {
            var request = HTTPClientRequest(url: "http+unix://\(socket)/v1/users")
            request.method = .POST
            request.headers.add(name: "X-Request-Id", value: "0123456789abcdef0123456789abcdef")
            request.body = .bytes(ByteBuffer(string: #"{"username":"once","bot":false}"#))
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
            #expect(response.status == .created)
            answers.insert(String(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        #expect(answers.count == 1)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func findHealthAndMetricsWhereMonitoringLooks() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        let guild = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        _ = try await Community.command(node.data, "message", "send", "Lab/general", "counted", "--as", "@ada")
        func get(_ path: String) async throws -> (status: UInt, text: String) {
            let response = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: node.rest + path), timeout: .seconds(30)
            )
            return (response.status.code, String(buffer: try await response.body.collect(upTo: 1 << 20)))
        }
        let health = try await get("/health")
        #expect(health.status == 200)
        #expect(JSON(text: health.text)["dependencies"].list.count == 7)
        #expect(try await get("/ready").status == 200)
        let guildID = try #require(guild["id"].string)
        let expected = [
            "discord_messages_sent_total{guild_id=\"\(guildID)\"} 1", "discord_message_latency_seconds_bucket",
            "discord_active_connections{gateway_id=\"local\"} 0.0", "discord_log_lag_records{group=\"chat-service\"}",
            "discord_sqlite_query_seconds_count{query_type=\"apply\"} 1",
            "discord_chat_records_total{verdict=\"dead_lettered\"} 0",
            "discord_gateway_resumes_total{outcome=\"whole\"} 0",
        ]
        let metrics = try await get("/metrics").text
        for line in expected { #expect(metrics.contains(line), "\(line)") }
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func followAChannelAsItHappens() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        async let tail = Program.discordctl(
            "message", "tail", "Lab/general", "--as", "@ada", "--count", "2", "--data-dir", node.data, "-o", "jsonl"
        )
        // The tail says nothing until something happens, so words are sent until it has seen its two.
        let talker = Task {
            var number = 0
            while !Task.isCancelled {
                let words = "word \(number)"
                _ = try await Community.command(node.data, "message", "send", "Lab/general", words, "--as", "@ada")
                number += 1
            }
        }
        let seen = try await tail
        talker.cancel()
        _ = try? await talker.value
        #expect(seen.status == 0, "\(seen.errors)")
        let lines = seen.output.split(separator: "\n").map { JSON(text: String($0)) }
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { $0["content"].string?.hasPrefix("word ") == true })
        #expect(await node.terminate() == 0)
    }
}
