import Node
import Operations

/// Why a command did not do its work: what, where, and what to do now.
struct CommandFailure: Error, Sendable {
    /// Stable and lower-case; with JSON output the error's `code`.
    var code: String
    var exit: ExitCode
    var message: String
    /// A path, an address, a place in a file.
    var place: String?
    var hint: String?
    /// Whether the same command may succeed later.
    var isRetryable = false
    /// Line and column of ``place``, when it is a file.
    var position: DocumentValue = .null
    /// Further problems of the same kind.
    var others: [CommandFailure] = []

    init(
        _ exit: ExitCode, code: String, _ message: String, place: String? = nil, hint: String? = nil,
        isRetryable: Bool = false
    ) {
        self.exit = exit
        self.code = code
        self.message = message
        self.place = place
        self.hint = hint
        self.isRetryable = isRetryable
    }
}

extension CommandFailure {
    init(_ error: AdminClientError) {
        switch error {
        case .unreachable(let socket, let detail):
            self.init(
                .unreachable, code: "unreachable", "the node cannot be reached: \(detail)", place: socket,
                hint: "is it running? see: discordctl node start", isRetryable: true
            )
        case .outcomeUnknown(let detail):
            self.init(
                .tryAgain, code: "no_answer", "the node's answer did not come whole: \(detail)",
                hint: "run it again; --request-timeout sets how long to wait", isRetryable: true
            )
        case .refused(let error):
            self.init(
                ExitCode(adminCode: error.code), code: error.code, error.message, hint: error.hint,
                isRetryable: error.retryable
            )
        case .notUnderstood(let detail):
            self.init(
                .versionSkew, code: "not_understood", "the node's answer is not understood: \(detail)",
                hint: "are program and node of one version? compare 'discordctl version' with 'discordctl node status'"
            )
        }
    }

    /// The same for a request that changes something: it may have done so.
    init(changing error: AdminClientError) {
        self.init(error)
        guard case .outcomeUnknown(let detail) = error else { return }
        code = "outcome_unknown"
        message = "the request was sent, and what became of it is unknown: \(detail)"
        hint = "look before you run it again; --request-timeout sets how long to wait"
    }

    init(_ error: SocketChoice.Failure) {
        switch error {
        case .none(let looked):
            self.init(
                .configuration, code: "no_node", "no node runs here",
                place: looked.isEmpty ? nil : looked.joined(separator: "; "),
                hint:
                    "start one with: discordctl node start; or tell of one: "
                    + "discordctl context add NAME --endpoint unix:///path/admin.sock"
            )
        case .several(let sockets):
            self.init(
                .configuration, code: "several_nodes",
                "\(sockets.count) nodes run here, and which one is meant is not said",
                place: sockets.joined(separator: "; "),
                hint:
                    "name one with --endpoint, or once for all: discordctl context add NAME --endpoint unix:///path --use"
            )
        }
    }

    init(_ error: NodeError) {
        let (exit, code): (ExitCode, String) =
            switch error.kind {
            case .configuration: (.configuration, "configuration")
            case .bind: (.system, "bind")
            case .dataDirectory: (.inputOutput, "data_directory")
            case .newerVersion: (.versionSkew, "newer_version")
            case .backend: (.unreachable, "backend")
            case .refused: (.refused, "refused")
            case .internalFailure: (.internalError, "internal")
            }
        self.init(
            exit, code: code, error.message, place: error.place, hint: error.hint, isRetryable: error.kind == .backend)
    }

    /// All problems of a configuration, the first leading.
    init(_ problems: ConfigurationProblems, exit: ExitCode = .configuration) {
        let all = problems.all.map { problem in
            var message = "\(problem.key): \(problem.message)"
            // A problem of the file as a whole has the file for its key, which stands in its place already.
            if case .file(problem.key, _, _) = problem.place { message = problem.message }
            var failure = CommandFailure(
                exit, code: exit == .refused ? "refused" : "configuration", message,
                place: problem.place == .standard ? nil : problem.place.description, hint: problem.hint
            )
            if case .file(let path, let line, let column) = problem.place {
                failure.position = .map([
                    DocumentField("file", path), DocumentField("line", .number(line)),
                    DocumentField("column", .number(column)),
                ])
            }
            return failure
        }
        guard let first = all.first else {
            self.init(exit, code: "configuration", "the configuration is not valid")
            return
        }
        self = first
        others = Array(all.dropFirst())
    }
}

extension CommandFailure {
    /// Lines for people, each with its line feed.
    func text(isColored: Bool) -> String {
        let label = isColored ? Colour.red.applied(to: "error:") : "error:"
        var lines = ["discordctl: \(label) \(SafeLine.text(message))"]
        if let place { lines.append("  where: " + SafeLine.text(place)) }
        if let hint { lines.append("  hint: " + SafeLine.text(hint)) }
        return (lines.map { $0 + "\n" } + others.map { $0.text(isColored: isColored) }).joined()
    }

    /// The error as one object for programs.
    var document: DocumentValue {
        var fields = [
            DocumentField("code", code), DocumentField("message", message), DocumentField("where", place),
            DocumentField("hint", hint),
            DocumentField("retryable", .flag(isRetryable)), DocumentField("position", position),
        ]
        if !others.isEmpty { fields.append(DocumentField("others", .list(others.map(\.document)))) }
        return .map(fields)
    }
}
