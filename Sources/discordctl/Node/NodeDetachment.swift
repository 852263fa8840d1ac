import Arguments
import FoundationEssentials
import Node
import Operations

/// `node start --detach`: starts the program once more in the background, and waits until the node answers.
enum NodeDetachment {
    /// Opening large databases after a crash takes its time.
    private static let startLimit = Duration.seconds(120)
    /// Lines of the log that are shown when the start fails.
    private static let excerptLines = 20

    static func start(_ context: CommandContext, _ configuration: NodeConfiguration) async throws -> NodeStatus {
        Interrupts.exitQuietly()
        let explicit = configuration.text("data-dir")
        guard let directory = explicit ?? context.paths.dataDirectory,
            let name = configuration.text("node.name"),
            let socket = configuration.text("admin.socket")
                ?? context.paths.adminSocket(node: name, explicitDataDirectory: explicit)
        else {
            throw CommandFailure(
                .configuration, code: "no_home", "neither XDG_DATA_HOME nor HOME tells where the data belongs",
                hint: "name it with --data-dir"
            )
        }
        let log = directory + "/node.log"
        let process = try spawn(context, directory: directory, log: log)
        return try await answer(of: process, socket: socket, log: log, context.console) {}
    }

    /// Waits until a node that was just started answers.
    /// - Parameter check: asked again and again; what it throws ends the waiting.
    /// - Throws: ``CommandFailure`` when it ended, with its last words, or when it takes too long.
    static func answer(
        of process: DetachedProcess, socket: String, log: String, _ console: Console, check: () throws -> Void
    ) async throws -> NodeStatus {
        let client = AdminClient(socket: socket, requestTimeout: .seconds(10))
        let status: NodeStatus?
        do {
            status = try await Waiting.upTo(
                startLimit, console, progress: { "the node is starting; its log: \(log)" }
            ) {
                try check()
                if let exit = process.collectStatus() { throw failure(process, exit, log: log, console) }
                return await answer(client, socket: socket, process: process)
            }
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        guard let status else {
            throw CommandFailure(
                .tryAgain, code: "still_starting",
                "the node did not answer within \(startLimit.components.seconds) s; it goes on starting", place: log,
                hint: "look with: discordctl node status", isRetryable: true
            )
        }
        return status
    }

    private static func spawn(
        _ context: CommandContext, directory: String, log: String
    ) throws(CommandFailure) -> DetachedProcess {
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw CommandFailure(
                .inputOutput, code: "data_directory", "cannot make the directory", place: directory,
                hint: "does its parent exist, and may this user write there?"
            )
        }
        let words = context.words.filter { !["--detach", "--detach=true"].contains($0.text) }
        do {
            return try DetachedProcess(arguments: [Array("discordctl".utf8)] + words.map(\.bytes), logPath: log)
        } catch {
            throw CommandFailure(
                error.operation == "open" ? .inputOutput : .internalError,
                code: error.operation == "open" ? "data_directory" : "internal",
                "the node cannot be started: \(InputText.systemMessage(error.number))", place: error.path
            )
        }
    }

    /// The node's status once the process that was started is the one that answers.
    private static func answer(_ client: AdminClient, socket: String, process: DetachedProcess) async -> NodeStatus? {
        guard SocketProbe.state(of: socket) == .live else { return nil }
        // A node that is still starting may close the connection; it is asked again.
        guard let status = try? await client.get(["v1", "node"], as: NodeStatus.self) else { return nil }
        return status.processID == process.identifier && status.state != "starting" ? status : nil
    }

    private static func failure(_ process: DetachedProcess, _ status: Int32, log: String, _ console: Console)
        -> CommandFailure
    {
        let lines = process.output.split(separator: "\n").suffix(excerptLines)
        for line in lines { console.note("  " + line) }
        let exit = UInt8(exactly: status).flatMap { ExitCode(rawValue: $0) } ?? .internalError
        return CommandFailure(
            exit == .done ? .failed : exit, code: "start_failed",
            "the node ended with status \(status) instead of starting", place: log,
            hint: "start it without --detach to watch it"
        )
    }
}
