import Arguments
import Bench

/// What all benches take.
enum BenchOptions {
    static let runs = Option("runs", .count(1...100), default: 5, "how often to measure; the median counts")
    static let warmUp = Option(
        "warm-up", .duration(.zero ... .seconds(600)), default: .seconds(2), "time before a run that does not count")
    static let duration = Option(
        "duration", .duration(.milliseconds(100) ... .seconds(86_400)), default: .seconds(5), "how long a run lasts")
    static let users = Option(
        "users", .count(1...10_000), default: 50, "users among whom the sessions are shared out")
    static let payload = Option(
        "payload", .bytes(Int64(Stamp.bytes)...2_000), default: 256, "bytes of a message's content")
    static let spin = Option.flag(
        "spin", "look for events without sleeping, so that the node never pays for waking this program")
    static let compare = Option("compare", .file, "an earlier result (-o json) to compare with")
    static let tolerance = Option(
        "tolerance", .count(0...1_000), default: 15, "percent by which a figure may be worse than in --compare")

    static let rates = Rate(1, per: .minute)...Rate(1_000_000, per: .second)

    /// For all of them.
    static let common = parts {
        runs
        warmUp
        duration
        users
        compare
        tolerance
        Group(.requires, tolerance, compare)
        FigureRow.columns.declared(isSortable: false)
        ExitCode.documented(
            .done, .failed, .refused, .usage, .badData, .notFound, .unreachable, .system, .tryAgain, .notAllowed,
            .configuration, .interrupted, .terminated
        )
    }

    /// Said in every bench's help.
    static let discussion = """
        The bench makes users, guilds and channels of its own, whose names begin with 'bench', and deletes the \
        guilds at its end, also after Ctrl-C. The users stay, for the next bench. Its messages have a nonce, and \
        its requests a User-Agent, that begin with 'bench-' and 'discordctl-bench'. A protected \
        context is refused, by whatever way its node is named; any other node that this user may administer is \
        taken, so do not point it at one that people use.

        A node that keeps its rate limits is not measured: start it with 'discordctl node start --no-limits'.

        Compare figures of one machine and one day only, and differences under 15 % not at all. Where node and \
        bench run on one machine, 'taskset' keeps them on processors of their own.
        """
}
