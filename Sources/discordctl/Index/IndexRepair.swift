import Arguments
import Operations

/// `discordctl index repair`
enum IndexRepair: Verb {
    static let abilities: Abilities = [.single, .reason]
    static let declaration = CommandDeclaration(
        "repair", "Compare what can be read with what can be found, and put right what differs.",
        discussion: """
            Repairs what 'index verify' shows and touches nothing else. The node does the work; it goes on when the \
            command is left.
            """, tier: .reversible
    ) {
        IndexWork.channel
        IndexWork.sample
        IndexWork.timeout
        IndexJobResource.columns.declared(isSortable: false)
        Example("discordctl index repair", "after 'index verify' found something")
        Example("discordctl index repair --channel ops/general --reason 'ticket 12'", "one channel, on record")
        ExitCode.documented(
            .done, .failed, .refused, .usage, .badData, .notFound, .unreachable, .tryAgain, .notAllowed,
            .configuration, .interrupted
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let job = try await IndexWork.compare("repair", context)
        try context.console.result(renderer.single(job))
        return job.repaired < job.differences ? .failed : .done
    }
}
