/// What someone may have meant. Nothing offered here is ever run.
struct Suggestions {
    let tool: ToolDeclaration

    /// `did you mean 'a', 'b' or 'c'?`, nil for none.
    static func didYouMean(_ candidates: [String]) -> String? {
        guard !candidates.isEmpty else { return nil }
        return "did you mean \(listed(candidates))?"
    }

    /// `'a', 'b' or 'c'`, at most three.
    static func listed(_ candidates: [String]) -> String {
        let quoted = candidates.prefix(3).map { "'" + SafeText.escaped($0) + "'" }
        guard quoted.count > 1, let last = quoted.last else { return quoted.joined() }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }

    /// For an option that the command has not.
    ///
    /// - Returns: a hint, and whether what was meant takes a value, which then is no operand.
    func forOption(_ name: String, in table: OptionTable) -> (hint: String?, takesValue: Bool) {
        let shown = table.long.filter { $0.value.isShown }
        let near = EditDistance.nearest(to: name, among: shown.keys)
        if let first = near.first, let match = shown[first] {
            return (Self.didYouMean(near.map { "--" + $0 }), match.option.takesValue)
        }
        if name.hasPrefix("no-"), let option = table.long[String(name.dropFirst(3))]?.option {
            return (
                "'--\(option.name)' \(option.isFlag ? "cannot be negated" : "takes a value and has no negation")", false
            )
        }
        let owners = tool.allCommands.compactMap { entry in
            entry.command.visibility == .hidden
                ? nil : entry.command.options.first { $0.allNames.contains(name) }.map { (entry.path, $0) }
        }
        guard let first = owners.first else { return (nil, false) }
        let paths = owners.map { $0.0.joined(separator: " ") }
        return ("'--\(name)' is an option of \(Self.listed(paths))", first.1.takesValue)
    }

    /// For a word where a subcommand of `parent` was due; `following` is the next operand, if any.
    func forCommand(_ word: String, in parent: CommandDeclaration, at path: [String], following: String?) -> [String] {
        let spell = { (names: [String]) in (path + names).joined(separator: " ") }
        let shown = parent.subcommands.filter { $0.visibility != .hidden }
        if let meant = tool.synonyms[word]?.filter({ name in shown.contains { $0.name == name } }), !meant.isEmpty {
            return meant.map { spell([$0]) }
        }
        let joined = word.split(separator: "-").map(String.init)
        if joined.count > 1, let found = tool.command(at: path + joined) { return [found.path.joined(separator: " ")] }
        if let following, let found = tool.command(at: path + [following, word]), found.path.count > path.count {
            return [found.path.joined(separator: " ")]
        }
        let near = EditDistance.nearest(to: word, among: shown.flatMap { [$0.name] + $0.aliases })
        if !near.isEmpty {
            var names: [String] = []
            for name in near.compactMap({ parent.subcommand($0)?.name }) where !names.contains(name) {
                names.append(name)
            }
            return names.map { spell([$0]) }
        }
        return tool.allCommands
            .filter { $0.path.last == word && $0.command.visibility != .hidden }
            .prefix(3).map { $0.path.joined(separator: " ") }
    }
}
