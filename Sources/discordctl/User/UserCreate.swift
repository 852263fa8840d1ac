import Arguments
import Operations

/// `discordctl user create NAME`
enum UserCreate: Verb {
    static let name = Operand("NAME", .string(charactersMax: 32), "the user's unique name, without @")
    static let bot = Option.flag("bot", "make a bot, which logs in with a token")
    static let owner = Option("owner", .userRef, "the person a bot belongs to")
    static let passwordFile = Option("password-file", .orDash(.file), "file with the password, or - for standard input")

    /// Longer than any password that a node accepts.
    private static let passwordBytesMax = 4_096

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "create", "Make a user or a bot.",
        discussion: """
            A person with a password can log in with it; without one, only a token from 'user token' lets them in. \
            Bots always use tokens.

            The password is the first line of its file: a secret in an option would be seen by everybody who lists \
            the processes.
            """, tier: .reversible
    ) {
        name
        bot
        owner
        passwordFile
        Group(.requires, owner, bot)
        Group(.conflicts, bot, passwordFile)
        UserResource.columns.declared(isSortable: false)
        Example("discordctl user create ada", "a person")
        Example("discordctl user create echo --bot --owner @ada", "a bot that belongs to them")
        Example("discordctl user create grace --password-file ./secret", "a person who logs in with a password")
        ExitCode.documented(
            .done, .refused, .usage, .badData, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed,
            .configuration
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let request = CreateUserRequest(
            username: context[name], bot: context[bot], owner: context[owner]?.path, password: try password(context)
        )
        let user = try await NodeConnection.openToChange(context) { client in
            try await client.post(["v1", "users"], request, as: UserResource.self)
        }
        try context.console.result(renderer.single(user))
        context.console.note("next: discordctl user token \(user.id)")
        return .done
    }

    private static func password(_ context: CommandContext) throws -> String? {
        let text: String
        switch context[passwordFile] {
        case nil: return nil
        case .value(let path): text = try InputText.read(path, bytesMax: passwordBytesMax)
        case .standardStream:
            guard !context.console.facts.inputIsTerminal else {
                throw UsageProblem(
                    passwordFile, "standard input is a terminal, which would show the password",
                    hint: "name a file, or pipe the password in", in: context.words
                )
            }
            text = try InputText.readStandardInput(bytesMax: passwordBytesMax)
        }
        let line =
            text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
        guard !line.isEmpty else {
            throw CommandFailure(
                .badData, code: "no_password", "the first line, which should be the password, is empty")
        }
        return line
    }
}
