import Foundation
import Testing

/// Searching with the real program: over REST, on the command line, across deaths of the node.
@Suite("Search")
struct SearchTests {
    private static func contents(_ answer: RESTClient.Answer) -> [String] {
        answer.body["messages"].list.compactMap { $0[0]["content"].string }
    }

    @Test(.timeLimit(.minutes(15)))
    func findsWhatWasSaidBeforeTheNodeDied() async throws {
        let scratch = try Scratch()
        let data = scratch.path + "/data"
        var node = try await TestNode.start(data: data)
        let (token, channels) = try await Community.make(data, members: 1, channels: 1)
        let guild = try #require(
            try await Community.command(data, "guild", "list")["items"][0]["id"].string)
        var client = RESTClient(node.rest, token: token)
        for number in 0..<30 {
            let answer = try await client.call(
                "POST", "/channels/\(channels[0])/messages", JSON(["content": "needle number \(number)"]))
            #expect(answer.status == 200)
        }
        await node.kill()
        node = try await TestNode.start(data: data)
        client = RESTClient(node.rest, token: token)
        let query = "/guilds/\(guild)/messages/search?content=needle"
        let found = try await eventually("all to be indexed") { () -> RESTClient.Answer? in
            let answer = try await client.call("GET", query)
            return answer.body["total_results"].int == 30 ? answer : nil
        }
        #expect(Self.contents(found).count == 25)
        #expect(Self.contents(found).first == "needle number 29")

        // The index is lost; it is built from the store.
        #expect(await node.terminate() == 0)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: data + "/search.db" + suffix) }
        node = try await TestNode.start(data: data)
        client = RESTClient(node.rest, token: token)
        _ = try await eventually("the index to be built again") {
            try await client.call("GET", query).body["total_results"].int == 30 ? () : nil
        }
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func isAnOperatorsToo() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada")
        for text in ["deploy now https://example.com", "deploy later", "lunch"] {
            _ = try await Community.command(node.data, "message", "send", "Lab/general", text, "--as", "@ada")
        }
        let hits = try await eventually("both to be indexed") { () -> [JSON]? in
            let items = try await Community.command(
                node.data, "search", "deploy from:@ada", "--guild", "Lab", "--as", "@ada")["items"].list
            return items.count == 2 ? items : nil
        }
        #expect(hits[0]["snippet"].list.contains { $0["text"].string == "deploy" && $0["match"].bool == true })
        let blind = try await Community.command(node.data, "search", "deploy has:link", "--in", "Lab/general")
        #expect(blind["items"].list.count == 1)
        #expect(blind["items"][0]["snippet"].isNull)
        let refused = try await Program.discordctl(
            "search", "deploy", "--guild", "Lab", "--show-content", "--data-dir", node.data)
        #expect(refused.status == 64)
        let shown = try await Program.discordctl(
            "search", "deploy", "--guild", "Lab", "--show-content", "--reason", "case 8", "--data-dir", node.data)
        #expect(shown.output.contains("deploy later"))
        #expect(!shown.output.contains("\u{1B}"))
        let audit = try String(contentsOfFile: node.data + "/audit.jsonl", encoding: .utf8)
        #expect(audit.contains("\"reason\":\"case 8\""))
        let nothing = try await Program.discordctl(
            "search", "nowhere", "--guild", "Lab", "--exit-status", "--data-dir", node.data)
        #expect(nothing.status == 1)
        let placeless = try await Program.discordctl("search", "deploy", "--data-dir", node.data)
        #expect(placeless.status == 64)

        let rebuilt = try await Community.command(node.data, "index", "rebuild", "--yes", "--reason", "a test")
        #expect(rebuilt["state"].string == "done" && rebuilt["scanned"].int == 3)
        let status = try await Community.command(node.data, "index", "status")
        #expect(status["state"].string == "ready" && status["documents"].int == 3)
        let verified = try await Program.discordctl("index", "verify", "--data-dir", node.data, "-o", "json")
        #expect(verified.status == 0, "\(verified.errors)")
        let repaired = try await Program.discordctl("index", "repair", "--data-dir", node.data, "-o", "name")
        #expect(repaired.status == 0 && repaired.output == "repair\n")
        #expect(await node.terminate() == 0)
    }
}
