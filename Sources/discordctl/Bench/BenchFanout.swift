import Arguments
import Bench

/// How a bench's messages reach the node.
enum BenchWay: String, CaseIterable, Sendable {
    case gateway, rest
}

/// `discordctl bench fanout`
enum BenchFanout: Verb {
    static let rooms = Option("rooms", .count(1...10_000), default: 1, "channels that messages are sent to")
    static let subscribers = Option(
        "subscribers", .count(1...100_000), default: 100, "sessions that watch each of them")
    static let outstanding = Option(
        "outstanding", .count(1...1_000), default: 1, "messages under way in each channel; the next one waits")
    static let rate = Option(
        "rate", .rate(BenchOptions.rates), "send at this rate instead, whether or not the node keeps up")
    static let via = Option("via", .choice(of: BenchWay.self), default: .gateway, "how messages are sent")
    static let floor = Option("floor", .pathText, "a plain fan-out server to run in alternation, to compare with")
    static let floorJoins = Option.flag("floor-joins", "tell that server to join writes")
    static let floorMatches = Option.flag("floor-matches", "have that server's frames be as long as the node's")

    static let abilities: Abilities = .single
    static let declaration = CommandDeclaration(
        "fanout", "Measure what a delivery costs, and how long it takes.",
        discussion: """
            Sessions watch channels, and messages are sent to them. Tells deliveries a second, the node's \
            processor time for each (from the kernel's books of the whole process; 'edge' is the gateway's threads \
            alone), and the time from the intended moment of sending to each arrival.

            --floor names a program that is run as 'PATH PORT' or 'PATH PORT coalesce', relays text frames from \
            /pub/N to /sub/N, and does nothing else. cpu-ratio is what the node needs, in percent of what it needs. \
            What it relays is as long as a message's content, or with --floor-matches as the whole payload in which \
            the node delivers it.

            \(BenchOptions.discussion)
            """, tier: .reversible
    ) {
        rooms
        subscribers
        outstanding
        rate
        via
        floor
        floorJoins
        floorMatches
        BenchOptions.payload
        BenchOptions.spin
        Group(.conflicts, outstanding, rate)
        Group(.requires, floorJoins, floor)
        Group(.requires, floorMatches, floor)
        BenchOptions.common
        Example("discordctl bench fanout --subscribers 1000", "one message at a time to a thousand sessions")
        Example("discordctl bench fanout --rooms 1000 --subscribers 10 --spin", "many small rooms")
        Example("discordctl bench fanout --subscribers 1000 --rate 20/s", "latency at a modest rate")
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let bench = FanoutBench(
            rooms: context[rooms], subscribers: context[subscribers], contentBytes: Int(context[BenchOptions.payload]),
            outstanding: context[outstanding], perSecond: context[rate]?.perSecond, floor: context[floor],
            joinsWrites: context[floorJoins], matchesLength: context[floorMatches], usesREST: context[via] == .rest)
        var parameters: [BenchReport.Fact] = [
            .init("rooms", String(bench.rooms)), .init("subscribers", String(bench.subscribers)),
            .init("payload", String(bench.contentBytes)), .init("via", context[via].rawValue),
            .init("spin", String(context[BenchOptions.spin])), .init("floor", String(bench.floor != nil)),
            .init("floor-joins", String(bench.joinsWrites)), .init("floor-matches", String(bench.matchesLength)),
        ]
        parameters.append(
            bench.perSecond.map { .init("rate", "\($0)/s") } ?? .init("outstanding", String(bench.outstanding)))
        let session = BenchSession(
            scenario: "fanout", size: .init(users: context[BenchOptions.users], channels: bench.rooms),
            parameters: parameters, spins: context[BenchOptions.spin],
            measure: { ground, settings throws(BenchFailure) in try bench.run(ground, settings) })
        return try await session.run(context)
    }
}
