/// Makes help text of the declaration.
package struct HelpRenderer: Sendable {
    package let tool: ToolDeclaration
    /// Columns of the terminal.
    package let width: Int

    private static let examplesInShortHelp = 2

    package init(_ tool: ToolDeclaration, width: Int = 80) {
        self.tool = tool
        self.width = max(40, width)
    }

    /// The page of a command; an unknown path gives the page of the program.
    package func text(for request: HelpRequest) -> String {
        let (command, path) = tool.command(at: request.path) ?? (tool.root, [])
        if request.form == .impact { return impactTable(of: path) }
        let isFull = request.form == .full
        var sections: [[String]] = [
            TextLayout.wrapped("usage: " + Synopsis(tool).line(for: command, at: path), width: width),
            TextLayout.wrapped(command.summary, width: width),
        ]
        if isFull {
            sections += command.discussion.split(separator: "\n\n").map { TextLayout.wrapped(String($0), width: width) }
        }
        let examples = isFull ? command.examples[...] : command.examples.prefix(Self.examplesInShortHelp)
        sections.append(self.examples(examples))
        sections.append(titled("commands", subcommands(of: command)))
        sections.append(titled("operands", command.operands.map { ($0.synopsis, $0.summary) }))
        sections += options(of: command, at: path, isFull: isFull)
        if isFull { sections += details(of: command) }
        sections.append(closing(command, path: path, isFull: isFull))
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    /// The commands at and below a path, each with how much it can harm.
    package func impacts(of path: [String] = []) -> [(line: String, tier: Tier)] {
        tool.allCommands
            .filter { $0.path.starts(with: path) && !$0.command.needsSubcommand && $0.command.visibility != .hidden }
            .map { (tool.line($0.path), $0.command.tier) }
    }

    /// One line a command: its words, impact and tier.
    private func impactTable(of path: [String]) -> String {
        let rows = impacts(of: path)
        let width = rows.map { DisplayWidth.of($0.line) }.max() ?? 0
        let title = "COMMAND".padded(to: width) + "  IMPACT       TIER\n"
        return title
            + rows.map { row in
                row.line.padded(to: width) + "  " + row.tier.impact.rawValue.padded(to: 11) + "  \(row.tier.rawValue)\n"
            }.joined()
    }

    private func titled(_ title: String, _ rows: [(label: String, text: String)]) -> [String] {
        rows.isEmpty ? [] : [title + ":"] + TextLayout.table(rows, width: width)
    }

    private func examples(_ examples: ArraySlice<Example>) -> [String] {
        examples.isEmpty
            ? []
            : ["examples:"]
                + examples.flatMap { example in
                    ["  " + example.line] + TextLayout.wrapped(example.summary, width: width - 6).map { "      " + $0 }
                }
    }

    private func subcommands(of command: CommandDeclaration) -> [(label: String, text: String)] {
        command.subcommands.filter { $0.visibility == .shown }.map { ($0.name, $0.summary) }
    }

    // MARK: Options

    private func options(of command: CommandDeclaration, at path: [String], isFull: Bool) -> [[String]] {
        let isShown = { (option: OptionDeclaration) in
            option.visibility == .shown || (isFull && option.visibility == .advanced)
        }
        // What the command changes of a common option is worth a line of its own.
        let adjusted = Set(command.adjustments.map(\.option))
        let common = tool.common.filter { isShown($0) }
        let own =
            command.options.filter { isShown($0) }
            + (path.isEmpty ? common : common.filter { adjusted.contains($0.name) })
        var titles: [String] = []
        for option in own where !titles.contains(option.section ?? "options") {
            titles.append(option.section ?? "options")
        }
        var sections = titles.map { title in
            titled(
                title,
                own.filter { ($0.section ?? "options") == title }.map { option in
                    (label(of: option), description(of: option, in: command, isFull: isFull))
                })
        }
        if !path.isEmpty {
            sections.append(commonLine(common.filter { !adjusted.contains($0.name) }))
        }
        return sections
    }

    /// Options without a letter line up with the names of those that have one.
    private func label(of option: OptionDeclaration) -> String {
        (option.short == nil ? "    " : "") + option.synopsis
    }

    private func description(of option: OptionDeclaration, in command: CommandDeclaration, isFull: Bool) -> String {
        let adjustments = command.adjustments.filter { $0.option == option.name }
        var text = option.summary
        if let accepted = adjustments.compactMap(\.accepts).last { text += " (\(accepted.joined(separator: ", ")))" }
        if [.append, .map, .count].contains(option.repetition) { text += "; may be repeated" }
        if option.splitsOnCommas { text += " or separated by commas" }
        var notes: [String] = []
        if let fallback = adjustments.compactMap(\.defaultText).last ?? option.defaultText {
            notes.append("default \(fallback)")
        }
        if isFull {
            notes += option.environment.map { "env \($0.name)" }
            notes += option.aliases.map { "also --\($0)" }
            notes += option.negativeAliases.map { "--\($0) is --no-\(option.name)" }
        }
        text += notes.map { " " + TextLayout.unbroken("[\($0)]") }.joined()
        guard isFull else { return text }
        return option.discussion.isEmpty ? text : text + "\n" + option.discussion
    }

    /// One line, cut between names.
    private func commonLine(_ common: [OptionDeclaration]) -> [String] {
        let end = "see '\(tool.root.name) --help'"
        var line = "common options: "
        for option in common {
            let next = option.spelling + ", "
            guard DisplayWidth.of(line) + next.count + 5 + end.count <= width else {
                line += "..., "
                break
            }
            line += next
        }
        return TextLayout.wrapped(line + end, width: width)
    }

    // MARK: The rest of a full page

    private func details(of command: CommandDeclaration) -> [[String]] {
        var sections = [
            titled("output columns", command.columns.map { ($0.name, $0.summary + ($0.isWide ? " (wide)" : "")) }),
            titled("exit status", command.exitStatuses.map { (String($0.code), $0.summary) }),
        ]
        if !command.aliases.isEmpty { sections.append(["also known as: " + command.aliases.joined(separator: ", ")]) }
        if !command.needsSubcommand {
            let permissions =
                command.permissions.isEmpty ? "" : "; needs " + command.permissions.joined(separator: ", ")
            sections.append(
                TextLayout.wrapped(
                    "impact: \(command.impact.rawValue) (tier \(command.tier.rawValue))\(permissions)", width: width))
        }
        return sections
    }

    private func closing(_ command: CommandDeclaration, path: [String], isFull: Bool) -> [String] {
        if isFull {
            return command.seeAlso.isEmpty
                ? [] : TextLayout.wrapped("see also: " + command.seeAlso.joined(separator: ", "), width: width)
        }
        return ["'\(tool.line(path)) --help' says more."]
    }
}
