import Arguments
import Node
import Operations

/// `discordctl context add NAME --endpoint URL…`
enum ContextAdd: Verb {
    static let name = Operand("NAME", .contextName, "what to call the cluster")
    static let format = Option<OutputFormat?>(
        "default-output", .choice(of: OutputFormat.self, placeholder: "FMT"),
        "format of results where neither the line nor the environment names one")
    static let protected = Option.flag(
        "protected", "guard the cluster: what disrupts it has to be confirmed by name, and it is not measured")
    static let prompt = Option<String?>("prompt", .promptText, "what 'context prompt' prints instead of the name")
    static let use = Option.flag("use", "make it the current one, too")
    static let replace = Option.flag("replace", "put it in the place of one of the same name")

    static let abilities: Abilities = [.formats, .table, .endpoints]
    static let declaration = CommandDeclaration(
        "add", "Add a context: a cluster under a name.",
        discussion: """
            Nothing is connected to. The cluster's id is noted when the context is used for the first time; from then \
            on a node of another cluster behind the same address is refused.
            """, tier: .reversible
    ) {
        name
        format
        protected
        prompt
        use
        replace
        Group(.atLeastOne, CommonOptions.endpoints)
        ContextResource.columns.declared(isSortable: false)
        Example(
            "discordctl context add lab --endpoint unix:///run/discordctl/local.sock --use", "the node of this machine")
        Example(
            "discordctl context add prod --endpoint unix:///srv/chat/admin.sock --protected --prompt PROD",
            "one that people use")
        ContextCommand.changingExits
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let store = try ContextStore.required(context.paths)
        let endpoints = context[CommonOptions.endpoints]
        guard endpoints.count <= ContextsFile.endpointsMax else {
            throw UsageProblem(
                CommonOptions.endpoints, "a context has \(ContextsFile.endpointsMax) endpoints at most",
                in: context.words)
        }
        let added = ClusterContext(
            name: context[name], endpoints: endpoints, output: context[format]?.rawValue,
            isProtected: context[protected], prompt: context[prompt])
        let (replaces, uses) = (context[replace], context[use])
        let (file, former) = try store.update { file throws(CommandFailure) in
            let former = file.current
            try put(added, into: &file, replaces: replaces)
            if uses { file.current = added.name }
            return (file, former)
        }
        if uses, former != added.name { store.notePrevious(former) }
        try context.console.result(renderer.single(ContextResource(added, in: file)))
        context.console.note(
            uses
                ? "undo with: discordctl context remove \(added.name)"
                : "use it with: discordctl context use \(added.name)")
        for endpoint in endpoints where SocketProbe.state(of: endpoint.socket) != .live {
            context.console.note("no node of this user listens on \(endpoint.socket) now")
        }
        return .done
    }

    private static func put(
        _ added: ClusterContext, into file: inout ContextsFile, replaces: Bool
    ) throws(CommandFailure) {
        if let index = file.contexts.firstIndex(where: { $0.name == added.name }) {
            guard replaces else {
                throw CommandFailure(
                    .refused, code: "context_exists", "there is a context '\(added.name)' already",
                    hint: "look: discordctl context show \(added.name); put another in its place with --replace")
            }
            file.contexts[index] = added
            return
        }
        guard file.contexts.count < ContextsFile.contextsMax else {
            throw CommandFailure(
                .refused, code: "too_many_contexts", "there are \(ContextsFile.contextsMax) contexts, and no more fit",
                hint: "remove one with: discordctl context remove NAME")
        }
        file.contexts.append(added)
    }
}

extension ValueType where Value == String {
    /// What stands in a shell's prompt.
    fileprivate static var promptText: ValueType {
        ValueType(
            .text, placeholder: "TEXT",
            expectation: "text of 1 to \(ClusterContext.promptCharactersMax) characters without controls",
            example: "LAB",
            read: { (text: String) throws(ValueProblem) -> String in
                let isSafe = !text.unicodeScalars.contains { SafeText.isUnsafe($0) }
                guard text.count <= ClusterContext.promptCharactersMax, isSafe else {
                    throw ValueProblem("'\(SafeText.escaped(text.prefix(64)))' does not fit into a prompt")
                }
                return text
            },
            print: { $0 }
        )
    }
}
