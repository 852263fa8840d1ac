import Arguments
import Operations

/// `discordctl guild list`
enum GuildList: Verb {
    static let abilities: Abilities = .list
    static let declaration = CommandDeclaration("list", aliases: ["ls"], "List the guilds.") {
        // An invite is known only when a guild is made.
        GuildResource.columns.filter { $0.name != "INVITE" }.declared()
        Example("discordctl guild list --sort-by MEMBERS:desc", "the largest first")
        Example("discordctl guild list -o name -L all", "every id, for a script")
        ExitCode.documented(.done, .usage, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<GuildResource>(context, hiding: ["INVITE"])
        let next = try await NodeConnection.open(context) { connection in
            try await connection.client.pages(
                ["v1", "guilds"], AdminClient.Walk("after", pageMax: 500), limit: context[CommonOptions.limit].count,
                identifier: \.id
            ) { try output.add($0) }
        }
        try output.finish(next: next)
        return .done
    }
}
