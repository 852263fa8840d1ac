import BackendContracts
import Foundation
import Glibc

/// Runs programs as a user would, and keeps what they said.
struct Program: Sendable {
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The binary under test: it lies beside the test bundle.
    static let discordctl: URL = {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appending(path: "discordctl")
    }()

    /// The project's root, found from this file.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Runs `discordctl` to its end.
    static func discordctl(_ arguments: String..., environment: [String: String] = [:], input: String? = nil)
        async throws -> Outcome
    {
        try await run(discordctl, arguments, environment: environment, input: input)
    }

    /// Runs a program to its end, or to its forced end (status 137) after a while. Standard input is empty unless given.
    static func run(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], directory: URL? = nil,
        input: String? = nil,
        seconds: Double = 120
    ) async throws -> Outcome {
        let scratch = try Scratch()
        let (output, errors) = (scratch.path + "/out", scratch.path + "/err")
        var inputPath: String?
        if let input {
            inputPath = scratch.path + "/in"
            try input.write(toFile: scratch.path + "/in", atomically: false, encoding: .utf8)
        }
        let process = try Spawned(
            program.path, arguments, environment: environment, directory: directory?.path, output: output,
            errors: errors,
            input: inputPath
        )
        let guardian = Task {
            try await Task.sleep(for: .seconds(seconds))
            process.signal(SIGKILL)
        }
        defer { guardian.cancel() }
        let status = await process.wait()
        func text(_ path: String) -> String {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
        }
        return Outcome(status: status, output: text(output), errors: text(errors))
    }
}

/// Waits until a condition holds, and fails with what was waited for when it does not in time.
func eventually<Value>(
    _ what: String, seconds: Double = 120, _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < deadline else { throw Expired(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

struct Expired: Error, CustomStringConvertible {
    var what: String
    var description: String { "waited in vain for \(what)" }
}

/// A directory that is gone when the test is.
final class Scratch: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "dctl-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
