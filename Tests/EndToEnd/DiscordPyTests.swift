import BackendContracts
import Foundation
import Glibc
import Testing

/// Bots written for Discord, on the library most of them use, with nothing changed but the addresses.
@Suite("A discord.py bot")
struct DiscordPyTests {
    @Test(.timeLimit(.minutes(15)))
    func logsInBecomesReadySendsSeesEditsDeletesAndReadsHistory() async throws {
        let scratch = try Scratch()
        // The bot writes 120 lines to read them back: at the usual pace two minutes' worth.
        let node = try await TestNode.start(
            data: scratch.path + "/data", options: ["--rate-limit", "message=50/1s"], limits: true)
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@robot")
        try await Bots.run("everything.py", on: node, ["TOKEN": token, "GUILD": "Lab"])
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func twoBotsSeeEachOthersPresenceTypingAndVoice() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", limits: true)
        _ = try await Community.command(node.data, "user", "create", "ada")
        var tokens: [String] = []
        for name in ["watcher", "actor"] {
            _ = try await Community.command(node.data, "user", "create", name, "--bot", "--owner", "@ada")
            let token = try await Community.command(node.data, "user", "token", "@\(name)")["token"].string
            tokens.append(try #require(token))
        }
        _ = try await Community.command(
            node.data, "guild", "create", "Lab", "--owner", "@actor", "--member", "@watcher")
        try await Bots.run(
            "presence.py", on: node, ["WATCHER": tokens[0], "ACTOR": tokens[1], "GUILD": "Lab"], withZstandard: true)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func timesOutSlowsDownKicksBansAndLooksAtTheAuditLog() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        for name in ["eve", "mallory"] { _ = try await Community.command(node.data, "user", "create", name) }
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(
            node.data, "guild", "create", "Lab", "--owner", "@robot", "--member", "@eve", "--member", "@mallory")
        try await Bots.run("moderation.py", on: node, ["TOKEN": token, "GUILD": "Lab"])
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func sendsFilesThroughWebhooksAndBearsImages() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@robot")
        try await Bots.run("webhooks.py", on: node, ["TOKEN": token, "GUILD": "Lab"])
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func writesReadsEditsAndDeletesDirectMessagesWhichOutliveTheNode() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", limits: true)
        let ada = try #require(try await Community.command(node.data, "user", "create", "ada")["id"].string)
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        let adasToken = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        let other = try #require(try await Community.command(node.data, "user", "create", "grace")["id"].string)
        try await Bots.run(
            "direct.py", on: node, ["TOKEN": token, "PERSON": ada, "PERSON_TOKEN": adasToken, "OTHER": other])
        #expect(await node.terminate() == 0)

        let again = try await TestNode.start(data: node.data)
        let person = RESTClient(again.rest, token: adasToken)
        let list = try await person.call("GET", "/users/@me/channels")
        let channel = try #require(list.body.list.first { $0["type"].int == 1 }?["id"].string)
        let page = try await person.call("GET", "/channels/\(channel)/messages")
        #expect(page.body.list.map { $0["content"].string } == ["hello, robot", "first"])
        // An operator names the channel by its id.
        let sent = try await Community.command(again.data, "message", "send", channel, "again", "--as", "@ada")
        #expect(sent["channelID"].string == channel)
        // Or by who is at the other end.
        let named = try await Community.command(again.data, "message", "send", "@robot", "hello?", "--as", "@ada")
        #expect(named["channelID"].string == channel)
        let read = try await Community.command(again.data, "message", "history", "@ada", "--as", "@robot", "-L", "2")
        #expect(read["items"].list.map { $0["content"].string } == ["hello?", "again"])
        let alone = try await Program.discordctl("message", "history", "@ada", "--data-dir", again.data)
        #expect(alone.status != 0 && alone.errors.contains("--as"), "\(alone.errors)")
        #expect(await again.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)), arguments: ["guild.py", "sharded.py"])
    func keepsHouseInItsGuild(_ script: String) async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", limits: true)
        let ada = try #require(try await Community.command(node.data, "user", "create", "ada")["id"].string)
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        let adasToken = try #require(try await Community.command(node.data, "user", "token", "@ada")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@robot", "--member", "@ada")
        try await Bots.run(
            script, on: node, ["TOKEN": token, "GUILD": "Lab", "PERSON": ada, "PERSON_TOKEN": adasToken])
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func sendsReadsAndReplacesFiles() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")
        let ada = try #require(try await Community.command(node.data, "user", "create", "ada")["id"].string)
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@robot")
        try await Bots.run("files.py", on: node, ["TOKEN": token, "PERSON": ada])
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func resumesByItselfOverRestartsOfTheNode() async throws {
        let python = try await Bots.python
        let scratch = try Scratch()
        var node = try await TestNode.start(data: scratch.path + "/data")
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot", "--owner", "@ada")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@robot")
        let log = scratch.path + "/bot.log"
        let bot = try Spawned(
            python.path, [Program.root.appending(path: "Tests/EndToEnd/Bots/restart.py").path],
            environment: ["REST": node.rest + "/api/v10", "GATEWAY": node.gateway, "TOKEN": token], directory: nil,
            output: log, errors: scratch.path + "/bot.err", input: nil
        )
        defer { bot.signal(SIGKILL) }
        var expected = ["ready"]
        func says(_ lines: String...) async throws {
            expected += lines
            // Whether a message comes behind RESUMED or before it is a matter of time.
            let wanted = expected.sorted()
            try await eventually("the bot to say \(wanted)", seconds: 60) {
                let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").map(String.init).sorted() == wanted ? () : nil
            }
        }
        func send(_ text: String) async throws {
            _ = try await Community.command(node.data, "message", "send", "Lab/general", text, "--as", "@ada")
        }
        try await says()
        try await send("1")
        try await says("saw 1")
        #expect(await node.terminate() == 0)
        node = try await TestNode.start(data: node.data, inPlaceOf: node)
        try await send("2")
        try await says("saw 2", "resumed")
        try await send("3")
        try await says("saw 3")
        // The second record from here on was begun after this.
        for _ in 0..<2 { try await Community.waitForRecord(of: node) }
        await node.kill()
        node = try await TestNode.start(data: node.data, inPlaceOf: node)
        try await send("4")
        try await says("saw 4", "resumed")
        try await send("stop")
        try await says("saw stop")
        #expect(await bot.wait() == 0)
        #expect(await node.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func theBotOfTheREADMEAnswers() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data", limits: true)
        _ = try await Community.command(node.data, "user", "create", "ada")
        _ = try await Community.command(node.data, "user", "create", "robot", "--bot")
        let token = try #require(try await Community.command(node.data, "user", "token", "@robot")["token"].string)
        _ = try await Community.command(node.data, "guild", "create", "Lab", "--owner", "@ada", "--member", "@robot")
        let rest = try #require(URLComponents(string: node.rest)?.port)
        let gateway = try #require(URLComponents(string: node.gateway)?.port)
        let bot = try #require(READMEText.block("python"))
            .replacingOccurrences(of: "127.0.0.1:8080", with: "127.0.0.1:\(rest)")
            .replacingOccurrences(of: "127.0.0.1:8081", with: "127.0.0.1:\(gateway)")
        let file = scratch.path + "/bot.py"
        try bot.write(toFile: file, atomically: true, encoding: .utf8)
        let process = try Spawned(
            try await Bots.python.path, [file], environment: ["TOKEN": token], directory: nil,
            output: scratch.path + "/bot.log",
            errors: scratch.path + "/bot.log", input: nil
        )
        defer { process.signal(SIGKILL) }
        try await eventually("the bot to connect", seconds: 60) { try await node.status().sessions > 0 ? () : nil }
        // Sent again until the bot is ready to listen; each is a message of its own.
        try await eventually("the bot's answer", seconds: 60) {
            _ = try await Community.command(node.data, "message", "send", "Lab/general", "!ping", "--as", "@ada")
            try await Task.sleep(for: .milliseconds(500))
            let history = try await Program.run(
                Program.discordctl,
                ["message", "history", "Lab/general", "--as", "@ada", "-o", "json", "--data-dir", node.data]
            )
            return history.output.contains("pong") ? () : nil
        }
        #expect(await node.terminate() == 0)
    }
}
