import Arguments

/// `discordctl completion SHELL`
enum CompletionShow: Verb {
    static let shell = Operand<CompletionScript?>.optional("SHELL", .choice(of: CompletionScript.self), "the shell")
    static let directory = Option<Path?>("directory", .directory, "write the scripts of all shells into it instead")

    static let abilities: Abilities = []
    static let declaration = CommandDeclaration(
        "completion", "Print the script that completes this program's words in a shell.",
        discussion: """
            The script asks the program, so it does not age. In ~/.bashrc: source <(discordctl completion bash). For \
            zsh put it as _discordctl into a directory of $fpath, for fish as discordctl.fish into \
            ~/.config/fish/completions. Names of contexts are completed, too; no node is asked.
            """
    ) {
        shell
        directory
        Group(.exactlyOne, shell, directory)
        Example("discordctl completion bash", "the script for bash")
        Example("discordctl completion --directory completions", "all three, for a package")
        ExitCode.documented(.done, .usage, .cannotCreate)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        if let shell = context[shell] {
            try context.console.result(shell.text)
        } else if let directory = context[directory] {
            for script in CompletionScript.allCases {
                try GeneratedFile(name: script.fileName, text: script.text).write(below: directory.display)
            }
        }
        return .done
    }
}
