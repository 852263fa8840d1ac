import Arguments
import Operations

/// `discordctl node stop`
enum NodeStop: Verb {
    static let now = Option.flag("now", repetition: .once, "do not wait for clients to leave")
    static let deadline = Option(
        "deadline", .duration(.seconds(1) ... .seconds(3_600)),
        "how long clients get to leave; the node's own setting unless given"
    )
    static let timeout = Option(
        "timeout", .duration(.seconds(1) ... .seconds(86_400)), default: .seconds(900),
        "how long to wait for the end; the node stops anyway"
    )

    static let abilities: Abilities = [.single, .prompt, .reason]
    static let declaration = CommandDeclaration(
        "stop", "Stop the node on this machine.",
        discussion: """
            Clients are told to go, and get time to; then the node ends. Whatever it has accepted is on disk. Clients \
            that know how resume when a node runs again.
            """, tier: .disruptive
    ) {
        now
        deadline
        timeout
        Group(.conflicts, now, deadline)
        StoppedNode.columns.declared(isSortable: false)
        Example("discordctl node stop", "asks before it acts")
        Example("discordctl node stop --yes --deadline 30s --reason 'new kernel'", "from a script")
        ExitCode.documented(
            .done, .refused, .cancelled, .usage, .unreachable, .tryAgain, .notAllowed, .configuration, .interrupted
        )
    }

    struct StoppedNode: Resource {
        static let kind = "StoppedNode"
        static let columns = [
            ResourceColumn("NAME", key: "name", .nodeReference, "the node's name"),
            ResourceColumn("PROCESS", key: "processID", .count, "the process that ended"),
            ResourceColumn("STATE", key: "state", .text, "stopped"),
        ]
        var name: String
        var processID: Int32
        var handle: String { name }
        var fields: [DocumentField] {
            [
                DocumentField("name", name), DocumentField("processID", DocumentValue(processID)),
                DocumentField("state", "stopped"),
            ]
        }
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        try Prompt.requireAnswerer(context)
        return try await NodeConnection.open(context) { connection in
            let status = try await connection.client.get(["v1", "node"], as: NodeStatus.self)
            context.console.note(blastRadius(status, now: context[now]))
            guard try Prompt.confirm("Stop \(status.name)?", context, connection) else {
                context.console.note("nothing was changed")
                return .cancelled
            }
            // Watched from before the request, so that its end cannot be missed.
            let process = ProcessWatch(status.processID)
            Interrupts.exitSayingThatWorkGoesOn()
            try await ask(connection.client, context)
            try await waitForEnd(connection, process, context)
            try context.console.result(renderer.single(StoppedNode(name: status.name, processID: status.processID)))
            context.console.note("\(status.name) stopped; start it again with: discordctl node start")
            return .done
        }
    }

    private static func blastRadius(_ status: NodeStatus, now: Bool) -> String {
        let effect =
            "ends process \(status.processID), \(status.connections) connections and \(status.sessions) sessions"
        return effect + (now ? ", at once" : ", after time to leave")
            + "; nobody can send or read until a node runs again"
    }

    private static func ask(_ client: AdminClient, _ context: CommandContext) async throws {
        let request = StopRequest(
            now: context[now], deadlineSeconds: context[deadline].map { UInt64(max(0, $0.components.seconds)) },
            reason: context[CommonOptions.reason]
        )
        do {
            _ = try await client.post(["v1", "node", "stop"], request, as: [String: String].self)
        } catch AdminClientError.outcomeUnknown {
            // A node that stops at once may be gone before it has answered; whether it is, the waiting tells.
        }
    }

    private static func waitForEnd(_ connection: NodeConnection, _ process: ProcessWatch?, _ context: CommandContext)
        async throws
    {
        let progress: () async -> String = {
            guard let status = try? await connection.client.get(["v1", "node"], as: NodeStatus.self) else {
                return "stopping"
            }
            return "\(status.state): \(status.connections) connections left"
        }
        let end: Void? = try await Waiting.upTo(context[timeout], context.console, progress: progress) {
            let isGone = SocketProbe.state(of: connection.socket) != .live && process?.hasEnded ?? true
            return isGone ? () : nil
        }
        guard end == nil else { return }
        throw CommandFailure(
            .tryAgain, code: "still_stopping", "the node was told to stop, and still runs",
            hint: "wait with: discordctl node stop --yes",
            isRetryable: true
        )
    }
}
