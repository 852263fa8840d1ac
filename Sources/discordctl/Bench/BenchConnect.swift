import Arguments
import Bench

/// `discordctl bench connect`
enum BenchConnect: Verb {
    static let sessions = Option(
        "sessions", .count(1...1_000_000), default: 1_000, "sessions to open, in as many batches as --runs")
    static let channels = Option("channels", .count(1...10_000), default: 10, "channels that they watch, one each")
    static let underWay = Option("under-way", .count(1...10_000), default: 128, "logins under way at once")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "connect", "Measure logins, and the memory of idle sessions.",
        discussion: """
            Opens sessions that identify and watch one channel each. Tells connections a second, the node's \
            processor time and memory for each, and the kernel's memory, both ends together. Start the node afresh \
            for it: memory that it has freed since hides what sessions take. For --duration the sessions then \
            idle.

            The slopes are those of the straight line through all batches: bytes for each session more, and what \
            100,000 sessions would take by it. More batches make them surer: --runs 10.

            \(BenchOptions.discussion)
            """, tier: .reversible
    ) {
        sessions
        channels
        underWay
        BenchOptions.common
        Example("discordctl bench connect --sessions 10000", "ten thousand sessions, in five batches")
        Example("discordctl bench connect --sessions 19000 --runs 10", "as many as 20,000 descriptors allow")
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let bench = ConnectBench(
            sessions: context[sessions], channels: context[channels], underWay: context[underWay])
        let session = BenchSession(
            scenario: "connect", size: .init(users: context[BenchOptions.users], channels: bench.channels),
            parameters: [
                .init("sessions", String(bench.sessions)), .init("channels", String(bench.channels)),
                .init("under-way", String(bench.underWay)),
            ],
            measure: { ground, settings throws(BenchFailure) in try bench.run(ground, settings) })
        return try await session.run(context)
    }
}
