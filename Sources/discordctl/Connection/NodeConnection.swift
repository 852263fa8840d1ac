import Arguments
import Operations

/// The way to the node that a command is about.
struct NodeConnection: Sendable {
    let socket: String
    let client: AdminClient

    /// Finds the node, calls `body`, and hangs up again.
    static func open<Result>(
        _ context: CommandContext, _ body: (NodeConnection) async throws -> Result
    ) async throws -> Result {
        Interrupts.exitQuietly()
        let socket = try socket(for: context)
        context.console.detail("socket: \(socket)")
        let connection = NodeConnection(
            socket: socket, client: AdminClient(socket: socket, requestTimeout: context[CommonOptions.requestTimeout])
        )
        do {
            let result = try await body(connection)
            await connection.client.shutdown()
            return result
        } catch {
            await connection.client.shutdown()
            throw error
        }
    }

    /// The same for a command that changes something: it says first where.
    static func openToChange<Result>(
        _ context: CommandContext, _ body: (AdminClient) async throws -> Result
    ) async throws -> Result {
        try await open(context) { connection in
            context.console.note("target: the node at \(connection.socket)")
            do {
                return try await body(connection.client)
            } catch let error as AdminClientError {
                throw CommandFailure(changing: error)
            }
        }
    }

    /// What was typed goes before what the environment says, that before the configuration file, and that before looking around.
    private static func socket(for context: CommandContext) throws(CommandFailure) -> String {
        let invocation = context.invocation
        let isDirectoryTyped = invocation.source(of: CommonOptions.dataDirectory) == .commandLine
        if let socket = context[CommonOptions.socket], !isDirectoryTyped {
            try check(socket)
            return socket
        }
        do {
            return try SocketChoice.choose(
                context.paths, dataDirectory: context[CommonOptions.dataDirectory],
                configured: NodeSetup.configuredSocket(context.paths))
        } catch {
            throw CommandFailure(error)
        }
    }

    /// A socket that was named has to be good; another one is not looked for.
    private static func check(_ socket: String) throws(CommandFailure) {
        switch SocketProbe.state(of: socket) {
        case .live: return
        case .absent:
            throw CommandFailure(
                .unreachable, code: "unreachable", "there is no socket", place: socket,
                hint: "is the node running? see: discordctl node start",
                isRetryable: true
            )
        case .abandoned:
            throw CommandFailure(
                .unreachable, code: "unreachable", "nobody listens on the socket any more", place: socket,
                hint: "the node was killed or is just starting; see: discordctl node start", isRetryable: true
            )
        case .forbidden:
            throw CommandFailure(
                .notAllowed, code: "forbidden", "this user may not connect to the socket", place: socket,
                hint: "run the command as the node's user, or as root"
            )
        case .foreign(let user):
            throw CommandFailure(
                .notAllowed, code: "foreign_socket",
                "a process of user \(user) listens there, who is neither this user nor root",
                place: socket, hint: "run the command as the node's user, or as root"
            )
        case .tooLong:
            throw CommandFailure(
                .configuration, code: "path_too_long",
                "the path is longer than the \(SocketProbe.pathBytesMax) bytes that a socket's may have",
                place: socket, hint: "change to a directory nearby and name the socket by a relative path"
            )
        }
    }
}
