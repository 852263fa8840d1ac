import Arguments
import Node
import Operations

/// One line from its words to its exit status. Everything that the outside gives comes in as a value.
struct CommandLineRun: Sendable {
    private static let parser = Parser(Tool.declaration)

    var words: [Word]
    var environment: [String: String]
    var output: any TextSink
    var errors: any TextSink
    var facts: TerminalFacts

    /// - Throws: when the result cannot be written.
    func run() async throws(SinkFailure) -> ExitCode {
        if words.first == CompletionAnswer.word {
            let answer = CompletionAnswer(LocalPaths(environment: environment)).text(words.dropFirst())
            try output.write(answer)
            return .done
        }
        var environment = environment
        // `CLICOLOR_FORCE=0` means the same as leaving it out; the declaration knows only set and not set.
        if environment["CLICOLOR_FORCE"] == "0" { environment["CLICOLOR_FORCE"] = nil }
        let parsed = Self.parser.parse(words, environment: environment, knownVariables: Setting.all.map(\.variable))
        let console = console(parsed.partial)
        if !console.isQuiet {
            for warning in parsed.warnings { console.diagnostics([warning], on: parsed.line) }
        }
        switch parsed.outcome {
        case .version:
            try console.result(Version.line)
            return .done
        case .help(let request):
            let text = HelpRenderer(Tool.declaration, width: min(facts.width ?? 80, 120)).text(for: request)
            guard request.exitStatus != ExitCode.done.rawValue else {
                try console.result(text)
                return .done
            }
            console.put(text)
            return .usage
        case .refused(let refusal):
            let more = refusal.omittedCount > 0 ? "and \(refusal.omittedCount) more\n" : ""
            return refuse(refusal.diagnostics, parsed, refusal.path, console, more: more)
        case .run(let invocation):
            let context = CommandContext(
                invocation: invocation, console: console, environment: environment, words: words)
            return try await perform(context, parsed)
        }
    }

    private func perform(_ context: CommandContext, _ parsed: ParseResult) async throws(SinkFailure) -> ExitCode {
        var context = context
        let path = context.invocation.path
        guard let verb = Tool.verb(at: path) else {
            preconditionFailure("'\(path.joined(separator: " "))' is declared without a verb")
        }
        let unable = verb.abilities.refusals(of: context.invocation, in: words)
        guard unable.isEmpty else { return refuse(unable, parsed, path, context.console) }
        guard verb.abilities.contains(.node) else { return try await perform(verb, context, parsed) }
        do throws(CommandFailure) {
            context.selection = try NodeSelection(context.invocation, ContextStore(context.paths))
        } catch {
            context.console.error(error)
            return error.exit
        }
        if let layer = context.selection.layer {
            // What the context says stands behind the line and the environment, so the line is read once more.
            let again = Self.parser.parse(words, environment: context.environment, layers: [layer])
            switch again.outcome {
            case .run(let invocation):
                context.invocation = invocation
                context.console = console(invocation)
            case .refused(let refusal): return refuse(refusal.diagnostics, again, path, context.console)
            case .help, .version: break
            }
        }
        return try await perform(verb, context, parsed)
    }

    private func perform(_ verb: any Verb.Type, _ context: CommandContext, _ parsed: ParseResult)
        async throws(SinkFailure) -> ExitCode
    {
        do {
            return try await verb.run(context)
        } catch let error as SinkFailure {
            throw error
        } catch let error as UsageProblem {
            return refuse(error.diagnostics, parsed, context.invocation.path, context.console)
        } catch {
            let failure = Self.failure(error)
            context.console.error(failure)
            return failure.exit
        }
    }

    private static func failure(_ error: any Error) -> CommandFailure {
        switch error {
        case let error as CommandFailure: error
        case let error as AdminClientError: CommandFailure(error)
        case is CancellationError: CommandFailure(.interrupted, code: "interrupted", "interrupted")
        default:
            CommandFailure(
                .internalError, code: "internal", "an unforeseen failure: \(error)",
                hint: "please report it with the line that led to it"
            )
        }
    }

    private func refuse(
        _ diagnostics: [Diagnostic], _ parsed: ParseResult, _ path: [String], _ console: Console, more: String = ""
    ) -> ExitCode {
        let command = (["discordctl"] + path).joined(separator: " ")
        console.diagnostics(diagnostics, on: parsed.line, closing: more + "see '\(command) --help'\n")
        return .usage
    }

    /// The console that the line asks for, also when the line is refused.
    private func console(_ invocation: Invocation) -> Console {
        Console(
            output: output, errors: errors, facts: facts, format: invocation.value(of: CommonOptions.output) ?? .table,
            colour: invocation.value(of: CommonOptions.colour) ?? .auto,
            terminalHasColour: environment["TERM"] != "dumb",
            isQuiet: invocation.value(of: CommonOptions.quiet) ?? false,
            verbosity: invocation.value(of: CommonOptions.verbose) ?? 0
        )
    }
}
