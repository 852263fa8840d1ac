import Arguments
import Operations

/// `discordctl channel list GUILD`
enum ChannelList: Verb {
    static let guild = Operand("GUILD", .string(charactersMax: 100), "id or exact name of the guild")

    static let abilities: Abilities = .list
    static let declaration = CommandDeclaration("list", aliases: ["ls"], "List the channels of a guild.") {
        guild
        ChannelResource.columns.declared()
        Example("discordctl channel list home", "its channels, as clients order them")
        Example("discordctl channel list home --columns ID,NAME,TOPIC", "with their topics")
        ExitCode.documented(.done, .usage, .notFound, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<ChannelResource>(context)
        // A guild's channels come in one answer; there are at most 500.
        let all = try await NodeConnection.open(context) { connection in
            try await connection.client.get(
                ["v1", "guilds", context[guild], "channels"], as: AdminList<ChannelResource>.self
            ).items
        }
        let shown = Array(all.prefix(context[CommonOptions.limit].count ?? all.count))
        try output.add(shown)
        try output.finish(next: shown.count < all.count ? shown.last?.id : nil)
        return .done
    }
}
