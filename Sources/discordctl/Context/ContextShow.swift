import Arguments
import Node

/// `discordctl context show [NAME]`
enum ContextShow: Verb {
    static let name = Operand<String?>.optional("NAME", .contextName, "the context; the one in force when left out")

    static let abilities: Abilities = [.formats, .table]
    static let declaration = CommandDeclaration(
        "show", "Show a context, or the one in force.",
        discussion: """
            In force is what DISCORDCTL_CONTEXT names, else the current context. With -v it says which of the two. An \
            address in DISCORDCTL_ENDPOINT goes before both: then none is in force. Reads the contexts file and talks \
            to nobody.
            """
    ) {
        name
        ContextResource.columns.declared(isSortable: false)
        Example("discordctl context show", "what commands are about now")
        Example("discordctl context show lab -o yaml", "one of them, whole")
        ContextCommand.exits
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let store = try ContextStore.required(context.paths)
        let shown: ClusterContext
        if let named = context[name] {
            shown = try store.load().context(named: named)
        } else {
            let selection = try NodeSelection(context.invocation, store)
            guard let inForce = selection.context else { throw noneInForce(selection) }
            shown = inForce
            let isNamed = context[CommonOptions.context] != nil
            context.console.detail(isNamed ? "DISCORDCTL_CONTEXT names it" : "it is the current context")
        }
        try context.console.result(renderer.single(ContextResource(shown, in: store.load())))
        return .done
    }

    private static func noneInForce(_ selection: NodeSelection) -> CommandFailure {
        let isSearch = if case .search = selection.way { true } else { false }
        return CommandFailure(
            .notFound, code: "no_context",
            isSearch ? "no context is in force" : "no context is in force: the environment names an address",
            hint: isSearch ? "choose one with: discordctl context use NAME" : "it goes before contexts")
    }
}
