import Arguments
import Bench

/// `discordctl bench history`
enum BenchHistory: Verb {
    static let messages = Option(
        "messages", .count(1...100_000_000), default: 10_000, "messages to fill the channel with")
    static let page = Option("page", .count(1...100), default: 50, "messages in a page")
    static let connections = Option(
        "connections", .count(1...10_000), default: 128, "requests under way at once while the channel is filled")
    static let ownNode = Option(
        "own-node", .pathText.named("DIR"), "measure a node of the bench's own, in this new directory")
    static let days = Option(
        "days", .count(1...3_650), default: 800, "days up to now over which --own-node spreads the messages")
    static let keep = Option.flag("keep", "leave that directory, for the next bench with the same values")
    static let cold = Option.flag("cold", "let the kernel forget the messages before each measurement")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "history", "Measure how fast pages of a long channel are read.",
        discussion: """
            Fills a channel and then reads the newest page again and again, page after page backwards, and pages \
            around random places, each for --duration and one request at a time. Where the messages reach back so \
            far, it also jumps to random moments two years ago, with 'around' and with 'before'.

            The channel is filled through REST, as fast as the node stores, and all messages are of today. With \
            --own-node DIR no running node is touched: DIR, which must not exist, becomes the data directory of a \
            node of the bench's own, on ports that are free. Its channel is filled while that node is stopped, \
            through the message store itself, so that ten million messages take minutes and lie years apart. DIR is \
            removed at the end, also after Ctrl-C, unless --keep leaves it. Then the next bench takes it up as it is.

            \(BenchOptions.discussion)
            """, tier: .reversible
    ) {
        messages
        page
        connections
        ownNode
        days
        keep
        cold
        Group(.conflicts, ownNode, connections)
        Group(.requires, days, ownNode)
        Group(.requires, keep, ownNode)
        Group(.requires, cold, ownNode)
        BenchOptions.payload
        BenchOptions.common
        Example("discordctl bench history --messages 100000", "pages of a channel with a hundred thousand messages")
        Example(
            "discordctl bench history --messages 10000000 --own-node ./bench-data", "ten million messages of two years")
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let bench = HistoryBench(
            messages: context[messages], contentBytes: Int(context[BenchOptions.payload]), pageMessages: context[page],
            connections: context[connections])
        let isOwn = context[ownNode] != nil
        var parameters: [BenchReport.Fact] = [
            .init("messages", String(bench.messages)), .init("page", String(bench.pageMessages)),
            .init("payload", String(bench.contentBytes)),
        ]
        parameters +=
            isOwn
            ? [.init("days", String(context[days])), .init("cold", String(context[cold]))]
            : [.init("connections", String(bench.connections))]
        let session = BenchSession(
            scenario: "history", size: .init(users: isOwn ? 1 : context[BenchOptions.users], channels: 1),
            parameters: parameters,
            remarks: isOwn ? [] : ["the channel was filled through the node itself: all its messages are of today"],
            measure: { ground, settings throws(BenchFailure) in try bench.run(ground, settings) })
        guard let path = context[ownNode] else { return try await session.run(context) }
        try refuseOtherNodes(context)
        let own = OwnNodeHistory(
            bench: bench, path: path, days: context[days], keeps: context[keep], isCold: context[cold])
        return try await session.run(context) { try await own.measure(session, $0, context.console) }
    }

    /// Who names a node means it to be measured.
    private static func refuseOtherNodes(_ context: CommandContext) throws(UsageProblem) {
        let invocation = context.invocation
        let typed = [
            ("--socket", invocation.source(of: CommonOptions.socket)),
            ("--data-dir", invocation.source(of: CommonOptions.dataDirectory)),
            ("--endpoint", invocation.source(of: CommonOptions.endpoints)),
            ("--context", invocation.source(of: CommonOptions.context)),
        ]
        guard let other = typed.first(where: { $0.1 == .commandLine }) else { return }
        throw UsageProblem(
            ownNode, "'--own-node' starts a node, and '\(other.0)' names another one",
            hint: "leave one of them out", in: context.words)
    }
}
