/// Someone wants to know, or has to be told, how a command is used.
package struct HelpRequest: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
        case short, full
        /// What the command and those below it do to a cluster.
        case impact
    }

    /// Canonical names; empty for the program.
    package var path: [String]
    package var form: Form
    /// 0 when help was wanted (standard output), 64 when a subcommand was missing (standard error).
    package var exitStatus: UInt8

    package init(path: [String], form: Form, exitStatus: UInt8 = 0) {
        self.path = path
        self.form = form
        self.exitStatus = exitStatus
    }
}

/// A line that was not understood. Exit status 64.
package struct Refusal: Hashable, Sendable {
    /// One to five, from left to right.
    package var diagnostics: [Diagnostic]
    /// How many more there were.
    package var omittedCount: Int
    /// The command as far as it was understood.
    package var path: [String]
}

/// What a line means.
package enum Outcome: Sendable {
    case run(Invocation)
    case help(HelpRequest)
    case version
    case refused(Refusal)
}

/// What came of a line.
package struct ParseResult: Sendable {
    package var outcome: Outcome
    /// For standard error, whatever the outcome: deprecated names, unknown variables.
    package var warnings: [Diagnostic]
    /// What could be read even of a refused line: common options are there, at least with their defaults. Use
    /// `value(of:)`, to choose the format of error messages or to find the context before parsing with its layer.
    package var partial: Invocation
    /// The line for `DiagnosticRenderer`.
    package var line: TypedLine
}

/// Turns words into a result by a declaration. A value without state: the same input gives the same result.
package struct Parser: Sendable {
    /// Errors reported of one line, and warnings.
    static let diagnosticsMax = 5

    package let tool: ToolDeclaration

    package init(_ tool: ToolDeclaration) {
        self.tool = tool
    }

    /// - Parameters:
    ///   - words: the raw arguments without the program's name.
    ///   - environment: all variables.
    ///   - layers: further values, the first that has one wins.
    ///   - knownVariables: names beginning with the tool's prefix that others read, such as the node's configuration;
    ///     an entry that ends in `*` stands for every name with that beginning.
    package func parse(
        _ words: [Word], environment: [String: String] = [:], layers: [DefaultsLayer] = [],
        knownVariables: [String] = []
    ) -> ParseResult {
        var reader = LineReader(tool, words)
        reader.read()
        var resolver = ValueResolver(reader, environment: environment, layers: layers)
        resolver.resolve()
        let warnings = reader.warnings + unknownVariables(in: environment, known: knownVariables)
        return ParseResult(
            outcome: outcome(of: reader, resolver),
            warnings: warnings,
            partial: resolver.invocation,
            line: TypedLine(program: tool.root.name, words: words, secrets: reader.secrets)
        )
    }

    private func outcome(of reader: LineReader, _ resolver: ValueResolver) -> Outcome {
        if let form = reader.helpForm {
            let wanted = reader.command.showsHelp ? helpTarget(reader)?.path : nil
            return .help(HelpRequest(path: wanted ?? reader.path, form: form, exitStatus: 0))
        }
        if reader.wantsVersion { return .version }
        if reader.words.isEmpty, reader.command.needsSubcommand {
            return .help(HelpRequest(path: [], form: .short, exitStatus: 0))
        }
        let isIncomplete = reader.command.needsSubcommand && !reader.isLost && reader.operands.isEmpty
        if isIncomplete, reader.errors.isEmpty {
            return .help(HelpRequest(path: reader.path, form: .short, exitStatus: ExitStatus.usage))
        }
        var errors = reader.errors + resolver.errors
        if reader.command.showsHelp, errors.isEmpty {
            if let target = helpTarget(reader) {
                let showsImpact = resolver.invocation.value(of: CommandDeclaration.impactFlag) ?? false
                return .help(HelpRequest(path: target.path, form: showsImpact ? .impact : .full, exitStatus: 0))
            }
            errors.append(unknownHelpTarget(reader))
        }
        guard !errors.isEmpty else { return .run(resolver.invocation) }
        // Sorting is stable by the original order for errors without a place, which stand last.
        let sorted = errors.enumerated().sorted { left, right in
            let a = left.element.position
            let b = right.element.position
            return (a?.word ?? .max, a?.character ?? 0, left.offset) < (
                b?.word ?? .max, b?.character ?? 0, right.offset
            )
        }
        let shown = sorted.prefix(Self.diagnosticsMax).map(\.element)
        return .refused(Refusal(diagnostics: shown, omittedCount: sorted.count - shown.count, path: reader.path))
    }

    private func helpTarget(_ reader: LineReader) -> (command: CommandDeclaration, path: [String])? {
        tool.command(at: reader.operands.map(\.word.display))
    }

    private func unknownHelpTarget(_ reader: LineReader) -> Diagnostic {
        var parent = tool.root
        var path: [String] = []
        for (number, operand) in reader.operands.enumerated() {
            let typed = operand.word.display
            if let next = parent.subcommand(typed) {
                parent = next
                path.append(next.name)
                continue
            }
            let following = reader.operands.dropFirst(number + 1).first?.word.text
            let candidates = Suggestions(tool: tool).forCommand(typed, in: parent, at: path, following: following)
            return Diagnostic(
                .unknownCommand, "unknown command \(SafeText.quoted((path + [typed]).joined(separator: " ")))",
                at: Position(word: operand.index, length: typed.count), hint: Suggestions.didYouMean(candidates))
        }
        preconditionFailure("asked only when a word leads nowhere")
    }

    /// A misspelt variable does nothing, silently: say so.
    private func unknownVariables(in environment: [String: String], known: [String]) -> [Diagnostic] {
        let own = environment.filter { $0.key.hasPrefix(tool.variablePrefix) && !$0.value.isEmpty }
        guard !own.isEmpty else { return [] }
        let names = tool.variableNames.union(known)
        let prefixes = known.filter { $0.hasSuffix("*") }.map { $0.dropLast() }
        let unknown = own.keys.sorted().filter { name in
            !names.contains(name) && !prefixes.contains { name.hasPrefix($0) }
        }
        return unknown.prefix(Self.diagnosticsMax).map { name in
            let near = EditDistance.nearest(to: name, among: names.filter { !$0.hasSuffix("*") })
            return Diagnostic(
                .unknownVariable, "unknown environment variable \(SafeText.quoted(name))",
                hint: Suggestions.didYouMean(near), severity: .warning)
        }
    }
}
