import Foundation
import Testing

/// Bots in Python, on client libraries for Discord with nothing changed but the addresses.
enum Bots {
    private static let libraries = ["discord.py==2.7.1", "hikari==2.7.0"]
    /// With these beside them both libraries ask for `zstd-stream`, and take nothing else.
    private static let zstandard = ["backports.zstd==1.8.0; python_version < '3.14'", "zstandard==0.25.0"]

    /// A virtual environment with the libraries from PyPI, made once and kept beside the build; and a folder with those of zstd.
    private static let environment = Task { () async throws -> (python: URL, zstandard: URL) in
        let home = Program.discordctl.deletingLastPathComponent().appending(path: "discord-libraries-2.7")
        let python = home.appending(path: "bin/python")
        let extras = home.appending(path: "zstandard")
        if FileManager.default.fileExists(atPath: home.appending(path: "ready").path) { return (python, extras) }
        let made = try await Program.run(
            URL(filePath: "/usr/bin/env"), ["python3", "-m", "venv", "--clear", home.path])
        guard made.status == 0 else { throw Expired(what: "a virtual environment: \(made.errors)") }
        for options in [libraries, ["--target", extras.path] + zstandard] {
            let installed = try await Program.run(
                python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"] + options)
            guard installed.status == 0 else { throw Expired(what: "client libraries: \(installed.errors)") }
        }
        _ = FileManager.default.createFile(atPath: home.appending(path: "ready").path, contents: nil)
        return (python, extras)
    }

    /// The interpreter that has the libraries.
    static var python: URL { get async throws { try await environment.value.python } }

    /// Runs a script of `Tests/EndToEnd/Bots` against a node, and expects all its steps to pass.
    static func run(
        _ script: String, on node: TestNode, _ variables: [String: String], withZstandard: Bool = false
    ) async throws {
        let (python, extras) = try await environment.value
        var environment = ["REST": node.rest + "/api/v10", "GATEWAY": node.gateway, "PYTHONDONTWRITEBYTECODE": "1"]
        environment.merge(variables) { _, new in new }
        if withZstandard { environment["PYTHONPATH"] = extras.path }
        let path = Program.root.appending(path: "Tests/EndToEnd/Bots").appending(path: script).path
        let outcome = try await Program.run(python, [path], environment: environment)
        #expect(outcome.status == 0, "\(outcome.output)\n\(outcome.errors)\n\(node.logText)")
        #expect(outcome.output.contains("all steps passed"))
    }
}
