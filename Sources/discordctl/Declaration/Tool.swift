import Arguments

/// The command tree. A command is in it once it works, not before.
enum Tool {
    private static let nouns: [(name: String, summary: String, aliases: [String], verbs: [any Verb.Type])] = [
        ("node", "Start, stop and look at a node.", ["nodes"], [NodeStart.self, NodeStop.self, NodeStatusShow.self]),
        ("config", "Check a node's configuration and show the one in force.", [], [ConfigCheck.self, ConfigShow.self]),
        (
            "context", "Name the clusters that commands are about.", ["contexts"],
            [
                ContextList.self, ContextShow.self, ContextUse.self, ContextAdd.self, ContextRemove.self,
                ContextCheck.self, ContextPrompt.self,
            ]
        ),
        ("user", "Make users and bots, and give them tokens.", ["users"], [UserCreate.self, UserToken.self]),
        ("guild", "Make and list guilds.", ["guilds"], [GuildCreate.self, GuildList.self]),
        ("channel", "Make and list the channels of a guild.", ["channels"], [ChannelCreate.self, ChannelList.self]),
        (
            "message", "Send messages, read them back, and watch them come.", ["messages"],
            [MessageSend.self, MessageHistory.self, MessageTail.self]
        ),
        ("gateway", "See what the gateways carry.", ["gateways"], [GatewayList.self]),
        ("session", "See the sessions of clients.", ["sessions"], [SessionList.self]),
        (
            "presence", "See who is there, and why.", [],
            [PresenceGet.self, PresenceWatch.self, PresenceExplain.self]
        ),
        (
            "index", "Look after the index that 'search' asks.", [],
            [IndexStatus.self, IndexVerify.self, IndexRepair.self, IndexRebuild.self]
        ),
        (
            "bench", "Measure a node, with users and guilds made for it.", [],
            [BenchConnect.self, BenchFanout.self, BenchSend.self, BenchHistory.self, BenchResume.self]
        ),
    ]

    private static let verbs: [[String]: any Verb.Type] = {
        var verbs: [[String]: any Verb.Type] = [
            ["version"]: Version.self, ["search"]: Search.self, ["completion"]: CompletionShow.self,
            ["man"]: ManualShow.self,
        ]
        for noun in nouns {
            for verb in noun.verbs { verbs[[noun.name, verb.declaration.name]] = verb }
        }
        return verbs
    }()

    static func verb(at path: [String]) -> (any Verb.Type)? { verbs[path] }

    static let declaration = ToolDeclaration(
        root: CommandDeclaration(
            "discordctl", "Run and operate a chat cluster that speaks Discord's protocol.",
            discussion: """
                A node is started with 'node start'. Commands talk to a running node through its admin socket. They \
                take the first of these: --endpoint or --socket; DISCORDCTL_ENDPOINT; --context, DISCORDCTL_CONTEXT; \
                the current context of 'context use'; and the only node that runs here.

                Results go to standard output, everything else to standard error. The exit status tells what happened.
                """
        ) {
            nouns.map { noun in
                .command(
                    CommandDeclaration(noun.name, aliases: noun.aliases, noun.summary) {
                        noun.verbs.map { .command($0.declaration) }
                    }
                )
            }
            Search.declaration
            CompletionShow.declaration
            ManualShow.declaration
            Version.declaration
            CommandDeclaration.help
            Example("discordctl node start", "start a node on this machine")
            Example("discordctl user create ada", "make a user")
            Example("discordctl guild create home --owner @ada", "make a guild with a channel 'general'")
            Example("discordctl message send home/general 'hello' --as @ada", "say something")
            ExitCode.allCases.map { .exitStatus(ExitStatus($0.rawValue, $0.summary)) }
        },
        variablePrefix: "DISCORDCTL_"
    ) {
        CommonOptions.all
    }
}
