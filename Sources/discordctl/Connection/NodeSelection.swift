import Arguments
import Node
import Operations

/// Which node a line is about, as far as its words, the environment and the contexts file tell. Nothing has been connected to.
///
/// The first that says something wins, and nothing is merged: what was typed as an address, the environment's address, the named context, the
/// current one, and last whichever node runs here.
struct NodeSelection: Sendable {
    enum Way: Hashable, Sendable {
        /// The first that answers.
        case endpoints([AdminEndpoint])
        case socket(String)
        case context(ClusterContext)
        /// The only node that runs here, or the one of this data directory.
        case search(dataDirectory: String?)
    }

    var way: Way
    /// Contexts whose clusters are guarded, by whatever way one gets there.
    var guarded: [ClusterContext] = []
    /// Something typed that does not count, as a sentence for whoever typed it.
    var remark: String?

    init(_ way: Way) {
        self.way = way
    }

    var context: ClusterContext? {
        if case .context(let context) = way { context } else { nil }
    }

    /// The context's name when it is a protected one.
    var protection: String? { context.flatMap { $0.isProtected ? $0.name : nil } }

    /// What the context says where the line and the environment are silent.
    var layer: DefaultsLayer? {
        guard let context, let output = context.output else { return nil }
        return DefaultsLayer(
            name: "context \(context.name)", values: [CommonOptions.output.declaration.name: [output]])
    }

    /// - Throws: when the contexts file is needed and cannot be used, or does not know the context that was named.
    init(_ invocation: Invocation, _ store: ContextStore?) throws(CommandFailure) {
        if let direct = Self.typed(invocation) ?? Self.exported(invocation) {
            self.init(direct)
            // A file that is broken guards nothing; whoever names an address does without it.
            guarded = (try? store?.load())?.contexts.filter(\.isProtected) ?? []
            if invocation.source(of: CommonOptions.context) == .commandLine {
                remark = "the environment names an address, which goes before --context"
            }
            return
        }
        let file = try store?.load() ?? ContextsFile()
        if let name = invocation.value(of: CommonOptions.context) ?? nil {
            self.init(.context(try file.context(named: name)))
        } else if let current = file.current {
            self.init(.context(try file.context(named: current)))
        } else {
            self.init(.search(dataDirectory: invocation.value(of: CommonOptions.dataDirectory) ?? nil))
        }
        guarded = file.contexts.filter(\.isProtected)
    }

    private static func typed(_ invocation: Invocation) -> Way? {
        if invocation.source(of: CommonOptions.endpoints) == .commandLine {
            return .endpoints(invocation.value(of: CommonOptions.endpoints) ?? [])
        }
        if invocation.source(of: CommonOptions.socket) == .commandLine,
            let socket = invocation.value(of: CommonOptions.socket) ?? nil
        {
            return .socket(socket)
        }
        guard invocation.source(of: CommonOptions.dataDirectory) == .commandLine else { return nil }
        return .search(dataDirectory: invocation.value(of: CommonOptions.dataDirectory) ?? nil)
    }

    private static func exported(_ invocation: Invocation) -> Way? {
        if let endpoints = invocation.value(of: CommonOptions.endpoints), !endpoints.isEmpty {
            return .endpoints(endpoints)
        }
        return (invocation.value(of: CommonOptions.socket) ?? nil).map { .socket($0) }
    }
}

extension ContextsFile {
    func context(named name: String) throws(CommandFailure) -> ClusterContext {
        if let context = self[name: name] { return context }
        let known = contexts.prefix(10).map(\.name).joined(separator: ", ")
        throw CommandFailure(
            .notFound, code: "unknown_context", "there is no context '\(name)'",
            hint: contexts.isEmpty
                ? "add it with: discordctl context add \(name) --endpoint unix:///path/admin.sock"
                : "known are: \(known)\(contexts.count > 10 ? ", ..." : "")")
    }
}
