import BackendContracts
import Foundation
import Glibc
import Testing

/// The README as a text to be executed.
enum READMEText {
    static let text = (try? String(contentsOf: Program.root.appending(path: "README.md"), encoding: .utf8)) ?? ""

    /// The fenced blocks of a language, in order.
    static func blocks(_ language: String) -> [String] {
        var blocks: [String] = []
        var current: [Substring]?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```" + language, current == nil {
                current = []
            } else if line == "```", let lines = current {
                blocks.append(lines.joined(separator: "\n"))
                current = nil
            } else {
                current?.append(line)
            }
        }
        return blocks
    }

    static func block(_ language: String) -> String? { blocks(language).first }

    /// The first indented line under a heading.
    static func command(under heading: String) -> String? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let start = lines.firstIndex(of: "## " + heading[...]) else { return nil }
        return lines[start...].first { $0.hasPrefix("    ") }.map { String($0.dropFirst(4)) }
    }
}

/// What the README shows works when it is pasted.
@Suite("README")
struct READMETests {
    @Test(.timeLimit(.minutes(15)))
    func itsTourWorksWhenPasted() async throws {
        let scratch = try Scratch()
        let home = scratch.path + "/home"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        // As in a newcomer's shell: nothing is set but a home.
        let environment = [
            "HOME": home, "XDG_DATA_HOME": "", "XDG_RUNTIME_DIR": "", "XDG_CONFIG_HOME": "",
            "DISCORDCTL_LISTEN": "127.0.0.1:0", "DISCORDCTL_GATEWAY_LISTEN": "127.0.0.1:0",
        ]
        let output = scratch.path + "/out"
        let process = try Spawned(
            Program.discordctl.path, ["node", "start"], environment: environment, directory: nil, output: output,
            errors: "/dev/null", input: nil
        )
        defer { process.signal(SIGKILL) }
        let rest = try await eventually("the node to say where it listens", seconds: 60) { () -> String? in
            let said = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
            return said.firstMatch(of: /http:\/\/(127\.0\.0\.1:\d+)/).map { String($0.1) }
        }
        let blocks = READMEText.blocks("sh")
        #expect(blocks.count == 2)
        let release = Program.discordctl.deletingLastPathComponent().path
        let script =
            "set -euo pipefail\n"
            + blocks.joined(separator: "\n")
            .replacingOccurrences(of: "$PWD/.build/release", with: release)
            .replacingOccurrences(of: "127.0.0.1:8080", with: rest)
        let outcome = try await Program.run(
            URL(filePath: "/usr/bin/env"), ["bash", "-c", script], environment: environment, directory: Program.root
        )
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)")
        #expect(outcome.output.contains("Hello, Grace."))
        #expect(outcome.output.contains("\"content\":\"Hello, Ada.\""), "the REST API shows the message")
    }

    @Test func theGateRunsTheREADMEsOwnTestCommand() throws {
        let command = try #require(READMEText.command(under: "Test it"))
        #expect(command == ".ci/install && swift test")
        let gate = try String(contentsOf: Program.root.appending(path: ".ci/run"), encoding: .utf8)
        #expect(gate.contains("## Test it"))
    }

    @Test func theStartCommandBuildsInReleaseAndStartsANode() throws {
        let command = try #require(READMEText.command(under: "Start it"))
        #expect(command == ".ci/install && swift run -c release discordctl node start")
    }

    /// Each command of the table is one that the program takes: what stops it is that no node is there.
    @Test func theCommandsOfItsTableAreTaken() async throws {
        let scratch = try Scratch()
        let commands = READMEText.text.split(separator: "`").filter { $0.hasPrefix("discordctl bench ") }
        #expect(commands.count >= 8)
        for command in commands where !command.contains("--own-node") {
            let words = command.split(separator: " ").dropFirst().map(String.init)
            let outcome = try await Program.run(
                Program.discordctl, words + ["--socket", scratch.path + "/none"],
                environment: ["HOME": scratch.path, "XDG_RUNTIME_DIR": "", "XDG_DATA_HOME": ""])
            #expect(outcome.status == 69, "\(command): \(outcome.errors)")
        }
    }
}
