import Arguments
import Operations

/// `discordctl index verify`
enum IndexVerify: Verb {
    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "verify", "Compare what can be read with what can be found.",
        discussion: """
            Looks for messages that exist and are not found, that are found by what they said before, and that are \
            found although they are gone. Changes of the last ten seconds are not judged. The node does the work; it \
            goes on when the command is left.
            """
    ) {
        IndexWork.channel
        IndexWork.sample
        IndexWork.timeout
        IndexJobResource.columns.declared(isSortable: false)
        Example("discordctl index verify", "compare everything")
        Example("discordctl index verify --channel ops/general --sample 10", "a tenth of one channel")
        ExitCode.documented(
            .done, .failed, .refused, .usage, .badData, .notFound, .unreachable, .tryAgain, .notAllowed,
            .configuration, .interrupted
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let job = try await IndexWork.compare("verify", context)
        try context.console.result(renderer.single(job))
        guard job.differences > 0 else { return .done }
        context.console.note("put it right with: discordctl index repair")
        return .failed
    }
}
