import Arguments
import Operations

enum OutputFormat: String, CaseIterable, Sendable {
    case table, wide, json, jsonl, yaml, name
}

enum ColourMode: String, CaseIterable, Sendable {
    case auto, always, never
}

/// Rows at most.
enum RowLimit: Hashable, Sendable {
    case rows(Int)
    case all

    var count: Int? {
        switch self {
        case .rows(let count): count
        case .all: nil
        }
    }
}

/// A column and a direction.
struct SortOrder: Hashable, Sendable {
    var column: String
    var isDescending: Bool
}

/// The options that every command parses alike. A command refuses those that it cannot honour: see ``Abilities``.
enum CommonOptions {
    static let context = Option("context", short: "c", .contextName, "the context of the cluster to talk to")
        .environment("DISCORDCTL_CONTEXT").section("node options")
    static let endpoints = Option<[AdminEndpoint]>.list(
        "endpoint", .endpoint, "where the node is; of several the first that answers"
    ).environment("DISCORDCTL_ENDPOINT").section("node options")
    static let socket = Option("socket", .pathText.named("PATH"), "admin socket of the node to talk to")
        .environment("DISCORDCTL_ADMIN_SOCKET").section("node options")
    static let dataDirectory = Option(
        "data-dir", .pathText.named("DIR"),
        "data directory of the node: where 'node start' keeps it, and how other commands find it"
    )
    .environment("DISCORDCTL_DATA_DIR").section("node options")
    static let requestTimeout = Option(
        "request-timeout", .duration(.milliseconds(100) ... .seconds(3_600)), default: .seconds(10),
        "how long one request may take, not the whole operation"
    ).environment("DISCORDCTL_REQUEST_TIMEOUT").section("node options")

    static let output = Option(
        "output", short: "o", .choice(of: OutputFormat.self, placeholder: "FMT"), default: .table,
        repetition: .lastWins,
        "format of the result"
    ).environment("DISCORDCTL_OUTPUT").section("output options")
    static let columns = Option<[String]>.list(
        "columns", .columnName, commas: true, "columns of the table, in this order"
    )
    .section("output options")
    static let sortBy = Option("sort-by", .sortOrder, repetition: .lastWins, "order of the rows that were fetched")
        .section("output options")
    static let headers = Option.flag("headers", negatable: true, default: true, "show the names of the columns")
        .section("output options")
    static let limit = Option(
        "limit", short: "L", .rowLimit, default: .rows(100), repetition: .lastWins, "rows at most"
    ).section("output options")
    static let colour = Option.optionalValue(
        "color", .choice(of: ColourMode.self), bare: .always, default: .auto, "colour, where the terminal has it"
    ).environment(VariableBinding("NO_COLOR", meaning: "never"), VariableBinding("CLICOLOR_FORCE", meaning: "always"))
        .section("output options")

    static let quiet = Option.flag("quiet", short: "q", "say less on standard error; the result stays the same")
    static let verbose = Option.counter("verbose", short: "v", "say more on standard error")
    static let yes = Option.flag("yes", short: "y", repetition: .once, "answer yes beforehand")
    static let confirm = Option(
        "confirm", .string(charactersMax: 100).named("NAME"),
        "answer beforehand by naming what is meant; in a protected context the only answer that counts")
    static let noInput = Option.flag("no-input", "never ask").environment("DISCORDCTL_NO_INPUT")
    static let reason = Option("reason", .string(charactersMax: 500), "why, for the audit log")

    static let all = parts {
        context
        endpoints
        socket
        dataDirectory
        requestTimeout
        output
        columns
        sortBy
        headers
        limit
        colour
        quiet
        verbose
        yes
        confirm
        noInput
        reason
        Group(.atMostOne, context, endpoints, socket, dataDirectory)
    }
}

/// Which of the common options a command can honour, beyond those about talk and colour, which all can.
struct Abilities: OptionSet, Sendable {
    let rawValue: Int

    /// It talks to a node: `--context`, `--endpoint`, `--socket`, `--request-timeout`.
    static let node = Abilities(rawValue: 1)
    /// It belongs to a data directory: `--data-dir`.
    static let dataDirectory = Abilities(rawValue: 2)
    /// It has a result in several formats: `--output`.
    static let formats = Abilities(rawValue: 4)
    /// Its result is a table: `--columns`, `--headers`.
    static let table = Abilities(rawValue: 8)
    /// The table can have any number of rows: `--sort-by`.
    static let sorting = Abilities(rawValue: 16)
    /// It lists up to a number of rows: `--limit`.
    static let limit = Abilities(rawValue: 32)
    /// It asks before it acts: `--yes`, `--confirm`, `--no-input`.
    static let prompt = Abilities(rawValue: 64)
    /// It takes `--reason`.
    static let reason = Abilities(rawValue: 128)
    /// It takes `--endpoint`, without talking to one node.
    static let endpoints = Abilities(rawValue: 256)
    /// It takes `--request-timeout`, without talking to one node.
    static let requestTimeout = Abilities(rawValue: 512)

    /// A command that talks to a node and shows one thing.
    static let single: Abilities = [.node, .dataDirectory, .formats, .table]
    /// A command that talks to a node and shows a list.
    static let list: Abilities = [.single, .sorting, .limit]

    private struct Need: Sendable {
        /// Any of these is enough.
        var abilities: Abilities
        var option: OptionDeclaration
        var isTyped: @Sendable (Invocation) -> Bool

        init<Value>(_ abilities: Abilities, _ option: Option<Value>) {
            self.abilities = abilities
            self.option = option.declaration
            isTyped = { $0.source(of: option) == .commandLine }
        }
    }

    private static let needs = [
        Need(.node, CommonOptions.context), Need([.node, .endpoints], CommonOptions.endpoints),
        Need(.node, CommonOptions.socket), Need([.node, .requestTimeout], CommonOptions.requestTimeout),
        Need(.dataDirectory, CommonOptions.dataDirectory), Need(.formats, CommonOptions.output),
        Need(.table, CommonOptions.columns), Need(.table, CommonOptions.headers), Need(.sorting, CommonOptions.sortBy),
        Need(.limit, CommonOptions.limit), Need(.prompt, CommonOptions.yes), Need(.prompt, CommonOptions.noInput),
        Need(.prompt, CommonOptions.confirm),
        Need(.reason, CommonOptions.reason),
    ]

    /// Whether a command of these abilities can honour the option; those that it declares itself it can.
    func honours(_ option: OptionDeclaration) -> Bool {
        Self.needs.allSatisfy { $0.option.name != option.name || !isDisjoint(with: $0.abilities) }
    }

    /// A diagnostic for each typed option that the command would have to ignore.
    func refusals(of invocation: Invocation, in words: [Word]) -> [Diagnostic] {
        let command = invocation.path.joined(separator: " ")
        return Self.needs.filter { isDisjoint(with: $0.abilities) && $0.isTyped(invocation) }.map { need in
            Diagnostic(
                .unknownOption, "'\(need.option.spelling)' means nothing to '\(command)'",
                at: WordPlace.position(of: need.option, in: words), hint: "leave it out"
            )
        }
    }
}
