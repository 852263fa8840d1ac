import Arguments
import Node

/// `discordctl context prompt`
enum ContextPrompt: Verb {
    static let abilities: Abilities = []
    static let declaration = CommandDeclaration(
        "prompt", "Print the context in force, for a shell's prompt.",
        discussion: """
            The context's prompt, or its name, with '!' behind it when it is protected; 'endpoint' when the \
            environment names an address; nothing when no context is in force. Reads the contexts file and talks to \
            nobody.

            In ~/.bashrc: PS1='$(discordctl context prompt) \\$ '
            """
    ) {
        Example("discordctl context prompt", "what a prompt shows")
        ContextCommand.exits
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let selection = try NodeSelection(context.invocation, ContextStore(context.paths))
        switch selection.way {
        case .context(let named):
            let text = named.prompt ?? named.name + (named.isProtected ? "!" : "")
            try context.console.result(SafeLine.text(text) + "\n")
        case .endpoints, .socket: try context.console.result("endpoint\n")
        case .search: break
        }
        return .done
    }
}
