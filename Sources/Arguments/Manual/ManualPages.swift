/// Makes the manual page of each command from the declaration.
package struct ManualPages: Sendable {
    private let tool: ToolDeclaration
    private let date: String
    private let generator: String
    private let files: [(path: String, summary: String)]
    private let references: [String]
    private let honours: @Sendable (_ path: [String], OptionDeclaration) -> Bool

    /// - Parameters:
    ///   - date: `November 26, 2026`: that of the sources, so that pages of the same sources are the same.
    ///   - generator: the line that makes all pages, for their first line.
    ///   - files: what the program reads and writes, for the program's own page.
    ///   - references: further pages, as `discordctl 5`.
    ///   - honours: whether the command at a path can honour a common option.
    package init(
        _ tool: ToolDeclaration, date: String, generator: String, files: [(path: String, summary: String)],
        references: [String], honours: @escaping @Sendable ([String], OptionDeclaration) -> Bool
    ) {
        self.tool = tool
        self.date = date
        self.generator = generator
        self.files = files
        self.references = references
        self.honours = honours
    }

    /// The commands that have a page.
    package var paths: [[String]] {
        tool.allCommands.filter { $0.command.visibility != .hidden }.map(\.path)
    }

    /// `discordctl-node-start`
    package func name(of path: [String]) -> String { ([tool.root.name] + path).joined(separator: "-") }

    /// The page of the command at a path; of the program when there is none.
    package func page(of path: [String]) -> String {
        let (command, path) = tool.command(at: path) ?? (tool.root, [])
        var page = ManualText(
            title: name(of: path), section: 1, date: date, summary: Self.lowered(command.summary), generator: generator)
        page.heading("SYNOPSIS")
        synopsis(of: command, at: path, in: &page)
        page.heading("DESCRIPTION")
        page.paragraphs(command.summary, isFirst: true)
        page.paragraphs(command.discussion, isFirst: false)
        arguments(of: command, at: path, in: &page)
        variables(of: command, at: path, in: &page)
        if path.isEmpty { listed("FILES", files.map { ("Pa " + ManualText.argument($0.path), $0.summary) }, in: &page) }
        listed("EXIT STATUS", command.exitStatuses.map { (String($0.code), Self.sentence($0.summary)) }, in: &page)
        examples(of: command, in: &page)
        seeAlso(of: command, at: path, in: &page)
        return page.text
    }

    // MARK: Parts

    private func synopsis(of command: CommandDeclaration, at path: [String], in page: inout ManualText) {
        page.macro("Nm " + ManualText.argument(tool.line(path)))
        for option in command.options where option.isRequired && option.visibility == .shown {
            page.macro(Self.spelled(option))
        }
        page.macro("Op Ar options")
        if command.needsSubcommand { page.macro("Ar command") }
        for operand in command.operands {
            let words = "Ar " + ManualText.argument(operand.name) + (operand.countMax == 1 ? "" : " ...")
            page.macro(operand.countMin == 0 ? "Op " + words : words)
        }
    }

    private func arguments(of command: CommandDeclaration, at path: [String], in page: inout ManualText) {
        let subcommands = command.subcommands.filter { $0.visibility == .shown }
        if !subcommands.isEmpty {
            page.subheading("Commands")
            page.list(
                subcommands.map { sub in
                    ("Xr " + name(of: path + [sub.name]) + " 1", sub.summary)
                })
        }
        if !command.operands.isEmpty {
            page.subheading("Operands")
            page.list(
                command.operands.map { operand in
                    (
                        "Ar " + ManualText.argument(operand.name),
                        Self.sentence(operand.summary) + " Expected: " + operand.valueType.expectation + "."
                    )
                })
        }
        options(of: command, at: path, in: &page)
        if !command.columns.isEmpty {
            page.subheading("Columns")
            page.list(
                command.columns.map { column in
                    (
                        ManualText.argument(column.name),
                        Self.sentence(column.summary + (column.isWide ? ", with --output wide" : ""))
                    )
                })
        }
        guard !command.needsSubcommand else { return }
        page.subheading("Impact")
        let needed = command.permissions.isEmpty ? "" : "; needs " + command.permissions.joined(separator: ", ")
        page.sentences("\(command.impact.rawValue) (tier \(command.tier.rawValue))\(needed).")
        if !command.aliases.isEmpty {
            page.macro("Pp")
            page.sentences("Also known as: \(command.aliases.joined(separator: ", ")).")
        }
    }

    private func options(of command: CommandDeclaration, at path: [String], in page: inout ManualText) {
        let adjusted = Set(command.adjustments.map(\.option))
        let common = tool.common.filter { $0.visibility != .hidden && (path.isEmpty || honours(path, $0)) }
        let own =
            command.options.filter { $0.visibility != .hidden }
            + (path.isEmpty ? common : common.filter { adjusted.contains($0.name) })
        if !own.isEmpty {
            page.subheading(path.isEmpty ? "Options of all commands that can honour them" : "Options")
            page.list(own.map { (Self.term(of: $0), words(about: $0, in: command)) })
        }
        let others = common.filter { !adjusted.contains($0.name) }
        guard !path.isEmpty, !command.needsSubcommand, !others.isEmpty else { return }
        page.macro("Pp")
        page.sentences(
            "It also takes \(others.map(\.spelling).joined(separator: ", ")), which are explained in \(tool.root.name)(1)."
        )
    }

    private func words(about option: OptionDeclaration, in command: CommandDeclaration) -> String {
        let adjustments = command.adjustments.filter { $0.option == option.name }
        var text = Self.sentence(option.summary)
        if let accepted = adjustments.compactMap(\.accepts).last {
            text += " One of \(accepted.joined(separator: ", "))."
        } else if let type = option.valueType {
            text += " Expected: \(type.expectation)."
        }
        if let fallback = adjustments.compactMap(\.defaultText).last ?? option.defaultText {
            text += " The default is \(fallback)."
        }
        if [.append, .map, .count].contains(option.repetition) { text += " It may be repeated." }
        if option.splitsOnCommas { text += " Several may stand in one, separated by commas." }
        if !option.environment.isEmpty {
            text += " In the environment: \(option.environment.map(\.name).joined(separator: ", "))."
        }
        for alias in option.aliases { text += " Also --\(alias)." }
        for alias in option.negativeAliases { text += " --\(alias) is --no-\(option.name)." }
        return option.discussion.isEmpty ? text : text + " " + option.discussion
    }

    private func variables(of command: CommandDeclaration, at path: [String], in page: inout ManualText) {
        let options = (path.isEmpty ? tool.common : []) + command.options
        var items = options.flatMap { option in
            option.environment.map { binding in
                (
                    "Ev " + binding.name,
                    binding.meaning.map { "When it is not empty, it means \(option.spelling)=\($0)." }
                        ?? "The value of \(option.spelling) where the line has none."
                )
            }
        }
        if path.isEmpty { items += tool.variables.map { ("Ev " + $0.name, Self.sentence($0.summary)) } }
        listed("ENVIRONMENT", items, in: &page)
    }

    private func examples(of command: CommandDeclaration, in page: inout ManualText) {
        guard !command.examples.isEmpty else { return }
        page.heading("EXAMPLES")
        for (number, example) in command.examples.enumerated() {
            page.paragraphs(Self.raised(example.summary) + ":", isFirst: number == 0)
            page.literal([example.line])
        }
    }

    /// Sorted by section and name, as manuals are.
    private func seeAlso(of command: CommandDeclaration, at path: [String], in page: inout ManualText) {
        var pages = command.seeAlso.map { $0.split(whereSeparator: { "()".contains($0) }).joined(separator: " ") }
        for length in 0..<path.count { pages.append(name(of: Array(path.prefix(length))) + " 1") }
        pages += path.isEmpty ? references : []
        guard !pages.isEmpty else { return }
        page.heading("SEE ALSO")
        let sorted = Set(pages).sorted { left, right in
            (left.suffix(1), left[...]) < (right.suffix(1), right[...])
        }
        for (number, reference) in sorted.enumerated() {
            page.macro("Xr " + reference + (number == sorted.count - 1 ? "" : " ,"))
        }
    }

    private func listed(_ heading: String, _ items: [(term: String, words: String)], in page: inout ManualText) {
        guard !items.isEmpty else { return }
        page.heading(heading)
        page.list(items)
    }

    // MARK: Words

    private static func term(of option: OptionDeclaration) -> String {
        (option.short.map { "Fl \($0) , " } ?? "") + spelled(option)
    }

    private static func spelled(_ option: OptionDeclaration) -> String {
        let name = "Fl " + ManualText.typed("-" + (option.isNegatable ? "[no-]" : "") + option.name)
        let value = ManualText.argument(option.valueType?.placeholder ?? "")
        return switch option.form {
        case .flag: name
        case .value: name + " Ar " + value
        case .optionalValue: name + " Ns Oo = Ns Ar " + value + " Oc"
        }
    }

    /// `Start a node.` as it stands behind a name: `start a node`.
    private static func lowered(_ summary: String) -> String {
        let words = summary.hasSuffix(".") ? String(summary.dropLast()) : summary
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    private static func raised(_ summary: String) -> String { summary.prefix(1).uppercased() + summary.dropFirst() }

    /// A summary without a full stop as a sentence.
    private static func sentence(_ summary: String) -> String {
        raised(summary) + (summary.hasSuffix(".") ? "" : ".")
    }
}
