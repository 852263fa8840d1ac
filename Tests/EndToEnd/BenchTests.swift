import Foundation
import Testing

/// The benches against a real node: short, so that their figures mean nothing, but what they count has to add up.
@Suite("A bench")
struct BenchTests {
    /// Runs a scenario once and gives its figures by name.
    private func bench(_ scenario: String, _ options: [String], on node: TestNode) async throws -> [String: Int] {
        let outcome = try await Program.run(
            Program.discordctl,
            ["bench", scenario, "--runs", "1", "--warm-up", "0s", "--data-dir", node.data, "-o", "json"] + options,
            seconds: 300)
        #expect(outcome.status == 0, "\(scenario): \(outcome.errors)\n\(node.logText)")
        let report = JSON(text: outcome.output)
        #expect(report["scenario"].string == scenario)
        return Dictionary(
            report["figures"].list.compactMap { figure in
                figure["figure"].string.flatMap { name in figure["median"].int.map { (name, $0) } }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Runs a scenario until all its messages arrive while it looks: on a busy machine one may take longer than a bench waits.
    /// - Parameter count: the figure that tells how many did.
    private func delivering(
        _ scenario: String, _ options: [String], count: String, on node: TestNode
    ) async throws -> [String: Int] {
        for _ in 0..<5 {
            let figures = try await bench(scenario, options, on: node)
            for fault in ["duplicates", "reordered", "lost-connections"] { #expect(figures[fault] == 0, "\(fault)") }
            if figures["delivered-of-expected"] == 1_000_000, figures[count] ?? 0 > 0 { return figures }
        }
        throw Expired(what: "all messages of bench \(scenario)")
    }

    @Test(.timeLimit(.minutes(20)))
    func deliversAllItSendsAndCleansUp() async throws {
        let scratch = try Scratch()
        let node = try await TestNode.start(data: scratch.path + "/data")

        let relay = Program.root.appending(path: "Tests/EndToEnd/Bench/relay.py").path
        let fanout = try await delivering(
            "fanout",
            [
                "--rooms", "2", "--subscribers", "3", "--outstanding", "2", "--duration", "4s", "--floor", relay,
                "--floor-matches",
            ], count: "deliveries", on: node)
        let bytes = try #require(fanout["bytes-per-delivery"])
        #expect(bytes > 256, "the content and what is around it")
        #expect(fanout["floor-bytes-per-delivery"] == bytes)
        #expect(try #require(fanout["floor-deliveries"]) > 0)
        #expect(try #require(fanout["cpu-ratio"]) > 0)

        for way in ["gateway", "rest"] {
            _ = try await delivering(
                "send", ["--channels", "2", "--members", "2", "--rate", "20/s", "--duration", "2s", "--via", way],
                count: "stored", on: node)
        }

        let connected = try await bench("connect", ["--sessions", "20"], on: node)
        #expect(try #require(connected["connections"]) > 0)
        #expect(connected["lost-connections"] == 0)
        let resumed = try await bench("resume", ["--sessions", "10", "--missed", "3"], on: node)
        #expect(resumed["replayed-of-missed"] == 1_000_000)
        #expect(resumed["lost-sessions"] == 0)

        let guilds = try await Program.discordctl("guild", "list", "--data-dir", node.data, "-o", "json")
        #expect(JSON(text: guilds.output)["items"].list.isEmpty, "\(guilds.output)")
        #expect(await node.terminate() == 0)
    }
}
