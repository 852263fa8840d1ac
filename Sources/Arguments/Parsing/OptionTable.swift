/// The options that may stand at one place of the line, by every spelling.
struct OptionTable {
    struct Spelling {
        var option: OptionDeclaration
        /// `--no-name`.
        var isNegative: Bool
        var deprecation: DeprecatedName?

        /// Whether the spelling may be suggested.
        var isShown: Bool { deprecation == nil && option.visibility != .hidden }
    }

    private(set) var options: [OptionDeclaration] = []
    private(set) var long: [String: Spelling] = [:]
    private(set) var short: [Character: OptionDeclaration] = [:]

    init(_ options: [OptionDeclaration]) {
        add(options)
    }

    mutating func add(_ more: [OptionDeclaration]) {
        options += more
        for option in more {
            for name in [option.name] + option.aliases {
                long[name] = Spelling(option: option, isNegative: false)
                guard option.isNegatable, long["no-" + name] == nil else { continue }
                long["no-" + name] = Spelling(option: option, isNegative: true)
            }
            for name in option.negativeAliases { long[name] = Spelling(option: option, isNegative: true) }
            for old in option.deprecatedNames {
                long[old.name] = Spelling(option: option, isNegative: false, deprecation: old)
            }
            if let letter = option.short { short[letter] = option }
        }
    }

    /// Whether a word spells a declared option: `--name`, `--name=…`, `-x`, or a bundle of declared flags. Such a word
    /// is never taken as the value of the option before it.
    func declares(_ word: Word) -> Bool {
        guard let text = word.text, !word.isOperand else { return false }
        if text.hasPrefix("--") { return long[String(text.dropFirst(2).prefix { $0 != "=" })] != nil }
        let letters = text.dropFirst()
        if letters.count == 1, let letter = letters.first { return short[letter] != nil }
        return letters.allSatisfy { short[$0]?.isFlag == true }
    }
}

/// One use of an option on the line.
struct Occurrence {
    enum Payload {
        case flag(Bool)
        case word(Word)
    }

    var option: OptionDeclaration
    var payload: Payload
    /// The option's spelling as typed: `--rate`, `-o`.
    var position: Position
    /// The value, or the option when it has none.
    var valuePosition: Position
}

/// An operand as read, before it has a meaning.
struct ReadOperand {
    var word: Word
    var index: Int
    /// It follows an unknown option and may have been its value, so faults in it are not reported.
    var isDoubtful: Bool
}
