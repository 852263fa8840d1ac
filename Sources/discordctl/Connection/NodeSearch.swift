import Node
import Operations

/// Finds the socket that a selection leads to.
struct NodeSearch {
    let selection: NodeSelection
    let paths: LocalPaths

    /// - Returns: the path of a socket behind which a node of this user, or of root, takes connections.
    func socket() throws(CommandFailure) -> String {
        switch selection.way {
        case .socket(let path):
            if let failure = Self.failure(of: path) { throw failure }
            return path
        case .endpoints(let endpoints): return try Self.first(of: endpoints, calling: nil)
        case .context(let context): return try Self.first(of: context.endpoints, calling: context.name)
        case .search(let dataDirectory): return try search(dataDirectory)
        }
    }

    private func search(_ dataDirectory: String?) throws(CommandFailure) -> String {
        do {
            return try SocketChoice.choose(
                paths, dataDirectory: dataDirectory, configured: NodeSetup.configuredSocket(paths))
        } catch {
            if dataDirectory == nil, case .none(let looked) = error, let file = paths.contextsFile {
                throw CommandFailure(SocketChoice.Failure.none(looked: [file + ": no current context"] + looked))
            }
            throw CommandFailure(error)
        }
    }

    /// An endpoint that was named has to be good; nodes that nobody named are not looked for.
    private static func first(of endpoints: [AdminEndpoint], calling context: String?) throws(CommandFailure) -> String
    {
        var failures: [CommandFailure] = []
        for endpoint in endpoints {
            guard let failure = failure(of: endpoint.socket) else { return endpoint.socket }
            failures.append(failure)
        }
        guard var first = failures.first else {
            throw CommandFailure(.configuration, code: "no_endpoints", "there are no endpoints to try")
        }
        if failures.count > 1 {
            let places = failures.map { "\($0.place ?? ""): \($0.message)" }
            first = CommandFailure(
                .unreachable, code: "unreachable", "none of the \(failures.count) endpoints answers",
                place: places.joined(separator: "; "), hint: first.hint, isRetryable: true)
        }
        if let context { first.message = "context '\(context)': " + first.message }
        throw first
    }

    /// Why nothing can be said to whoever is behind a path; `nil` when something can.
    private static func failure(of socket: String) -> CommandFailure? {
        switch SocketProbe.state(of: socket) {
        case .live: nil
        case .absent:
            CommandFailure(
                .unreachable, code: "unreachable", "there is no socket", place: socket,
                hint: "is the node running? see: discordctl node start", isRetryable: true
            )
        case .abandoned:
            CommandFailure(
                .unreachable, code: "unreachable", "nobody listens on the socket any more", place: socket,
                hint: "the node was killed or is just starting; see: discordctl node start", isRetryable: true
            )
        case .forbidden:
            CommandFailure(
                .notAllowed, code: "forbidden", "this user may not connect to the socket", place: socket,
                hint: "run the command as the node's user, or as root"
            )
        case .foreign(let user):
            CommandFailure(
                .notAllowed, code: "foreign_socket",
                "a process of user \(user) listens there, who is neither this user nor root",
                place: socket, hint: "run the command as the node's user, or as root"
            )
        case .tooLong:
            CommandFailure(
                .configuration, code: "path_too_long",
                "the path is longer than the \(SocketProbe.pathBytesMax) bytes that a socket's may have",
                place: socket, hint: "change to a directory nearby and name the socket by a relative path"
            )
        }
    }
}
