import Arguments
import Bench

/// `discordctl bench send`
enum BenchSend: Verb {
    static let channels = Option("channels", .count(1...10_000), default: 10, "channels that messages are sent to")
    static let members = Option("members", .count(1...10_000), default: 10, "sessions that watch each of them")
    static let rate = Option(
        "rate", .rate(BenchOptions.rates), default: Rate(100, per: .second), "messages over all channels")
    static let via = Option("via", .choice(of: BenchWay.self), default: .rest, "how messages are sent")
    static let connections = Option(
        "connections", .count(1...10_000), default: 128, "REST requests under way at once")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "send", "Measure how many messages are accepted, stored and delivered.",
        discussion: """
            Messages are due at a fixed rate, whether or not the node keeps up. Latencies count from the moment at \
            which a message was due. 'answer' is REST's answer, which comes once the message is stored; 'stored' \
            counts the messages that reached a first session, which they do only then. 'unsent' came due, but all \
            connections were busy until the run's end. With --via gateway nothing but a refusal is answered: 'sent' \
            counts what was written to the sockets, and only 'stored' what became of it.

            \(BenchOptions.discussion)
            """, tier: .reversible
    ) {
        channels
        members
        rate
        via
        connections
        BenchOptions.payload
        BenchOptions.spin
        BenchOptions.common
        Example("discordctl bench send --channels 100 --rate 2000/s", "two thousand messages a second through REST")
        Example("discordctl bench send --rate 500/s --via gateway", "the same through gateway sessions")
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let bench = SendBench(
            channels: context[channels], members: context[members], contentBytes: Int(context[BenchOptions.payload]),
            perSecond: context[rate].perSecond, usesREST: context[via] == .rest, connections: context[connections])
        let session = BenchSession(
            scenario: "send", size: .init(users: context[BenchOptions.users], channels: bench.channels),
            parameters: [
                .init("channels", String(bench.channels)), .init("members", String(bench.members)),
                .init("rate", "\(bench.perSecond)/s"), .init("payload", String(bench.contentBytes)),
                .init("via", context[via].rawValue), .init("connections", String(bench.connections)),
                .init("spin", String(context[BenchOptions.spin])),
            ],
            spins: context[BenchOptions.spin],
            measure: { ground, settings throws(BenchFailure) in try bench.run(ground, settings) })
        return try await session.run(context)
    }
}
