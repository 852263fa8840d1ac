import Arguments
import Operations

/// `discordctl channel create GUILD NAME`
enum ChannelCreate: Verb {
    static let guild = Operand("GUILD", .string(charactersMax: 100), "id or exact name of the guild")
    static let name = Operand("NAME", .string(charactersMax: 100), "the channel's name")
    static let type = Option(
        "type", .choice(["text", "voice", "category"]), default: "text", "what the channel is for")
    static let topic = Option("topic", .string(charactersMax: 1_024), "what is talked about")
    static let parent = Option("parent", .snowflake, "id of the category that the channel belongs to")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration("create", "Make a channel in a guild.", tier: .reversible) {
        guild
        name
        type
        topic
        parent
        ChannelResource.columns.declared(isSortable: false)
        Example("discordctl channel create home plans --topic 'what comes next'", "a text channel")
        Example("discordctl channel create home lounge --type voice", "a voice channel")
        ExitCode.documented(
            .done, .refused, .usage, .badData, .notFound, .unreachable, .tryAgain, .notAllowed, .configuration
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let request = CreateChannelRequest(
            name: context[name], type: context[type], topic: context[topic], parent: context[parent].map { String($0) }
        )
        let channel = try await NodeConnection.openToChange(context) { client in
            try await client.post(["v1", "guilds", context[guild], "channels"], request, as: ChannelResource.self)
        }
        try context.console.result(renderer.single(channel))
        return .done
    }
}
