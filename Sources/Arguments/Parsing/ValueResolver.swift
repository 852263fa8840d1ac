/// Gives every declared option and operand its value, from the line, the environment, the layers or the default.
struct ValueResolver {
    private let reader: LineReader
    private let environment: [String: String]
    private let layers: [DefaultsLayer]
    private(set) var invocation: Invocation
    private(set) var errors: [Diagnostic] = []

    init(_ reader: LineReader, environment: [String: String], layers: [DefaultsLayer]) {
        self.reader = reader
        self.environment = environment
        self.layers = layers
        invocation = Invocation(path: reader.path, command: reader.command)
    }

    /// Whether the command is known, so that it can lack something.
    private var isComplete: Bool { !reader.isLost && !reader.command.needsSubcommand }

    mutating func resolve() {
        let occurrences = Dictionary(grouping: reader.occurrences, by: \.option.name)
        for option in reader.table.options { resolve(option, occurrences[option.name] ?? []) }
        // An option of a group of commands, typed before one of them, is none of that command's.
        let declared = Set(reader.table.options.map(\.name))
        for (_, strays) in occurrences.filter({ !declared.contains($0.key) }).sorted(by: { $0.key < $1.key }) {
            for stray in strays { rejectStray(stray) }
        }
        if !reader.isLost { bindOperands() }
        if isComplete { checkGroups(occurrences) }
    }

    // MARK: Options

    /// A value with its place on the line; no place when it came from elsewhere.
    private struct Read {
        var value: any Sendable
        var canonical: String
        var occurrence: Occurrence?
    }

    private mutating func resolve(_ option: OptionDeclaration, _ occurrences: [Occurrence]) {
        var source = ValueSource.default
        var reads: [Read] = []
        if !occurrences.isEmpty {
            source = .commandLine
            for occurrence in occurrences { reads += read(occurrence) }
            checkRepetition(of: option, reads)
        } else if let (variable, text) = environmentValue(of: option) {
            source = .environment(variable)
            reads = read([text], of: option, from: "environment \(variable)")
        } else if let layer = layers.first(where: { $0.values[option.name]?.isEmpty == false }) {
            source = .layer(layer.name)
            reads = read(layer.values[option.name] ?? [], of: option, from: layer.name)
        }
        if reads.isEmpty { reads += defaultRead(of: option) }
        let value = option.assemble(reads.map(\.value))
        if value == nil, source == .default, isComplete {
            errors.append(
                Diagnostic(.missingOption, "'\(option.spelling)' is required", expected: option.valueType?.expectation))
        }
        invocation.options[option.name] = Invocation.Bound(value: value, source: source)
    }

    private func defaultRead(of option: OptionDeclaration) -> [Read] {
        let adjusted = reader.command.adjustments.last { $0.option == option.name && $0.fallback != nil }
        guard let fallback = adjusted?.fallback else { return [] }
        return [Read(value: fallback, canonical: "", occurrence: nil)]
    }

    private func environmentValue(of option: OptionDeclaration) -> (variable: String, text: String)? {
        for binding in option.environment {
            if let text = environment[binding.name], !text.isEmpty { return (binding.name, binding.meaning ?? text) }
        }
        return nil
    }

    private mutating func read(_ occurrence: Occurrence) -> [Read] {
        switch occurrence.payload {
        case .flag(let value):
            return [Read(value: value, canonical: value ? "true" : "false", occurrence: occurrence)]
        case .word(let word):
            let parts =
                occurrence.option.splitsOnCommas ? CommaList.split(word) : [CommaList.Part(word: word, offset: 0)]
            return parts.compactMap { part in
                do throws(ValueProblem) {
                    let parsed = try parse(part.word, of: occurrence.option)
                    return Read(value: parsed.value, canonical: parsed.canonical, occurrence: occurrence)
                } catch {
                    var place = occurrence.valuePosition
                    let whole = parts.count == 1 ? place.length : part.word.display.count
                    let range = error.place ?? 0..<whole
                    place.character += part.offset + range.lowerBound
                    place.length = max(1, range.count)
                    report(error, of: occurrence.option, at: place, from: nil)
                    return nil
                }
            }
        }
    }

    private mutating func read(_ texts: [String], of option: OptionDeclaration, from source: String) -> [Read] {
        texts.flatMap { text -> [Read] in
            let words = option.splitsOnCommas ? CommaList.split(Word(text)).map(\.word) : [Word(text)]
            return words.compactMap { word in
                do throws(ValueProblem) {
                    let parsed = try parse(word, of: option)
                    return Read(value: parsed.value, canonical: parsed.canonical, occurrence: nil)
                } catch {
                    report(error, of: option, at: nil, from: source)
                    return nil
                }
            }
        }
    }

    private func parse(_ word: Word, of option: OptionDeclaration) throws(ValueProblem) -> AnyValueType.Parsed {
        guard let type = option.valueType else {
            // A flag in the environment or in a layer.
            switch try word.validText().lowercased() {
            case "true", "1", "yes", "on": return AnyValueType.Parsed(value: true, canonical: "true")
            case "false", "0", "no", "off": return AnyValueType.Parsed(value: false, canonical: "false")
            default: throw ValueProblem("\(SafeText.quoted(word.display)) is neither true nor false")
            }
        }
        let parsed = try type.parse(word)
        guard let accepted = acceptedSpellings(of: option), !accepted.contains(parsed.canonical) else { return parsed }
        let command = reader.path.joined(separator: " ")
        throw ValueProblem("\(SafeText.quoted(word.display)) is not available in '\(command)'")
    }

    private func acceptedSpellings(of option: OptionDeclaration) -> [String]? {
        reader.command.adjustments.last { $0.option == option.name && $0.accepts != nil }?.accepts
    }

    private mutating func report(
        _ problem: ValueProblem, of option: OptionDeclaration, at position: Position?, from source: String?
    ) {
        let message = option.isSecret ? "the value is not valid" : problem.message
        let accepted = acceptedSpellings(of: option).map { "one of " + $0.joined(separator: ", ") }
        errors.append(
            Diagnostic(
                .invalidValue, "\(option.spelling): \(message)" + (source.map { " (from \($0))" } ?? ""), at: position,
                expected: accepted ?? option.valueType?.expectation ?? "true or false",
                hint: option.isSecret ? nil : problem.hint))
    }

    private mutating func checkRepetition(of option: OptionDeclaration, _ reads: [Read]) {
        let key: (Read) -> String
        switch option.repetition {
        case .lastWins, .append, .count: return
        case .once: key = { _ in "" }
        case .map: key = { String($0.canonical.prefix { $0 != "=" }) }
        }
        var first: [String: Read] = [:]
        for read in reads {
            guard let earlier = first[key(read)] else {
                first[key(read)] = read
                continue
            }
            guard earlier.canonical != read.canonical else { continue }
            let subject = option.repetition == .map ? " for \(SafeText.quoted(key(read)))" : ""
            errors.append(
                Diagnostic(
                    .repeatedOption, "'\(option.spelling)' has two different values\(subject)",
                    at: read.occurrence?.valuePosition, related: earlier.occurrence?.valuePosition, hint: "give one"))
            return
        }
    }

    private mutating func rejectStray(_ stray: Occurrence) {
        guard !reader.isLost else { return }
        errors.append(
            Diagnostic(
                .unknownOption, "unknown option '\(stray.option.spelling)'", at: stray.position,
                hint: "it is no option of '\(reader.tool.line(reader.path))'"))
    }

    // MARK: Operands

    /// The operands in declared order, each with its words, and the words that none takes. An operand of varying number
    /// leaves to the later ones what they need.
    private var allocation: (taken: [(OperandDeclaration, ArraySlice<ReadOperand>)], left: ArraySlice<ReadOperand>) {
        let declared = reader.command.operands
        var taken: [(OperandDeclaration, ArraySlice<ReadOperand>)] = []
        var left = reader.operands[...]
        for (number, operand) in declared.enumerated() {
            let needed = declared.dropFirst(number + 1).reduce(0) { $0 + $1.countMin }
            let available = max(left.count - needed, min(left.count, operand.countMin))
            let words = left.prefix(min(available, operand.countMax ?? .max))
            taken.append((operand, words))
            left = left.dropFirst(words.count)
        }
        return (taken, left)
    }

    private mutating func bindOperands() {
        let (taken, left) = allocation
        for (operand, words) in taken {
            if words.count < operand.countMin, isComplete {
                errors.append(
                    Diagnostic(
                        .missingOperand, "\(operand.name) is missing", expected: operand.valueType.expectation,
                        hint: "usage: " + Synopsis(reader.tool).line(for: reader.command, at: reader.path)))
            }
            let values = words.compactMap { parse($0, as: operand) }
            invocation.operands[operand.name] = operand.assemble(values)
        }
        if let surplus = left.first, !surplus.isDoubtful {
            errors.append(
                Diagnostic(
                    .unexpectedOperand, "unexpected operand \(SafeText.quoted(surplus.word.display))",
                    at: Position(word: surplus.index, length: surplus.word.display.count),
                    hint: taken.isEmpty ? "the command takes no operands" : nil))
        }
    }

    private mutating func parse(_ operand: ReadOperand, as declaration: OperandDeclaration) -> (any Sendable)? {
        do throws(ValueProblem) {
            return try declaration.valueType.parse(operand.word).value
        } catch {
            guard !operand.isDoubtful else { return nil }
            let range = error.place ?? 0..<operand.word.display.count
            errors.append(
                Diagnostic(
                    .invalidValue, "\(declaration.name): \(error.message)",
                    at: Position(word: operand.index, character: range.lowerBound, length: range.count),
                    expected: declaration.valueType.expectation, hint: error.hint))
            return nil
        }
    }

    // MARK: Groups

    private mutating func checkGroups(_ occurrences: [String: [Occurrence]]) {
        // Rules against two things at once are about the line: a variable or a context is simply outranked.
        var typed: [ArgumentReference: Position] = [:]
        var given: Set<ArgumentReference> = []
        for (name, uses) in occurrences {
            // A plain flag that was switched off again counts as absent.
            guard let last = uses.last else { continue }
            if case .flag(false) = last.payload, !last.option.isNegatable { continue }
            typed[.option(name)] = last.position
        }
        for (name, bound) in invocation.options where bound.source != .default {
            if case .commandLine = bound.source, typed[.option(name)] == nil { continue }
            given.insert(.option(name))
        }
        for (operand, words) in allocation.taken {
            guard let first = words.first else { continue }
            typed[.operand(operand.name)] = Position(word: first.index, length: first.word.display.count)
            given.insert(.operand(operand.name))
        }
        for group in reader.tool.commonGroups + reader.command.groups {
            errors += GroupCheck(group: group, typed: typed, given: given).problems
        }
    }
}
