import Arguments
import Bench

/// `discordctl bench history`
enum BenchHistory: Verb {
    static let messages = Option(
        "messages", .count(1...100_000_000), default: 10_000, "messages to fill the channel with")
    static let page = Option("page", .count(1...100), default: 50, "messages in a page")
    static let connections = Option(
        "connections", .count(1...10_000), default: 128, "requests under way at once while the channel is filled")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "history", "Measure how fast pages of a long channel are read.",
        discussion: """
            Fills a channel through REST, as fast as the node stores: ten million messages take as long as ten \
            million messages take. Then reads the newest page again and again, page after page backwards, and \
            pages around random places, each for --duration and one request at a time.

            \(BenchOptions.discussion)
            """, tier: .reversible
    ) {
        messages
        page
        connections
        BenchOptions.payload
        BenchOptions.common
        Example("discordctl bench history --messages 100000", "pages of a channel with a hundred thousand messages")
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let bench = HistoryBench(
            messages: context[messages], contentBytes: Int(context[BenchOptions.payload]), pageMessages: context[page],
            connections: context[connections])
        let session = BenchSession(
            scenario: "history", size: .init(users: context[BenchOptions.users], channels: 1),
            parameters: [
                .init("messages", String(bench.messages)), .init("page", String(bench.pageMessages)),
                .init("payload", String(bench.contentBytes)), .init("connections", String(bench.connections)),
            ],
            remarks: ["the channel was filled through the node itself: all its messages are of today"],
            measure: { ground, settings throws(BenchFailure) in try bench.run(ground, settings) })
        return try await session.run(context)
    }
}
