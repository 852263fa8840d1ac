import Arguments
import Chat
import Operations

/// `discordctl message send CHANNEL TEXT… --as USER`
enum MessageSend: Verb {
    static let channel = Operand("CHANNEL", .channelRef, "where to send")
    static let text = Operand<[String]>.list(
        "TEXT", .string, minimum: 1, "words of the message; a single - reads it from standard input"
    )
    static let author = Option<UserReference>.required("as", .userRef, "who sends; they need the permission")
    static let nonce = Option(
        "nonce", .string(charactersMax: Limits.nonceCharactersMax),
        "repeating it within five minutes sends no second message"
    )

    /// What 2,000 characters need at most is far less; the node says precisely what is too long.
    private static let contentBytesMax = 64 << 10

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "send", "Send a message in a user's name, and wait until it is stored.", tier: .reversible
    ) {
        channel
        text
        author
        nonce
        MessageResource.columns.declared(isSortable: false)
        Example("discordctl message send home/general 'hello, world' --as @ada", "a message")
        Example("discordctl message send @grace 'are you there?' --as @ada", "a direct message")
        Example(
            "discordctl message send home/general - --as @ada --nonce build-17 < ./notes.txt", "a file's text, once")
        ExitCode.documented(
            .done, .refused, .usage, .badData, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed,
            .configuration
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let content = try Self.content(context)
        // With a nonce of its own the command can be repeated when its outcome is unknown.
        let nonce = context[Self.nonce] ?? String(AdminClient.makeRequestID().prefix(Limits.nonceCharactersMax))
        let request = SendMessageRequest(author: context[author].path, content: content, nonce: nonce)
        let message: MessageResource
        do {
            message = try await NodeConnection.openToChange(context) { client in
                try await client.post(
                    ["v1", "channels", context[channel].path, "messages"], request, as: MessageResource.self)
            }
        } catch var failure as CommandFailure {
            if failure.exit == .tryAgain {
                failure.hint =
                    "repeat it within five minutes with --nonce \(SafeLine.shellWord(nonce)): no second message is made"
            }
            throw failure
        }
        try context.console.result(renderer.single(message, hiding: ["EVENT", "BYTES"]))
        return .done
    }

    private static func content(_ context: CommandContext) throws(CommandFailure) -> String {
        let words = context[text]
        guard words == ["-"] else { return words.joined(separator: " ") }
        let text = try InputText.readStandardInput(bytesMax: contentBytesMax)
        let content = text.hasSuffix("\n") ? String(text.dropLast()) : text
        guard !content.isEmpty else {
            throw CommandFailure(.badData, code: "empty_message", "there is nothing to send", place: "standard input")
        }
        return content
    }
}
