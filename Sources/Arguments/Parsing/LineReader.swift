/// Goes once over the words and sorts them into command, options and operands. Knows spellings, not values.
///
/// Reading never stops at an error: `--help` may stand later, and other errors are reported too.
struct LineReader {
    let tool: ToolDeclaration
    let words: [Word]
    private let suggestions: Suggestions

    private(set) var command: CommandDeclaration
    private(set) var path: [String] = []
    /// A word stood where a subcommand was due and was none: nothing after it can be judged.
    private(set) var isLost = false
    private(set) var table: OptionTable
    private(set) var occurrences: [Occurrence] = []
    private(set) var operands: [ReadOperand] = []
    private(set) var errors: [Diagnostic] = []
    private(set) var warnings: [Diagnostic] = []
    private(set) var helpForm: HelpRequest.Form?
    private(set) var wantsVersion = false
    /// Places that must not be shown again.
    private(set) var secrets: [Position] = []

    private var index = 0
    /// `--` or the first operand of a command that stops there has been read.
    private(set) var isPastOptions = false
    /// The last word is an option that needs a value.
    private(set) var pendingOption: OptionDeclaration?
    /// Index of the word that may be the value of an unknown option.
    private var doubtfulIndex: Int?
    private var warnedNames: Set<String> = []

    init(_ tool: ToolDeclaration, _ words: [Word]) {
        self.tool = tool
        self.words = words
        suggestions = Suggestions(tool: tool)
        command = tool.root
        table = OptionTable(tool.common + tool.root.options)
    }

    mutating func read() {
        while index < words.count {
            let word = words[index]
            if isPastOptions {
                readOperand(word, mayBeCommand: false)
            } else if word.isOperand {
                readOperand(word, mayBeCommand: true)
            } else if word == "--" {
                isPastOptions = true
            } else if word.bytes.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
                readLong(word)
            } else {
                readShort(word)
            }
            index += 1
        }
    }

    // MARK: Commands and operands

    private mutating func readOperand(_ word: Word, mayBeCommand: Bool) {
        let isDoubtful = doubtfulIndex == index
        if mayBeCommand, operands.isEmpty, !isLost, !command.subcommands.isEmpty {
            if let text = word.text, let next = command.subcommand(text) { return enter(next, typed: text) }
            if command.operands.isEmpty {
                // `--foo bar node list`: bar was --foo's value, had there been such an option.
                if !isDoubtful { reportUnknownCommand(word) }
                return
            }
        }
        guard !isLost else { return }
        operands.append(ReadOperand(word: word, index: index, isDoubtful: isDoubtful))
        if command.stopsAtFirstOperand { isPastOptions = true }
    }

    private mutating func enter(_ next: CommandDeclaration, typed: String) {
        if let old = next.deprecatedNames.first(where: { $0.name == typed }) {
            warnDeprecated(
                tool.line(path + [typed]), old, use: tool.line(path + [next.name]),
                at: Position(word: index, length: typed.count))
        }
        command = next
        path.append(next.name)
        table = OptionTable(tool.common)
        table.add(next.options)
    }

    private mutating func reportUnknownCommand(_ word: Word) {
        isLost = true
        let following = words.dropFirst(index + 1).first { $0.isOperand }?.text
        let typed = word.display
        let candidates = suggestions.forCommand(typed, in: command, at: path, following: following)
        let shown = (path + [typed]).joined(separator: " ")
        errors.append(
            Diagnostic(
                .unknownCommand, "unknown command \(SafeText.quoted(shown))",
                at: Position(word: index, length: typed.count), hint: Suggestions.didYouMean(candidates)))
    }

    // MARK: Long options

    private mutating func readLong(_ word: Word) {
        let equals = word.bytes.firstIndex(of: UInt8(ascii: "="))
        let spelled = Word(bytes: Array(word.bytes[..<(equals ?? word.bytes.endIndex)]))
        guard let text = spelled.text else { return reportInvalidText(word) }
        let attached = equals.map { Attached(word: word.dropping(bytes: $0 + 1), character: text.count + 1) }
        let name = String(text.dropFirst(2))
        let position = Position(word: index, length: text.count)
        guard let spelling = table.long[name] else {
            return reportUnknownOption(text, name: name, at: position, attached: attached)
        }
        if let old = spelling.deprecation {
            warnDeprecated(text, old, use: spelling.option.spelling, at: position)
        }
        use(spelling.option, typed: text, isNegative: spelling.isNegative, at: position, attached: attached)
    }

    /// A value in the same word as its option.
    private struct Attached {
        var word: Word
        /// Characters of the whole word before the value.
        var character: Int
    }

    private mutating func reportUnknownOption(_ text: String, name: String, at position: Position, attached: Attached?)
    {
        // Only errors that will be shown are worth the search.
        let isShown = !isLost && errors.count < Parser.diagnosticsMax
        let (hint, takesValue) = isShown ? suggestions.forOption(name, in: table) : (nil, false)
        if Credentials.suggestsSecret(optionNamed: name) {
            if let attached {
                secrets.append(place(of: attached))
            } else if index + 1 < words.count, words[index + 1].isOperand {
                secrets.append(Position(word: index + 1, length: words[index + 1].display.count))
            }
        }
        if !isLost {
            errors.append(
                Diagnostic(.unknownOption, "unknown option \(SafeText.quoted(text))", at: position, hint: hint))
        }
        guard attached == nil, index + 1 < words.count, words[index + 1].isOperand else { return }
        // What follows belongs to the option that was meant, if that one takes a value; otherwise it may or may not.
        if takesValue { index += 1 } else { doubtfulIndex = index + 1 }
    }

    private func place(of attached: Attached) -> Position {
        Position(word: index, character: attached.character, length: attached.word.display.count)
    }

    // MARK: Short options

    private mutating func readShort(_ word: Word) {
        // Letters are read up to the first invalid byte: what follows may be the bytes of a path.
        let validBytes = word.firstInvalidByte ?? word.bytes.count
        let letters = Array(String(decoding: word.bytes.prefix(validBytes), as: UTF8.self).dropFirst())
        let long = String(letters.prefix { $0 != "=" })
        if long.count > 1, let meant = table.long[long] {
            let end = long.count + 1
            errors.append(
                Diagnostic(
                    .singleDash, "\(SafeText.quoted("-" + long)) has a single dash",
                    at: Position(word: index, length: end), hint: "did you mean '--\(long)'?"))
            let hasNext = index + 1 < words.count && words[index + 1].isOperand
            if long.count == letters.count, meant.option.takesValue, hasNext { index += 1 }
            return
        }
        var bundle: [(option: OptionDeclaration, character: Int)] = []
        var bytes = 1
        for (offset, letter) in letters.enumerated() {
            guard let option = table.short[letter] else { return reportUnknownLetter(letter, at: offset + 1, in: word) }
            bundle.append((option, offset + 1))
            bytes += letter.utf8.count
            let isValueNext = offset + 1 < letters.count && letters[offset + 1] == "="
            if isValueNext || !option.isFlag {
                var rest: Attached? = Attached(word: word.dropping(bytes: bytes), character: offset + 2)
                if isValueNext {
                    rest = Attached(word: word.dropping(bytes: bytes + 1), character: offset + 3)
                } else if rest?.word.bytes.isEmpty == true {
                    rest = nil
                }
                return use(bundle, attached: rest)
            }
        }
        guard validBytes == word.bytes.count else { return reportInvalidText(word) }
        use(bundle, attached: nil)
    }

    private mutating func use(_ bundle: [(option: OptionDeclaration, character: Int)], attached: Attached?) {
        let start = index
        for (number, item) in bundle.enumerated() {
            let position = Position(
                word: start, character: bundle.count == 1 ? 0 : item.character, length: bundle.count == 1 ? 2 : 1)
            let isLast = number == bundle.count - 1
            let letter = item.option.short.map { "-\($0)" } ?? item.option.spelling
            use(item.option, typed: letter, isNegative: false, at: position, attached: isLast ? attached : nil)
        }
    }

    private mutating func reportUnknownLetter(_ letter: Character, at character: Int, in word: Word) {
        guard !isLost else { return }
        let isAlone = word.display.count == 2
        let swapped = Character(letter.isUppercase ? letter.lowercased() : String(letter.uppercased().prefix(1)))
        var hint = table.short[swapped] == nil ? nil : "did you mean '-\(swapped)'?"
        if letter.isNumber { hint = "write it after '--' if it is an operand" }
        let place = isAlone ? "" : " in \(SafeText.quoted(word.display))"
        errors.append(
            Diagnostic(
                .unknownOption, "unknown option \(SafeText.quoted("-\(letter)"))\(place)",
                at: Position(word: index, character: character), hint: hint))
        doubtfulIndex = index + 1
    }

    // MARK: Uses

    private mutating func use(
        _ option: OptionDeclaration, typed: String, isNegative: Bool, at position: Position, attached: Attached?
    ) {
        switch option.form {
        case .flag:
            useFlag(option, typed: typed, isNegative: isNegative, at: position, attached: attached)
        case .optionalValue(let bare):
            let valuePosition = attached.map { place(of: $0) } ?? position
            record(option, .word(attached?.word ?? Word(bare)), position, valuePosition)
        case .value:
            if let attached { return record(option, .word(attached.word), position, place(of: attached)) }
            useNextWord(for: option, typed: typed, at: position)
        }
    }

    private mutating func useFlag(
        _ option: OptionDeclaration, typed: String, isNegative: Bool, at position: Position, attached: Attached?
    ) {
        var value = true
        if let attached {
            let isSpelled = attached.word == "true" || attached.word == "false"
            guard !isNegative, isSpelled else {
                let what =
                    isNegative ? "\(SafeText.quoted(typed)) takes no value" : "\(SafeText.quoted(typed)) is a flag"
                errors.append(
                    Diagnostic(
                        .unexpectedValue, what, at: place(of: attached),
                        expected: isNegative ? nil : "no value, or =true or =false",
                        hint: isNegative ? "write '\(typed)' or '--\(option.name)'" : nil))
                return
            }
            value = attached.word == "true"
        }
        if isNegative { value = false }
        if option.name == ToolDeclaration.help.declaration.name {
            if value, helpForm != .full { helpForm = typed.hasPrefix("--") ? .full : .short }
        } else if option.name == ToolDeclaration.version.declaration.name {
            wantsVersion = wantsVersion || value
        } else {
            record(option, .flag(value), position, position)
        }
    }

    private mutating func useNextWord(for option: OptionDeclaration, typed: String, at position: Position) {
        let expected = option.valueType?.expectation
        guard index + 1 < words.count else {
            pendingOption = option
            errors.append(Diagnostic(.missingValue, "'\(typed)' needs a value", at: position, expected: expected))
            return
        }
        let next = words[index + 1]
        guard next != "--", !table.declares(next) else {
            let found = next.display
            let written = typed.hasPrefix("--") ? "\(typed)=\(found)" : "\(typed)\(found)"
            errors.append(
                Diagnostic(
                    .missingValue, "'\(typed)' needs a value but found \(SafeText.quoted(found))",
                    at: Position(word: index + 1, length: found.count), related: position, expected: expected,
                    hint: "write \(SafeText.quoted(written)) if you mean it"))
            return
        }
        index += 1
        record(option, .word(next), position, Position(word: index, length: next.display.count))
    }

    private mutating func record(
        _ option: OptionDeclaration, _ payload: Occurrence.Payload, _ position: Position, _ valuePosition: Position
    ) {
        if option.isSecret { secrets.append(valuePosition) }
        occurrences.append(
            Occurrence(option: option, payload: payload, position: position, valuePosition: valuePosition))
    }

    // MARK: Common reports

    private mutating func reportInvalidText(_ word: Word) {
        let offset = word.firstInvalidByte ?? 0
        let before = String(decoding: word.bytes.prefix(offset), as: UTF8.self).count
        errors.append(
            Diagnostic(
                .invalidText, "the word is not valid UTF-8 at byte \(offset)",
                at: Position(word: index, character: before)))
    }

    private mutating func warnDeprecated(_ typed: String, _ old: DeprecatedName, use new: String, at position: Position)
    {
        guard warnedNames.insert(typed).inserted else { return }
        warnings.append(
            Diagnostic(
                .deprecated, "'\(typed)' is deprecated and will be removed in \(old.removedIn)", at: position,
                hint: "use '\(new)'", severity: .warning))
    }
}
