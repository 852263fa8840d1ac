import Arguments
import Operations

/// `discordctl index rebuild`
enum IndexRebuild: Verb {
    static let rate = Option("rate", .count(1...1_000_000), "messages a second at most; considerate unless given")

    static let abilities: Abilities = [.single, .prompt, .reason]
    static let declaration = CommandDeclaration(
        "rebuild", "Build the search index anew from the message store.",
        discussion: """
            The new index is built beside the one in use, which answers meanwhile; live changes reach both, and the new \
            one takes the other's place when the store was walked through. A node that stops goes on when it starts \
            again.
            """, tier: .disruptive
    ) {
        rate
        IndexWork.timeout
        IndexJobResource.columns.declared(isSortable: false)
        Example("discordctl index rebuild", "asks before it acts")
        Example("discordctl index rebuild --yes --rate 5000 --reason 'new tokenizer'", "from a script, not too fast")
        ExitCode.documented(
            .done, .refused, .cancelled, .usage, .unreachable, .tryAgain, .notAllowed, .configuration, .interrupted
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        try Prompt.requireAnswerer(context)
        return try await NodeConnection.open(context) { connection in
            let index = try await connection.client.get(["v1", "index"], as: IndexResource.self)
            context.console.note(
                "builds an index of about \(index.documents) messages; the present one takes \(index.bytes) bytes and "
                    + "stays until then")
            guard try Prompt.confirm("Rebuild the index?", context, connection) else {
                context.console.note("nothing was changed")
                return .cancelled
            }
            let form = IndexJobForm(
                kind: "rebuild", ratePerSecond: context[rate].map { UInt64($0) }, reason: context[CommonOptions.reason])
            let job = try await IndexWork.run(form, context, connection.client)
            try context.console.result(renderer.single(job))
            return .done
        }
    }
}
