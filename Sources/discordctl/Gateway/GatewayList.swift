import Arguments
import Operations

/// `discordctl gateway list`
enum GatewayList: Verb {
    static let abilities: Abilities = .list
    static let declaration = CommandDeclaration("list", aliases: ["ls"], "List the gateways, and what they carry.") {
        GatewayResource.columns.declared()
        Example("discordctl gateway list", "sessions, traffic and trouble of each")
        Example("discordctl gateway list -o json", "the same for a program")
        ExitCode.documented(.done, .usage, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<GatewayResource>(context)
        // A gateway is a node: they come in one answer.
        let all = try await NodeConnection.open(context) { connection in
            try await connection.client.get(["v1", "gateways"], as: AdminList<GatewayResource>.self).items
        }
        let shown = Array(all.prefix(context[CommonOptions.limit].count ?? all.count))
        try output.add(shown)
        try output.finish(next: shown.count < all.count ? shown.last?.node : nil)
        return .done
    }
}
