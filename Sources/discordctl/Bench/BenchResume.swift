import Arguments
import Bench

/// `discordctl bench resume`
enum BenchResume: Verb {
    static let sessions = Option(
        "sessions", .count(1...100_000), default: 1_000, "sessions that lose their connections")
    static let missed = Option("missed", .count(0...100), default: 10, "messages sent to all of them meanwhile")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "resume", "Measure how sessions come back after all connections broke.",
        discussion: """
            Sessions watch one channel. In each run all their connections are reset at the same moment, messages \
            are sent, and all sessions come back at once. Tells how long each needed from connecting to RESUMED, \
            how many were taken back, and whether they were told what they missed.

            \(BenchOptions.discussion)
            """, tier: .reversible
    ) {
        sessions
        missed
        BenchOptions.common
        Example("discordctl bench resume --sessions 1000", "a thousand sessions at once")
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let bench = ResumeBench(sessions: context[sessions], missed: context[missed])
        let session = BenchSession(
            scenario: "resume", size: .init(users: context[BenchOptions.users], channels: 1),
            parameters: [.init("sessions", String(bench.sessions)), .init("missed", String(bench.missed))],
            measure: { ground, settings throws(BenchFailure) in try bench.run(ground, settings) })
        return try await session.run(context)
    }
}
