import Arguments
import Node
import Operations

/// `discordctl context check [NAME…]`
enum ContextCheck: Verb {
    static let names = Operand<[String]>.list("NAME", .contextName, "the contexts; all of them when left out")

    static let abilities: Abilities = [.formats, .table, .sorting, .requestTimeout]
    static let declaration = CommandDeclaration(
        "check", "Ask the endpoints of contexts whether they answer, and as whom.",
        discussion: """
            Every endpoint is asked, one after the other. The exit status is 1 when a context has none that answers \
            as a node of its cluster, or one that answers as a node of another. Nothing is noted.
            """
    ) {
        names
        CheckedEndpoint.columns.declared()
        Example("discordctl context check", "every context")
        Example("discordctl context check lab --request-timeout 1s -o json", "one of them, for a script")
        ExitCode.documented(.done, .failed, .usage, .notFound, .inputOutput, .configuration, .interrupted)
    }

    /// What an endpoint answered.
    struct CheckedEndpoint: Resource {
        enum State: String, CaseIterable {
            case answers, otherCluster = "other-cluster", silent, absent, abandoned, forbidden, foreign
        }

        static let kind = "EndpointCheck"
        static let columns = [
            ResourceColumn("CONTEXT", key: "context", .contextReference, "the context"),
            ResourceColumn("ENDPOINT", key: "endpoint", .url, "one of its endpoints"),
            ResourceColumn("STATE", key: "state", .choice(State.allCases.map(\.rawValue)), "what is there"),
            ResourceColumn("NODE", key: "node", .nodeReference, "the name of the node that answers"),
            ResourceColumn("VERSION", key: "version", .text, "its version"),
            ResourceColumn("CLUSTER", key: "clusterID", .text, "the id of its cluster"),
            ResourceColumn("PINNED", key: "pinned", .choice(["yes", "no"]), "whether the context knows that id"),
            ResourceColumn("MICROSECONDS", key: "microseconds", .count, "how long the answer took"),
        ]

        var context: String
        var endpoint: AdminEndpoint
        var state = State.absent
        var cluster: ClusterResource?
        var isPinned: Bool
        var microseconds: Int?

        var handle: String { context + " " + endpoint.description }
        var fields: [DocumentField] {
            [
                DocumentField("context", context), DocumentField("endpoint", endpoint.description),
                DocumentField("state", state.rawValue), DocumentField("node", cluster?.node),
                DocumentField("version", cluster?.version), DocumentField("clusterID", cluster?.id),
                DocumentField("pinned", .flag(isPinned)),
                DocumentField("microseconds", microseconds.map { .number($0) } ?? .null),
            ]
        }
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<CheckedEndpoint>(context)
        let file = try ContextStore.required(context.paths).load()
        let named = context[names]
        var contexts = file.contexts
        if !named.isEmpty {
            contexts = []
            for name in named { contexts.append(try file.context(named: name)) }
        }
        Interrupts.exitQuietly()
        var isSound = true
        for checked in contexts {
            var rows: [CheckedEndpoint] = []
            for endpoint in checked.endpoints { rows.append(await check(endpoint, of: checked, context)) }
            try output.add(rows)
            let hasAnswer = rows.contains { $0.state == .answers }
            if !hasAnswer || rows.contains(where: { $0.state == .otherCluster }) { isSound = false }
        }
        try output.finish(next: nil)
        return isSound ? .done : .failed
    }

    private static func check(
        _ endpoint: AdminEndpoint, of checked: ClusterContext, _ context: CommandContext
    ) async -> CheckedEndpoint {
        var row = CheckedEndpoint(
            context: checked.name, endpoint: endpoint, isPinned: checked.clusterID != nil)
        switch SocketProbe.state(of: endpoint.socket) {
        case .live: break
        case .absent, .tooLong: return row
        case .abandoned: row.state = .abandoned
        case .forbidden: row.state = .forbidden
        case .foreign: row.state = .foreign
        }
        guard row.state == .absent else { return row }
        let client = AdminClient(socket: endpoint.socket, requestTimeout: context[CommonOptions.requestTimeout])
        let start = ContinuousClock.now
        do {
            let cluster = try await client.get(["v1", "cluster"], as: ClusterResource.self)
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            row.microseconds = Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
            row.cluster = cluster
            row.state = checked.clusterID.map { $0 == cluster.id } ?? true ? .answers : .otherCluster
        } catch {
            row.state = .silent
            context.console.detail("\(endpoint.socket): \(error)")
        }
        await client.shutdown()
        return row
    }
}
