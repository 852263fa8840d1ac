import Arguments

/// A tree like the real one, with what the rules and the example sheet need.
enum Sample {
    enum Format: String, CaseIterable, Sendable { case table, wide, json, jsonl, yaml, name, nagios }
    enum Colour: String, CaseIterable, Sendable { case auto, always, never }
    enum OnError: String, CaseIterable, Sendable { case holdChannel = "hold-channel", skip, abort }

    // Common options.
    static let context = Option("context", short: "c", .string.named("NAME"), "context to use")
        .environment("DISCORDCTL_CONTEXT")
    static let endpoint = Option<[URLText]>.list("endpoint", .url, "direct target").environment("DISCORDCTL_ENDPOINT")
    static let tokenFile = Option("token-file", .orDash(.file), "file that holds the bearer token")
        .environment("DISCORDCTL_TOKEN_FILE")
    static let requestTimeout = Option(
        "request-timeout", .duration(.milliseconds(1) ... .seconds(3600)), default: .seconds(10), "limit of one request"
    ).environment("DISCORDCTL_REQUEST_TIMEOUT")
    static let output = Option(
        "output", short: "o", .choice(of: Format.self, placeholder: "FMT"), default: .table, repetition: .lastWins,
        "format of the result"
    ).environment("DISCORDCTL_OUTPUT").section("output options")
    static let columns = Option<[String]>.list("columns", .string.named("A,B"), commas: true, "columns of the table")
        .section("output options")
    static let sortBy = Option("sort-by", .string.named("COL[:desc]"), repetition: .lastWins, "order of the rows")
        .section("output options")
    static let limit = Option(
        "limit", short: "L", .count(1...10_000), default: 100, repetition: .lastWins, "rows at most"
    )
    .section("output options")
    static let color = Option.optionalValue(
        "color", .choice(of: Colour.self), bare: .always, default: .auto, "colour"
    ).environment(VariableBinding("NO_COLOR", meaning: "never"), "DISCORDCTL_COLOR").section("output options")
    static let pager = Option.flag("pager", negatable: true, default: true, "page long output").section(
        "output options")
    static let quiet = Option.flag("quiet", short: "q", "less on standard error")
    static let verbose = Option.counter("verbose", short: "v", "more on standard error")
    static let dryRun = Option.flag("dry-run", short: "n", repetition: .once, "change nothing")
    static let yes = Option.flag("yes", short: "y", "answer yes")
    static let confirm = Option("confirm", .string.named("NAME"), "name of the target, to confirm")
    static let noInput = Option.flag("no-input", "never ask").environment("DISCORDCTL_NO_INPUT")
    static let reason = Option("reason", .string, "text for the audit log")
    static let wait = Option.flag("wait", negatable: true, default: true, "wait for the end").negativeAliases("detach")
    static let timeout = Option("timeout", .duration, "how long to wait")

    // dlq.
    static let failure = Option("failure", .glob.named("CODE|GLOB"), "failure code").section("selection")
    static let since = Option("since", .instant, "entries that failed since").section("selection")
    static let queue = Option("queue", .string.named("QUEUE"), "queue").section("selection").deprecated(
        DeprecatedName("topic", removedIn: "2.0"))
    static let filters = parts {
        queue
        failure
        since
        Option("before-id", .identifier(prefix: "dlq_"), "entries before").section("selection")
        Option("attempts", .comparison, "number of attempts").section("selection")
    }
    static let entries = Operand<[Either<String, String>]>.list(
        "ID|QUEUE", .either(.identifier(prefix: "dlq_"), .string), "entries, or a queue")
    static let rate = Option("rate", .rate, default: Rate(50, per: .second), "entries per second")
    static let effects = Option<[String]>.list(
        "effects", .choice(["persist", "index", "fanout", "push", "webhook"]), commas: true,
        default: ["persist", "index"], "what replay does")
    static let onError = Option("on-error", .choice(of: OnError.self), default: .holdChannel, "what a failure does")
    static let maxFailures = Option(
        "max-failures", .either(.percent, .count), default: .first(.percent(5)), "failures that stop the run")
    static let retryFailed = Option("retry-failed", .identifier(prefix: "op_"), "the failed entries of an operation")
    static let all = Option.flag("all", "every entry")

    static let replay = CommandDeclaration(
        "replay", "Replay dead letters in their original order.",
        discussion: "Entries of one channel are replayed one after the other.\n\nPush is off unless asked for.",
        tier: .disruptive, permissions: ["dlq.replay"], seeAlso: ["discordctl-dlq-list(1)"]
    ) {
        entries
        filters
        rate
        effects
        onError
        maxFailures
        retryFailed
        all
        Group(.atLeastOne, entries, queue, failure, retryFailed, all)
        Group(.conflicts, retryFailed, all)
        Example("discordctl dlq replay messages --failure store.timeout --since 2h --rate 200/s", "one kind of failure")
        Example("discordctl dlq replay --retry-failed op_9d1 --on-error skip --yes", "what failed before")
        Example("discordctl dlq replay --all --dry-run", "see what would happen")
        ExitStatus(1, "some entries failed")
        ExitStatus(2, "refused, nothing was changed")
        Column("OUTCOME", .text, "what became of the entries")
        Column("ENTRIES", .count, "how many", wide: true)
    }
    static let list = CommandDeclaration("list", aliases: ["ls"], "List dead letters.") {
        Operand<String?>.optional("QUEUE", .string, "queue")
        filters
        Adjustment(limit, default: 50, "50")
        Adjustment(output, accepts: ["table", "json", "name"])
    }
    static let show = CommandDeclaration("show", "Show dead letters.") {
        Operand<[StreamOr<String>]>.list("ID", .orDash(.identifier(prefix: "dlq_")), minimum: 1, "entries")
        Option.flag("trace", "with the way it took")
    }
    static let export = Option("export", .orDash(.file), "where to write a copy")
    static let purge = CommandDeclaration("purge", "Remove dead letters.", tier: .destructive) {
        entries
        filters
        export
        Group(.atLeastOne, reason)
        Group(.requires, reason, confirm)
    }
    static let dlq = CommandDeclaration("dlq", "Look at dead letters and replay them.") {
        list
        show
        replay
        purge
    }

    // node.
    static let services = Option<[String]>.list(
        "services", .choice(["gateway", "api", "chat", "presence", "search", "push"]), commas: true,
        "what the node runs")
    static let config = Option("config", .file, "configuration file")
    static let listen = Option(
        "listen", .address, default: Address(host: "127.0.0.1", port: 8080), "where REST is served")
    static let backends = Option<[String: URLText]>.map("backend", .keyValue(.url, key: "ROLE"), "a backend")
    static let node = CommandDeclaration(
        "node", aliases: ["nodes"], deprecatedNames: [DeprecatedName("server", removedIn: "2.0")],
        "Start and look at nodes."
    ) {
        CommandDeclaration("start", "Start a node.", tier: .reversible) {
            services
            config
            listen
            backends
            Option("zone", .string.named("Z"), "zone of the node")
            Option("drain-deadline", .duration, default: .seconds(300), "limit of the drain")
            Option.flag("check", "check only")
            Example("discordctl node start --config node.yaml --services gateway --zone a --check", "check a node")
        }
        CommandDeclaration("list", aliases: ["ls"], "List the nodes.")
        CommandDeclaration("stop", "Stop a node.", tier: .disruptive) {
            nodeName
            selfNode
            Option("deadline", .duration, "limit of the drain")
            Group(.exactlyOne, nodeName, selfNode)
        }
    }
    static let nodeName = Operand<NodeReference?>.optional("NODE", .nodeRef, "the node")
    static let selfNode = Option.flag("self", "the local node")

    // partitions, bench, message.
    static let weight = Option<[String: Double]>.map("weight", .keyValue(.decimal, key: "NODE"), "weight of a node")
    static let rebalance = CommandDeclaration("rebalance", "Spread the partitions.", tier: .disruptive) {
        weight
        Option("threshold", .percent, default: .percent(10), "band that is left alone")
        Option("max-in-flight", .count(1...64), default: 1, "moves at once")
        Option("max-pause", .duration, default: .seconds(2), "limit of a pause")
        Option("soak", .duration, default: .seconds(30), "rest after a move")
        Option("delta", .count(-10...10), default: 0, "difference")
    }
    static let channel = Operand("CHANNEL", .channelRef, "where to send")
    static let text = Operand<[String]>.list("TEXT", .string, minimum: 1, "words of the message")
    static let sender = Option("as", .userRef, "who sends")
    static let send = CommandDeclaration("send", "Send a message.", tier: .reversible) {
        channel
        text
        sender
    }
    static let exec = Operand<[String]>.list("WORD", .string, "command to measure")

    static let tool = ToolDeclaration(
        root: CommandDeclaration("discordctl", "Run and operate a chat cluster.") {
            node
            dlq
            CommandDeclaration("partitions", aliases: ["partition"], "Look at partitions and move them.") { rebalance }
            CommandDeclaration("message", "Send and trace messages.") { send }
            CommandDeclaration("bench", "Measure.", stopsAtFirstOperand: true) { exec }
            CommandDeclaration("gateway", "Look at gateways.") {
                CommandDeclaration("uncordon", "Let sessions come again.", tier: .reversible) {
                    Operand<[NodeReference]>.list("NODE", .nodeRef, minimum: 1, "the nodes")
                }
            }
            CommandDeclaration.help
        },
        variablePrefix: "DISCORDCTL_",
        variables: [VariableDeclaration("DISCORDCTL_PAGER", "program that pages")]
    ) {
        context
        endpoint
        tokenFile
        requestTimeout
        output
        columns
        sortBy
        limit
        color
        pager
        quiet
        verbose
        dryRun
        yes
        confirm
        noInput
        reason
        wait
        timeout
        Option("password-hint", .string(charactersMax: 8), "a secret for tests").secret().visibility(.hidden)
        Group(.conflicts, context, endpoint)
    }
    static let parser = Parser(tool)
}

/// Words as a shell would split a line without quotes.
func words(_ line: String) -> [Word] {
    line.split(separator: " ").map { Word($0) }
}

/// Parses the words of a line after the program's name.
func parse(_ line: String, environment: [String: String] = [:], layers: [DefaultsLayer] = []) -> ParseResult {
    Sample.parser.parse(words(line), environment: environment, layers: layers)
}

extension ParseResult {
    /// The invocation of a line that must be understood.
    func invocation() throws -> Invocation {
        switch outcome {
        case .run(let invocation): return invocation
        case .refused(let refusal): throw Unexpected(text: DiagnosticRenderer().text(of: refusal, on: line))
        case .help, .version: throw Unexpected(text: "help or version")
        }
    }

    /// The diagnostics of a line that must be refused; none otherwise.
    var diagnostics: [Diagnostic] {
        if case .refused(let refusal) = outcome { refusal.diagnostics } else { [] }
    }

    var codes: [Diagnostic.Code] { diagnostics.map(\.code) }

    var help: HelpRequest? {
        if case .help(let request) = outcome { request } else { nil }
    }
}

struct Unexpected: Error, CustomStringConvertible {
    var text: String
    var description: String { text }
}
