import Arguments
import Node
import Operations

/// A context as it is shown.
struct ContextResource: Resource {
    static let kind = "Context"
    static let columns = [
        ResourceColumn("NAME", key: "name", .contextReference, "the context's name"),
        ResourceColumn("CURRENT", key: "current", .choice(["yes", "no"]), "whether it is meant when none is named"),
        ResourceColumn("PROTECTED", key: "protected", .choice(["yes", "no"]), "whether its cluster is guarded"),
        ResourceColumn("ENDPOINTS", key: "endpoints", .url, "where its nodes are reached"),
        ResourceColumn("CLUSTER", key: "clusterID", .text, wide: true, "the cluster's id, once it was used"),
        ResourceColumn("OUTPUT", key: "output", .text, wide: true, "the usual format of results"),
        ResourceColumn("PROMPT", key: "prompt", .text, wide: true, "what 'context prompt' prints"),
    ]

    var context: ClusterContext
    var isCurrent: Bool

    init(_ context: ClusterContext, in file: ContextsFile) {
        self.context = context
        isCurrent = file.current == context.name
    }

    var handle: String { context.name }
    var fields: [DocumentField] {
        [
            DocumentField("name", context.name), DocumentField("current", .flag(isCurrent)),
            DocumentField("protected", .flag(context.isProtected)),
            DocumentField("endpoints", .list(context.endpoints.map { .text($0.description) })),
            DocumentField("clusterID", context.clusterID), DocumentField("output", context.output),
            DocumentField("prompt", context.prompt),
        ]
    }
}

/// What the commands about contexts have in common.
enum ContextCommand {
    static let exits = ExitCode.documented(.done, .usage, .notFound, .inputOutput, .configuration)
    static let changingExits = ExitCode.documented(
        .done, .refused, .usage, .notFound, .cannotCreate, .inputOutput, .tryAgain, .configuration)
}
