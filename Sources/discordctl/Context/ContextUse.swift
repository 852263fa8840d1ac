import Arguments
import Node

/// `discordctl context use NAME|-`
enum ContextUse: Verb {
    static let name = Operand("NAME", .orDash(.contextName), "the context; - for the one before")

    static let abilities: Abilities = [.formats, .table]
    static let declaration = CommandDeclaration(
        "use", "Choose the context that is meant when none is named.",
        discussion: "An environment variable or an option of the line goes before the choice.", tier: .reversible
    ) {
        name
        ContextResource.columns.declared(isSortable: false)
        Example("discordctl context use lab", "from now on commands are about this cluster")
        Example("discordctl context use -", "back to the one before")
        ContextCommand.changingExits
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let store = try ContextStore.required(context.paths)
        let wanted: String
        switch context[name] {
        case .value(let name): wanted = name
        case .standardStream:
            guard let previous = store.previous else {
                throw CommandFailure(
                    .notFound, code: "no_context", "there was no other context before",
                    hint: "name one: discordctl context list")
            }
            wanted = previous
        }
        let (file, former) = try store.update { file throws(CommandFailure) in
            let former = file.current
            file.current = try file.context(named: wanted).name
            return (file, former)
        }
        let chosen = try file.context(named: wanted)
        if former != wanted { store.notePrevious(former) }
        try context.console.result(renderer.single(ContextResource(chosen, in: file)))
        if let former, former != wanted {
            context.console.note("before it was '\(former)'; back with: discordctl context use -")
        }
        if context.invocation.isGiven(CommonOptions.context) || context.invocation.isGiven(CommonOptions.endpoints) {
            context.console.note("the environment names another target, which goes before it")
        }
        return .done
    }
}
