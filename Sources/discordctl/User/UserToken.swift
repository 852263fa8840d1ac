import Arguments
import Operations

/// `discordctl user token USER`
enum UserToken: Verb {
    static let user = Operand("USER", .userRef, "who the token is for")

    static let abilities: Abilities = [.node, .dataDirectory, .formats]
    static let declaration = CommandDeclaration(
        "token", "Make a token by which a user or a bot logs in.",
        discussion: """
            The token is printed on standard output and never again: the node keeps only its hash. Who holds it is \
            that user.
            """, tier: .reversible
    ) {
        user
        Adjustment(CommonOptions.output, accepts: ["table", "json", "jsonl", "yaml"])
        Example("discordctl user token @echo", "print a token")
        Example("discordctl user token @echo -q > ./token", "keep it in a file")
        ExitCode.documented(.done, .usage, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let token = try await NodeConnection.openToChange(context) { client in
            try await client.post(
                ["v1", "users", context[user].path, "tokens"], [String: String](), as: TokenResource.self)
        }
        // A bare line, so that a shell can catch it.
        let isTable = context[CommonOptions.output] == .table
        try context.console.result(isTable ? SafeLine.text(token.token) + "\n" : renderer.single(token))
        context.console.note("this is the only time that the token of @\(token.user.username) is shown")
        return .done
    }
}
