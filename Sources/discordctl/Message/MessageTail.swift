import Arguments
import Operations

/// `discordctl message tail CHANNEL`
enum MessageTail: Verb {
    static let channel = Operand("CHANNEL", .channelRef, "the channel to watch")
    static let count = Option("count", .count(1...1_000_000), "end after this many events")
    static let duration = Option("for", .duration(.milliseconds(1) ... .seconds(31_536_000)), "end after this time")

    static let abilities: Abilities = [.node, .dataDirectory, .formats, .table, .reason]
    static let declaration = CommandDeclaration(
        "tail", "Show messages as they are sent, edited and deleted.",
        discussion: MessageView.discussion + "\n\nEnds with Ctrl-C, with --count, with --for, or when the node stops."
    ) {
        channel
        MessageView.declared
        count
        duration
        Adjustment(CommonOptions.output, accepts: ["table", "wide", "jsonl", "name"])
        MessageResource.columns.declared(isSortable: false)
        Example("discordctl message tail home/general --as @ada", "follow the talk")
        Example(
            "discordctl message tail home/general --count 1 --for 30s -o name",
            "wait for one message, at most 30 seconds")
        ExitCode.documented(
            .done, .usage, .badData, .notFound, .unknownUser, .unreachable, .tryAgain, .notAllowed, .configuration,
            .interrupted
        )
    }

    private enum End: Sendable {
        case countReached, timeOver, nodeLeft
    }

    /// Stops the stream from within.
    private struct CountReached: Error {}

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let renderer = try context.renderer()
        let end = try await NodeConnection.open(context) { connection in
            try await race(context, renderer, connection.client)
        }
        switch end {
        case .countReached: return .done
        case .timeOver where context[count] == nil: return .done
        case .timeOver:
            throw CommandFailure(
                .tryAgain, code: "time_over", "the time was over before \(context[count] ?? 0) events had come",
                isRetryable: true
            )
        case .nodeLeft:
            throw CommandFailure(
                .tryAgain, code: "stream_ended",
                "the node ended the stream: it stops, or this reader was too slow or may no longer read",
                hint: "run it again to go on; what was missed is in: discordctl message history", isRetryable: true
            )
        }
    }

    private static func race(_ context: CommandContext, _ renderer: Renderer, _ client: AdminClient) async throws -> End
    {
        guard let limit = context[duration] else { return try await follow(context, renderer, client) }
        return try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask { try await follow(context, renderer, client) }
            group.addTask {
                try await Task.sleep(for: limit)
                return .timeOver
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .nodeLeft
        }
    }

    private static func follow(_ context: CommandContext, _ renderer: Renderer, _ client: AdminClient) async throws
        -> End
    {
        let isTable = renderer.format == .table || renderer.format == .wide
        let columns = renderer.columns(of: MessageResource.self, hiding: MessageView.hiddenColumns(context))
        let table = TableText(columns: columns, style: renderer.table)
        if isTable { try context.console.result(table.streamedHeader) }
        var left = context[count]
        do {
            try await client.lines(
                ["v1", "channels", context[channel].path, "tail"], query: MessageView.query(context),
                as: MessageResource.self
            ) { message in
                let text =
                    isTable ? table.streamedLine(columns.map { message.value(of: $0) }) : renderer.lines([message])
                try context.console.result(text)
                guard let rest = left else { return }
                left = rest - 1
                if rest <= 1 { throw CountReached() }
            }
        } catch is CountReached {
            return .countReached
        } catch AdminClientError.outcomeUnknown {
            // The connection broke: for the reader the same as an orderly end.
            return .nodeLeft
        }
        return .nodeLeft
    }
}
