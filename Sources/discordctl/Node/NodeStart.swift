import Arguments
import Node
import Operations

/// `discordctl node start`
enum NodeStart: Verb {
    static let config = Option<Path?>(
        "config", .file, "configuration file; $XDG_CONFIG_HOME/discordctl/node.yaml when it is there")
    static let backends = Option<[String: String]>.map(
        "backend", .keyValue(.string(charactersMax: 2_000).named("URL"), key: "ROLE"),
        "backend of a role, as log=sqlite:"
    ).discussion("In the file backends.ROLE, in the environment DISCORDCTL_BACKENDS_ROLE.")
    static let rates = Option<[String: String]>.map(
        "rate-limit", .keyValue(.string(charactersMax: 100).named("LIMIT"), key: "ACTION"),
        "what users may do in a time, as message=5/5s or message=off"
    ).discussion("In the file limits.ACTION, in the environment DISCORDCTL_LIMITS_ACTION.")
    static let check = Option.flag("check", "verify that the node could start, and end")
    static let detach = Option.flag(
        "detach", repetition: .once, "run in the background, with its log in the data directory")

    static let abilities: Abilities = [.dataDirectory]
    static let declaration = CommandDeclaration(
        "start", "Start a node on this machine.",
        discussion: """
            Without options it is a cluster of one: all services, embedded backends, listening on this machine only. \
            Options go before environment variables, those before the configuration file, and that before the \
            defaults.

            SIGTERM and Ctrl-C let clients leave and then stop the node; a second one stops it at once.
            """, tier: .reversible
    ) {
        config
        SettingOption.all.map(\.part)
        backends
        rates
        check
        detach
        Group(.conflicts, check, detach)
        Example("discordctl node start", "a node with everything, for this machine only")
        Example(
            "discordctl node start --detach --data-dir ./data --listen 127.0.0.1:9080", "another one, in the background"
        )
        Example("discordctl node start --config ./node.yaml --check", "see whether it would start")
        ExitCode.documented(
            .done, .refused, .usage, .notFound, .unreachable, .internalError, .system, .inputOutput, .tryAgain,
            .versionSkew, .configuration
        )
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        let configuration = try configuration(context)
        if context[detach] {
            let status = try await NodeDetachment.start(context, configuration)
            try context.console.result(StartReport(status).text(context))
            return .done
        }
        do throws(NodeError) {
            if context[check] {
                let lines = try await NodeRunner.check(configuration, environment: context.environment)
                for line in lines { show(SafeLine.text(line) + "\n", context.console) }
                return .done
            }
            try await NodeRunner.run(
                configuration, environment: context.environment, isTerminal: context.console.facts.errorIsTerminal
            ) { announcement in
                show(StartReport(announcement).text(context), context.console)
            }
            return .done
        } catch {
            throw CommandFailure(error)
        }
    }

    /// A node goes on when nobody reads what it says.
    private static func show(_ text: String, _ console: Console) {
        try? console.result(text)
    }

    private static func configuration(_ context: CommandContext) throws -> NodeConfiguration {
        var flags: [String: String] = [:]
        for option in SettingOption.all {
            if let text = option.typed(context.invocation) { flags[option.setting.key] = text }
        }
        if context.invocation.source(of: CommonOptions.dataDirectory) == .commandLine {
            flags["data-dir"] = context[CommonOptions.dataDirectory]
        }
        try add(backends, below: "backends.", calling: "a role", to: &flags, context)
        try add(rates, below: "limits.", calling: "an action", to: &flags, context)
        return try NodeSetup.configuration(flags: flags, environment: context.environment, file: try file(context))
    }

    /// Adds an option whose keys are the last parts of settings.
    private static func add(
        _ option: Option<[String: String]>, below prefix: String, calling kind: String,
        to flags: inout [String: String],
        _ context: CommandContext
    ) throws {
        for (name, text) in context[option] {
            guard let setting = Setting.named(prefix + name), setting.flag == nil else {
                let names = Setting.all.filter { $0.key.hasPrefix(prefix) && $0.flag == nil }.map {
                    $0.key.dropFirst(prefix.count)
                }
                throw UsageProblem(
                    option, "'\(SafeLine.text(name))' is not \(kind)",
                    hint: "one of: \(names.joined(separator: ", "))", in: context.words
                )
            }
            do throws(Setting.Mismatch) {
                _ = try setting.parse(text)
            } catch {
                throw UsageProblem(option, "\(name): \(error.message)", hint: error.hint, in: context.words)
            }
            flags[setting.key] = text
        }
    }

    private static func file(_ context: CommandContext) throws(CommandFailure) -> ConfigurationFile? {
        if let path = context[config] { return try NodeSetup.file(path) }
        guard let usual = context.paths.configurationFile else { return nil }
        do {
            return try NodeSetup.file(Path(bytes: Array(usual.utf8)))
        } catch  where error.exit == .notFound {
            return nil
        }
    }
}
