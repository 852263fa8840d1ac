import Arguments
import Operations

/// `discordctl config show`
enum ConfigShow: Verb {
    static let abilities: Abilities = .list
    static let declaration = CommandDeclaration(
        "show", "Show the settings of a running node, and who made them.",
        discussion:
            "Options go before the environment, that before the file, and that before the defaults. Secrets are masked."
    ) {
        SettingResource.columns.declared()
        Example("discordctl config show", "every setting")
        Example("discordctl config show --sort-by SOURCE", "what differs from the defaults, together")
        ExitCode.documented(.done, .usage, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<SettingResource>(context)
        let all = try await NodeConnection.open(context) { connection in
            try await connection.client.get(["v1", "config"], as: AdminList<SettingResource>.self).items
        }
        let shown = Array(all.prefix(context[CommonOptions.limit].count ?? all.count))
        try output.add(shown)
        try output.finish(next: shown.count < all.count ? shown.last?.key : nil)
        return .done
    }
}
