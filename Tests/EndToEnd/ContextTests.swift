import Foundation
import Testing

/// Contexts with nodes behind them.
@Suite("Contexts with nodes")
struct ContextTests {
    /// A home of its own, for lines of an operator.
    private struct Operator {
        var home: String

        func run(_ words: String..., environment: [String: String] = [:]) async throws -> Program.Outcome {
            let own = [
                "HOME": home, "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "", "XDG_RUNTIME_DIR": "", "XDG_DATA_HOME": "",
            ]
            return try await Program.run(
                Program.discordctl, words, environment: own.merging(environment) { _, new in new })
        }
    }

    @Test(.timeLimit(.minutes(15)))
    func leadToTheirClusterAndToNoOther() async throws {
        let scratch = try Scratch()
        let user = Operator(home: scratch.path)
        let first = try await TestNode.start(data: scratch.path + "/a", options: ["--name", "first"])
        let socket = first.data + "/admin.sock"
        let added = try await user.run("context", "add", "lab", "--endpoint", "/none", "--endpoint", socket, "--use")
        #expect(added.status == 0, "\(added.errors)")

        // The second endpoint answers, and the target is told before anything is done.
        let made = try await user.run("user", "create", "ada")
        #expect(made.status == 0, "\(made.errors)")
        #expect(made.errors.hasPrefix("target: first (context lab, \(socket))\n"), "\(made.errors)")
        let shown = try await user.run("context", "show", "-o", "json")
        let pinned = try #require(JSON(text: shown.output)["clusterID"].string)
        #expect(pinned.count == 16)
        let checked = try await user.run("context", "check", "-o", "json")
        #expect(checked.status == 0)
        let rows = JSON(text: checked.output)["items"].list
        #expect(rows.map { $0["state"].string } == ["absent", "answers"])
        #expect(rows.last?["clusterID"].string == pinned && rows.last?["node"].string == "first")
        #expect(rows.last?["version"].string != nil && rows.last?["microseconds"].int != nil)

        // The id outlives the process.
        #expect(await first.terminate() == 0)
        let dead = try await user.run("user", "create", "bob")
        #expect(dead.status == 69 && dead.errors.contains("context 'lab'"), "\(dead.errors)")
        #expect(try await user.run("context", "check").status == 1)
        let again = try await TestNode.start(data: scratch.path + "/a", options: ["--name", "first"])
        #expect(try await user.run("guild", "list").status == 0)
        #expect(await again.terminate() == 0)

        // Another cluster behind the same address.
        let other = try await TestNode.start(
            data: scratch.path + "/b", options: ["--admin-socket", socket], waitingAt: socket)
        for line in [["guild", "list"], ["user", "create", "eve"]] {
            let refused = try await Program.run(
                Program.discordctl, line, environment: ["HOME": user.home, "XDG_CONFIG_HOME": ""])
            #expect(refused.status == 78 && refused.errors.contains(pinned), "\(refused.errors)")
            #expect(refused.output.isEmpty && refused.errors.contains("--replace"))
        }
        #expect(try await user.run("context", "check").status == 1)
        let direct = try await user.run("user", "create", "eve", "--endpoint", "unix://" + socket)
        #expect(direct.status == 0, "an address on the line needs no context: \(direct.errors)")
        #expect(await other.terminate() == 0)
    }

    @Test(.timeLimit(.minutes(15)))
    func ofAProtectedKindGuardTheirClusterWhicheverWayOneComes() async throws {
        let scratch = try Scratch()
        let user = Operator(home: scratch.path)
        let node = try await TestNode.start(data: scratch.path + "/a", options: ["--name", "first"])
        let socket = node.data + "/admin.sock"
        _ = try await user.run("context", "add", "prod", "--endpoint", socket, "--protected")
        _ = try await user.run("context", "add", "nickname", "--endpoint", scratch.path + "/link")
        try FileManager.default.createSymbolicLink(atPath: scratch.path + "/link", withDestinationPath: socket)
        #expect(try await user.run("guild", "list", "-c", "prod").status == 0)

        for way in [["-c", "prod"], ["--socket", socket], ["-c", "nickname"], ["--data-dir", node.data]] {
            let words = ["bench", "send", "--runs", "1"] + way
            let bench = try await Program.run(
                Program.discordctl, words, environment: ["HOME": user.home, "XDG_CONFIG_HOME": ""])
            #expect(bench.status == 2 && bench.errors.contains("protected"), "\(way): \(bench.errors)")
        }
        let users = try await user.run("guild", "list", "-c", "prod", "-o", "name")
        #expect(users.output.isEmpty, "a bench made nothing")

        let cases: [([String], Int32, String)] = [
            (["--yes"], 64, "--reason"), (["--yes", "--reason", "x"], 64, "--confirm prod"),
            (["--confirm", "prod"], 64, "--reason"), (["--confirm", "first", "--reason", "x"], 2, "prod"),
            ([], 64, "--confirm prod"),
        ]
        for (words, status, text) in cases {
            let outcome = try await Program.run(
                Program.discordctl, ["node", "stop", "-c", "prod"] + words,
                environment: ["HOME": user.home, "XDG_CONFIG_HOME": ""])
            #expect(outcome.status == status && outcome.errors.contains(text), "\(words): \(outcome.errors)")
        }
        #expect(try await node.status().state == "active")
        let stopped = try await user.run(
            "node", "stop", "--context", "prod", "--confirm", "prod", "--reason", "kernel", "--deadline", "1s")
        #expect(stopped.status == 0, "\(stopped.errors)")
        #expect(stopped.errors.hasPrefix("target: first (context prod, protected, "), "\(stopped.errors)")
        let audit = try String(contentsOfFile: node.data + "/audit.jsonl", encoding: .utf8)
        #expect(audit.contains("\"reason\":\"kernel\""))
    }

    @Test(.timeLimit(.minutes(15)))
    func areAskedForWhereTwoNodesRun() async throws {
        let scratch = try Scratch()
        let run = scratch.path + "/run/discordctl"
        try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: true)
        let nodes = [
            try await TestNode.start(
                data: scratch.path + "/a", options: ["--admin-socket", run + "/a.sock"], waitingAt: run + "/a.sock"),
            try await TestNode.start(
                data: scratch.path + "/b", options: ["--admin-socket", run + "/b.sock"], waitingAt: run + "/b.sock"),
        ]
        let user = Operator(home: scratch.path)
        let environment = ["XDG_RUNTIME_DIR": scratch.path + "/run"]
        let torn = try await user.run("guild", "list", environment: environment)
        #expect(torn.status == 78)
        for words in ["a.sock", "b.sock", "context add"] { #expect(torn.errors.contains(words), "\(torn.errors)") }
        _ = try await user.run("context", "add", "b", "--endpoint", run + "/b.sock", "--use")
        let chosen = try await user.run("user", "create", "ada", environment: environment)
        #expect(chosen.status == 0 && chosen.errors.contains("(context b, \(run)/b.sock)"), "\(chosen.errors)")
        for node in nodes { #expect(await node.terminate() == 0) }
    }
}
