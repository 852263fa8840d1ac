import Arguments
import Chat
import Operations

/// `discordctl message history CHANNEL`
enum MessageHistory: Verb {
    static let channel = Operand("CHANNEL", .channelRef, "the channel to read")
    static let before = Option("before", .messageID, "messages older than this one, which need not exist")
    static let after = Option("after", .messageID, "messages newer than this one, the nearest ones")
    static let around = Option("around", .messageID, "this message and the ones at either side of it")

    static let abilities: Abilities = [.list, .reason]
    static let declaration = CommandDeclaration(
        "history", "Read a channel back, newest first.", discussion: MessageView.discussion
    ) {
        channel
        MessageView.declared
        before
        after
        around
        Group(.atMostOne, before, after, around)
        Adjustment(CommonOptions.limit, default: .rows(50), "50")
        MessageResource.columns.filter { $0.name != "EVENT" }.declared()
        Example("discordctl message history home/general --as @ada", "what a member sees")
        Example(
            "discordctl message history home/general -L all -o jsonl --as @ada > ./copy.jsonl",
            "all of it, for a program")
        Example(
            "discordctl message history home/general --show-content --reason 'report 17'", "as the operator, on record")
        ExitCode.documented(
            .done, .usage, .badData, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        var output = try ListOutput<MessageResource>(
            context, hiding: MessageView.hiddenColumns(context).union(["EVENT"]))
        let limit = context[CommonOptions.limit].count
        let path = ["v1", "channels", context[channel].path, "messages"]
        let query = MessageView.query(context)
        let next = try await NodeConnection.open(context) { connection in
            if let around = context[around] {
                guard let limit, limit <= Limits.pageMessagesMax else {
                    throw UsageProblem(
                        CommonOptions.limit, "around a message at most \(Limits.pageMessagesMax) are shown",
                        in: context.words
                    )
                }
                let page = try await connection.client.get(
                    path, query: query + [("around", around.description), ("limit", String(limit))],
                    as: AdminList<MessageResource>.self
                )
                try output.add(page.items)
                return nil as String?
            }
            let after = context[after]
            let walk = AdminClient.Walk(
                after == nil ? "before" : "after", start: (after ?? context[before])?.description,
                pageMax: Limits.pageMessagesMax,
                continuesFromFirst: after != nil
            )
            return try await connection.client.pages(path, query: query, walk, limit: limit, identifier: \.id) { page in
                try output.add(page, first: after != nil)
            }
        }
        try output.finish(next: next)
        return .done
    }
}
