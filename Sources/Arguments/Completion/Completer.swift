/// Completes words by the declaration alone, without asking anybody.
package struct Completer: Sendable {
    /// Beyond these nobody reads.
    package static let candidatesMax = 200

    private let tool: ToolDeclaration
    private let honours: @Sendable (_ path: [String], OptionDeclaration) -> Bool
    private let known: @Sendable (ValueKind) -> [Completion.Candidate]

    /// - Parameters:
    ///   - honours: whether the command at a path can honour a common option; others are not offered.
    ///   - known: values of a kind that are known on this machine, as names of contexts; it must not take time.
    package init(
        _ tool: ToolDeclaration, honours: @escaping @Sendable ([String], OptionDeclaration) -> Bool,
        known: @escaping @Sendable (ValueKind) -> [Completion.Candidate]
    ) {
        self.tool = tool
        self.honours = honours
        self.known = known
    }

    /// - Parameters:
    ///   - words: what stands before the word, without the program's name.
    ///   - current: the word up to the cursor.
    package func completion(of current: String, after words: [Word]) -> Completion {
        var reader = LineReader(tool, words)
        reader.read()
        guard !reader.isLost else { return Completion() }
        if let option = reader.pendingOption { return value(of: option, in: reader, prefix: "", typed: current[...]) }
        guard !reader.isPastOptions, current.hasPrefix("-") else { return operand(current, reader) }
        return current.hasPrefix("--") || current == "-" ? long(current, reader) : short(current, reader)
    }

    // MARK: Options

    private func long(_ current: String, _ reader: LineReader) -> Completion {
        guard let equals = current.firstIndex(of: "=") else { return names(current, reader) }
        let name = current[..<equals].dropFirst(2)
        guard let spelling = reader.table.long[String(name)], !spelling.isNegative else { return Completion() }
        return value(
            of: spelling.option, in: reader, prefix: String(current[...equals]),
            typed: current[current.index(after: equals)...])
    }

    /// A value behind its letter, as in `-ojson`, perhaps behind letters of flags.
    private func short(_ current: String, _ reader: LineReader) -> Completion {
        for (offset, letter) in current.enumerated().dropFirst() {
            guard let option = reader.table.short[letter] else { return Completion() }
            guard !option.isFlag else { continue }
            let rest = current.dropFirst(offset + 1)
            let value = rest.hasPrefix("=") ? rest.dropFirst() : rest
            return self.value(
                of: option, in: reader, prefix: String(current.prefix(current.count - value.count)), typed: value)
        }
        return Completion()
    }

    private func names(_ current: String, _ reader: LineReader) -> Completion {
        let used = Set(reader.occurrences.map(\.option.name))
        let common = Set(tool.common.map(\.name))
        let offered = reader.table.options.filter { option in
            let isRepeated = [.append, .map, .count].contains(option.repetition)
            return option.visibility == .shown && (isRepeated || !used.contains(option.name))
                && (!common.contains(option.name) || honours(reader.path, option))
        }
        let candidates = offered.map { option in
            let isNegative = option.isNegatable && (option.defaultText != nil || current.hasPrefix("--no-"))
            return Completion.Candidate((isNegative ? "--no-" : "--") + option.name, option.summary)
        }
        return filtered(candidates, by: current)
    }

    private func value(
        of option: OptionDeclaration, in reader: LineReader, prefix: String, typed: Substring
    ) -> Completion {
        guard let type = option.valueType else {
            return filtered([.init(prefix + "true"), .init(prefix + "false")], by: prefix + typed)
        }
        let accepted = reader.command.adjustments.last { $0.option == option.name && $0.accepts != nil }?.accepts
        let kind = accepted.map { ValueKind.choice($0) } ?? type.kind
        guard option.splitsOnCommas else { return values(of: kind, prefix: prefix, typed: typed) }
        // Behind a comma comes another one, which does not stand there yet.
        let comma = typed.lastIndex(of: ",")
        let before = comma.map { typed[...$0] } ?? ""
        let taken = Set(before.split(separator: ",").map(String.init))
        var completion = values(of: kind, prefix: prefix + before, typed: typed.dropFirst(before.count))
        completion.candidates.removeAll { taken.contains(String($0.word.dropFirst(prefix.count + before.count))) }
        completion.isOpen = true
        return completion
    }

    // MARK: Commands and operands

    private func operand(_ current: String, _ reader: LineReader) -> Completion {
        let command = reader.command
        if !reader.isPastOptions, reader.operands.isEmpty, !command.subcommands.isEmpty {
            let names = subcommands(of: command, current)
            if !names.candidates.isEmpty || command.operands.isEmpty { return names }
        }
        if command.showsHelp {
            let path = reader.operands.map(\.word.display)
            return tool.command(at: path).map { subcommands(of: $0.command, current) } ?? Completion()
        }
        var number = reader.operands.count
        for operand in command.operands {
            guard let countMax = operand.countMax, number >= countMax else {
                return values(of: operand.valueType.kind, prefix: "", typed: current[...])
            }
            number -= countMax
        }
        return Completion()
    }

    private func subcommands(of command: CommandDeclaration, _ current: String) -> Completion {
        let shown = command.subcommands.filter { $0.visibility == .shown }
        return filtered(shown.map { .init($0.name, $0.summary) }, by: current)
    }

    // MARK: Values

    private func values(of kind: ValueKind, prefix: String, typed: Substring) -> Completion {
        var completion = Completion(prefix: prefix)
        switch kind {
        case .choice(let words): completion.candidates = words.map { .init(prefix + $0) }
        case .file: completion.paths = .files
        case .directory: completion.paths = .directories
        case .either(let first, let second):
            completion = values(of: first, prefix: prefix, typed: typed)
            let other = values(of: second, prefix: prefix, typed: typed)
            completion.candidates += other.candidates
            completion.paths = completion.paths ?? other.paths
        default: completion.candidates = known(kind).map { .init(prefix + $0.word, $0.summary) }
        }
        completion.candidates = filtered(completion.candidates, by: prefix + typed).candidates
        return completion
    }

    private func filtered(_ candidates: [Completion.Candidate], by typed: String) -> Completion {
        Completion(candidates: Array(candidates.filter { $0.word.hasPrefix(typed) }.prefix(Self.candidatesMax)))
    }
}
