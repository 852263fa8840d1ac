import Arguments
import Node
import Operations

/// `discordctl context remove NAME`
enum ContextRemove: Verb {
    static let name = Operand("NAME", .contextName, "the context")

    static let abilities: Abilities = [.formats, .table]
    static let declaration = CommandDeclaration(
        "remove", "Remove a context. Its cluster is not touched.", tier: .reversible
    ) {
        name
        ContextResource.columns.declared(isSortable: false)
        Example("discordctl context remove lab", "forget a cluster")
        ContextCommand.changingExits
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let store = try ContextStore.required(context.paths)
        let wanted = context[name]
        let removed = try store.update { file throws(CommandFailure) in
            let removed = ContextResource(try file.context(named: wanted), in: file)
            file.contexts.removeAll { $0.name == wanted }
            if file.current == wanted { file.current = nil }
            return removed
        }
        try context.console.result(renderer.single(removed))
        context.console.note("undo with: discordctl " + undo(removed.context))
        if removed.isCurrent { context.console.note("it was the current one; now there is none") }
        return .done
    }

    /// The command that adds it again.
    private static func undo(_ context: ClusterContext) -> String {
        var words = ["context", "add", context.name]
        words += context.endpoints.flatMap { ["--endpoint", SafeLine.shellWord($0.description)] }
        if let output = context.output { words += ["--default-output", output] }
        if let prompt = context.prompt { words += ["--prompt", SafeLine.shellWord(prompt)] }
        if context.isProtected { words.append("--protected") }
        return words.joined(separator: " ")
    }
}
