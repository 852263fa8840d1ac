import Arguments
import Operations

/// `discordctl guild create NAME --owner USER`
enum GuildCreate: Verb {
    static let name = Operand("NAME", .string(charactersMax: 100), "the guild's name")
    static let owner = Option<UserReference>.required("owner", .userRef, "who owns the guild")
    static let members = Option<[UserReference]>.list("member", .userRef, "a user who belongs to it from the start")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "create", "Make a guild with its first channels.",
        discussion:
            "The guild begins with a text channel 'general', a voice channel 'General', and a lasting invite.",
        tier: .reversible
    ) {
        name
        owner
        members
        GuildResource.columns.declared(isSortable: false)
        Example("discordctl guild create home --owner @ada --member @echo", "a guild of two")
        ExitCode.documented(
            .done, .refused, .usage, .badData, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let request = CreateGuildRequest(
            name: context[name], owner: context[owner].path, members: context[members].map(\.path)
        )
        let guild = try await NodeConnection.openToChange(context) { client in
            try await client.post(["v1", "guilds"], request, as: GuildResource.self)
        }
        try context.console.result(renderer.single(guild))
        if let invite = guild.invite { context.console.note("invite: \(invite)") }
        return .done
    }
}
