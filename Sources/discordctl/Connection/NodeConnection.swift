import Arguments
import Node
import Operations

/// The way to the node that a command is about.
struct NodeConnection: Sendable {
    let socket: String
    let client: AdminClient
    /// The context that led here.
    let context: ClusterContext?
    /// What answers; `nil` where nobody had to know.
    let cluster: ClusterResource?
    /// The protected context whose cluster this is, whichever way led here.
    let protection: String?

    /// By what an operator may call the target: the context, the node.
    var names: [String] { [context?.name, cluster?.node].compactMap(\.self) }

    /// Finds the node, calls `body`, and hangs up again. A command that changes something says first where.
    static func open<Result>(
        _ context: CommandContext, _ body: (NodeConnection) async throws -> Result
    ) async throws -> Result {
        Interrupts.exitQuietly()
        let selection = context.selection
        if let remark = selection.remark { context.console.note(remark) }
        let socket = try NodeSearch(selection: selection, paths: context.paths).socket()
        context.console.detail("socket: \(socket)")
        let client = AdminClient(socket: socket, requestTimeout: context[CommonOptions.requestTimeout])
        do {
            let changes = context.invocation.command.tier != .read
            var cluster: ClusterResource?
            if changes || selection.context != nil { cluster = try await identity(client) }
            try compare(cluster, with: selection.context, socket, context)
            let connection = NodeConnection(
                socket: socket, client: client, context: selection.context, cluster: cluster,
                protection: protection(of: cluster, socket, selection))
            if changes { context.console.note("target: \(connection.description)") }
            let result = try await body(connection)
            await client.shutdown()
            return result
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// The same for a command that changes something by one request.
    static func openToChange<Result>(
        _ context: CommandContext, _ body: (AdminClient) async throws -> Result
    ) async throws -> Result {
        try await open(context) { connection in
            do {
                return try await body(connection.client)
            } catch let error as AdminClientError {
                throw CommandFailure(changing: error)
            }
        }
    }

    /// Who answers; `nil` when the node does not know the question.
    private static func identity(_ client: AdminClient) async throws -> ClusterResource? {
        do {
            return try await client.get(["v1", "cluster"], as: ClusterResource.self)
        } catch let error as AdminClientError {
            switch error {
            case .refused, .notUnderstood: return nil
            case .unreachable, .outcomeUnknown: throw error
            }
        }
    }

    /// Refuses a node of another cluster than the context's, and notes whose the context is at its first use.
    private static func compare(
        _ cluster: ClusterResource?, with named: ClusterContext?, _ socket: String, _ context: CommandContext
    ) throws(CommandFailure) {
        guard let named else { return }
        guard let pinned = named.clusterID else {
            guard let cluster, let store = ContextStore(context.paths) else { return }
            do {
                try store.pin(named, to: cluster.id)
                context.console.detail("context \(named.name): from now on for cluster \(cluster.id)")
            } catch {
                // A home that cannot be written to keeps nobody from working; the next use tries again.
                context.console.detail("context \(named.name): its cluster cannot be noted: \(error.message)")
            }
            return
        }
        guard cluster?.id != pinned else { return }
        let found = cluster.map { "is of cluster \($0.id)" } ?? "does not say which cluster it is of"
        throw CommandFailure(
            .configuration, code: "other_cluster",
            "the node \(found), and context '\(named.name)' is for cluster \(pinned)", place: socket,
            hint: "if the cluster was made anew: discordctl context add \(named.name) --replace "
                + named.endpoints.map { "--endpoint \(SafeLine.shellWord($0.description))" }.joined(separator: " "))
    }

    private static func protection(
        of cluster: ClusterResource?, _ socket: String, _ selection: NodeSelection
    ) -> String? {
        if let name = selection.protection { return name }
        let guarding = selection.guarded.first { context in
            context.endpoints.contains { $0.socket == socket }
                || (context.clusterID != nil && context.clusterID == cluster?.id)
        }
        return guarding?.name
    }
}

extension NodeConnection: CustomStringConvertible {
    /// `local (context lab, protected, unix:///run/discordctl/local.sock)`
    var description: String {
        var facts: [String] = []
        if let context { facts.append("context \(context.name)") }
        if let protection {
            facts.append(protection == context?.name ? "protected" : "protected by context \(protection)")
        }
        return "\(cluster?.node ?? "a node") (\((facts + [socket]).joined(separator: ", ")))"
    }
}
