import Bench
import Glibc
import Operations

/// A node that a bench starts over a directory of its own, and ends again: on this machine only, on ports that are free.
struct BenchNode: Sendable {
    private static let stopLimit = Duration.seconds(30)

    var directory: BenchDirectory
    var console: Console

    /// Runs a node for as long as `body` does.
    func run<Value>(_ body: (AdminClient) async throws -> Value) async throws -> Value {
        let process = try start()
        BenchInterrupt.takeAlong(process.identifier)
        let result: Result<Value, any Error>
        do {
            _ = try await NodeDetachment.answer(
                of: process, socket: directory.socket, log: directory.log, console, check: Self.checkInterrupt)
            let client = AdminClient(socket: directory.socket)
            do {
                result = .success(try await body(client))
            } catch {
                result = .failure(error)
            }
            await client.shutdown()
        } catch {
            result = .failure(error)
        }
        await stop(process)
        return try result.get()
    }

    static func checkInterrupt() throws(BenchFailure) {
        if BenchInterrupt.isRequested { throw BenchFailure(.interrupted, "interrupted") }
    }

    /// The configuration file of this user's own node is none of its business.
    private func start() throws(CommandFailure) -> DetachedProcess {
        let words = [
            "discordctl", "node", "start", "--config", "/dev/null", "--name", "bench", "--data-dir", directory.path,
            "--admin-socket", directory.socket, "--listen", "127.0.0.1:0", "--gateway-listen", "127.0.0.1:0",
            "--no-limits",
        ]
        do throws(DetachedProcess.Failure) {
            return try DetachedProcess(arguments: words.map { Array($0.utf8) }, logPath: directory.log)
        } catch {
            throw CommandFailure(
                .system, code: "start_failed", "the node cannot be started: \(InputText.systemMessage(error.number))",
                place: error.path)
        }
    }

    private func stop(_ process: DetachedProcess) async {
        defer {
            BenchInterrupt.takeAlong(0)
            // Nobody else waits for it; its status tells nothing that the log does not.
            _ = process.collectStatus()
        }
        guard let watch = ProcessWatch(process.identifier) else { return }
        kill(process.identifier, SIGTERM)
        let hasEnded = try? await Waiting.upTo(Self.stopLimit, console, progress: { "the node is stopping" }) {
            watch.hasEnded ? true : nil
        }
        guard hasEnded != true else { return }
        kill(process.identifier, SIGKILL)
        _ = try? await Waiting.upTo(Self.stopLimit, console, progress: { "the node is being killed" }) {
            watch.hasEnded ? true : nil
        }
    }
}
