import Arguments
import Operations

/// `discordctl node status`
enum NodeStatusShow: Verb {
    static let abilities: Abilities = [.node, .dataDirectory, .formats]
    static let declaration = CommandDeclaration(
        "status", "Show how the node on this machine does.",
        discussion: "The exit status is 1 when something that the node depends on does not work."
    ) {
        DependencyStatus.columns.map { .column($0.declaration) }
        Example("discordctl node status", "what runs, where, and how it does")
        Example("discordctl node status -o json", "the same for a program")
        ExitCode.documented(.done, .failed, .usage, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let status = try await NodeConnection.open(context) { connection in
            try await connection.client.get(["v1", "node"], as: NodeStatus.self)
        }
        let isTable = renderer.format == .table || renderer.format == .wide
        try context.console.result(isTable ? text(status, renderer) : renderer.single(status))
        return status.dependencies.allSatisfy(\.isHealthy) ? .done : .failed
    }

    /// Facts below each other, then a table of what the node depends on.
    static func text(_ status: NodeStatus, _ renderer: Renderer) -> String {
        var facts = [
            ("node", status.name),
            (
                "state",
                "\(status.state) for \(uptime(status.uptimeSeconds)), version \(status.version), "
                    + "process \(status.processID)"
            ),
            ("services", status.services.joined(separator: ", ")), ("rest", status.restURL),
            ("gateway", status.gatewayURL),
            ("clients", "\(status.connections) connections, \(status.sessions) sessions"),
            ("log", "\(status.partitions) partitions, \(status.lag) records to process"),
            ("memory", "\(status.residentBytes / (1 << 20)) MiB"),
        ]
        for group in status.idle ?? [] {
            facts.append(
                (
                    "idle",
                    "\(group.group) does not run: \(group.lag) records since \(group.since) wait for it, until \(group.until)"
                ))
        }
        if renderer.format == .wide {
            facts += [("number", String(status.number)), ("data", status.dataDirectory), ("admin", status.adminSocket)]
        }
        let lines = facts.filter { !$0.1.isEmpty }.map { name, value in
            name + String(repeating: " ", count: max(1, 10 - name.count)) + SafeLine.text(value) + "\n"
        }
        return lines.joined() + "\n" + renderer.list(status.dependencies, next: nil)
    }

    /// `3d4h`, `2h5m`, `1m3s`, `12s`: the two largest units.
    static func uptime(_ seconds: UInt64) -> String {
        let parts = [
            (seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s"),
        ]
        let relevant = parts.drop { $0.0 == 0 }.prefix(2)
        return relevant.isEmpty ? "0s" : relevant.map { "\($0.0)\($0.1)" }.joined()
    }
}

extension NodeStatus: Resource {
    static let kind = "NodeStatus"
    static let columns: [ResourceColumn] = []
    var handle: String { name }
    var fields: [DocumentField] {
        [
            DocumentField("name", name), DocumentField("number", DocumentValue(number)),
            DocumentField("version", version),
            DocumentField("processID", DocumentValue(processID)), DocumentField("state", state),
            DocumentField("services", .list(services.map { .text($0) })),
            DocumentField("uptimeSeconds", DocumentValue(uptimeSeconds)),
            DocumentField("dataDirectory", dataDirectory), DocumentField("restURL", restURL),
            DocumentField("gatewayURL", gatewayURL),
            DocumentField("adminSocket", adminSocket), DocumentField("connections", DocumentValue(connections)),
            DocumentField("sessions", DocumentValue(sessions)), DocumentField("partitions", DocumentValue(partitions)),
            DocumentField("lag", DocumentValue(lag)), DocumentField("residentBytes", DocumentValue(residentBytes)),
            DocumentField("dependencies", .list(dependencies.map(\.document))),
            DocumentField(
                "idle",
                .list(
                    (idle ?? []).map { group in
                        .map([
                            DocumentField("group", group.group), DocumentField("lag", DocumentValue(group.lag)),
                            DocumentField("since", group.since), DocumentField("until", group.until),
                        ])
                    })),
        ]
    }
}
