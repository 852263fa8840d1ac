import Foundation
import Glibc

/// A node: the real program, on free ports, with a data directory of its own.
final class TestNode: Sendable {
    struct Status: Decodable, Sendable {
        struct Item: Decodable, Sendable {
            var restURL: String
            var gatewayURL: String
            var state: String
            var processID: Int32
            var lag: UInt64
            var sessions: Int
        }
        var items: [Item]
    }

    let data: String
    let rest: String
    let gateway: String
    private let process: Process
    private let ended: Program.Ended
    private let log: String

    private init(data: String, rest: String, gateway: String, process: Process, ended: Program.Ended, log: String) {
        self.data = data
        self.rest = rest
        self.gateway = gateway
        self.process = process
        self.ended = ended
        self.log = log
    }

    /// Starts a node and waits until it is ready.
    static func start(data: String, options: [String] = [], environment: [String: String] = [:]) async throws -> TestNode {
        let process = Process()
        process.executableURL = Program.discordctl
        process.arguments =
            ["node", "start", "--data-dir", data, "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0"] + options
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let log = data + ".log"
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let handle = try FileHandle(forWritingTo: URL(filePath: log))
        try handle.seekToEnd()
        process.standardOutput = handle
        process.standardError = handle
        process.standardInput = FileHandle.nullDevice
        let ended = Program.Ended()
        process.terminationHandler = { ended.finish($0.terminationStatus) }
        try process.run()
        do {
            let status = try await eventually("a node to start", seconds: 60) { () -> Status.Item? in
                guard ended.status == nil else {
                    throw Expired(what: "a node that ended instead: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
                }
                return try await Self.status(data: data, of: process.processIdentifier)
            }
            return TestNode(data: data, rest: status.restURL, gateway: status.gatewayURL, process: process, ended: ended, log: log)
        } catch {
            process.terminate()
            throw error
        }
    }

    /// What the node says of itself; `nil` while it does not answer, or answers for a process before this one.
    private static func status(data: String, of processID: Int32) async throws -> Status.Item? {
        let outcome = try await Program.discordctl("node", "status", "--data-dir", data, "-o", "json")
        guard outcome.status == 0,
            let item = try? JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8)).items.first,
            item.state == "active", item.processID == processID
        else { return nil }
        return item
    }

    func status() async throws -> Status.Item {
        try await eventually("the node's status") { try await Self.status(data: self.data, of: self.process.processIdentifier) }
    }

    var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Ends the process as a power cut would, and waits for it to be gone.
    func kill() async {
        Glibc.kill(process.processIdentifier, SIGKILL)
        _ = await ended.wait()
    }

    /// Asks the process to stop and returns its exit status.
    @discardableResult
    func terminate() async -> Int32 {
        Glibc.kill(process.processIdentifier, SIGTERM)
        return await ended.wait()
    }

    deinit {
        if ended.status == nil { Glibc.kill(process.processIdentifier, SIGKILL) }
    }
}
