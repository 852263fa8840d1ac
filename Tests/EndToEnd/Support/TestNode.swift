import BackendContracts
import Foundation
import Glibc

/// A node: the real program, on free ports, with a data directory of its own.
final class TestNode: Sendable {
    struct Status: Decodable, Sendable {
        var restURL: String
        var gatewayURL: String
        var state: String
        var processID: Int32
        var lag: UInt64
        var sessions: Int
    }

    let data: String
    let socket: String
    let rest: String
    let gateway: String
    private let process: Spawned
    private let log: String

    private init(
        data: String, socket: String, rest: String, gateway: String, process: Spawned, log: String
    ) {
        self.data = data
        self.socket = socket
        self.rest = rest
        self.gateway = gateway
        self.process = process
        self.log = log
    }

    /// Starts a node and waits until it is ready.
    /// - Parameters:
    ///   - place: a node whose ports it takes over; `nil` for free ones.
    ///   - socket: its admin socket, where that is not in its data directory.
    ///   - limits: whether it keeps its rate limits, which tests of other things would run into.
    static func start(
        data: String, options: [String] = [], environment: [String: String] = [:], inPlaceOf place: TestNode? = nil,
        waitingAt socket: String? = nil, limits: Bool = false
    ) async throws -> TestNode {
        let log = data + ".log"
        let process = try Spawned(
            Program.discordctl.path,
            [
                "node", "start", "--data-dir", data, "--listen", Self.address(place?.rest),
                "--gateway-listen", Self.address(place?.gateway),
                "--drain-deadline", "1s", limits ? "--limits" : "--no-limits",
            ] + options,
            environment: environment, directory: nil, output: log, errors: log, input: nil
        )
        do {
            let status = try await eventually("a node to start", seconds: 180) { () -> Status? in
                guard process.status == nil else {
                    throw Expired(
                        what: "a node that ended instead: \((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
                }
                return try await Self.status(socket ?? data + "/admin.sock", of: process.processID)
            }
            return TestNode(
                data: data, socket: socket ?? data + "/admin.sock", rest: status.restURL, gateway: status.gatewayURL,
                process: process, log: log)
        } catch {
            process.signal(SIGKILL)
            throw error
        }
    }

    private static func address(_ url: String?) -> String {
        "127.0.0.1:\(url.flatMap { URLComponents(string: $0)?.port } ?? 0)"
    }

    /// What the node says of itself; `nil` while it does not answer, or answers for a process before this one.
    private static func status(_ socket: String, of processID: Int32) async throws -> Status? {
        let outcome = try await Program.discordctl("node", "status", "--socket", socket, "-o", "json")
        guard outcome.status == 0,
            let item = try? JSONDecoder().decode(Status.self, from: Data(outcome.output.utf8)),
            item.state == "active", item.processID == processID
        else { return nil }
        return item
    }

    func status() async throws -> Status {
        try await eventually("the node's status") { try await Self.status(self.socket, of: self.process.processID) }
    }

    var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Ends the process as a power cut would, and waits for it to be gone.
    func kill() async {
        process.signal(SIGKILL)
        _ = await process.wait()
    }

    /// Asks the process to stop and returns its exit status.
    @discardableResult
    func terminate() async -> Int32 {
        process.signal(SIGTERM)
        // A node that does not stop is a failure, not a reason to wait for ever.
        let guardian = Task {
            try await Task.sleep(for: .seconds(60))
            process.signal(SIGKILL)
        }
        defer { guardian.cancel() }
        return await process.wait()
    }

    deinit {
        process.signal(SIGKILL)
    }
}
