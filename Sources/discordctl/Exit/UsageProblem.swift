import Arguments

/// The line was understood word by word, and still asks for something that cannot be.
struct UsageProblem: Error, Sendable {
    var diagnostics: [Diagnostic]

    init(_ diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// A problem with one option, shown where it stands on the line.
    init<Value>(_ option: Option<Value>, _ message: String, hint: String? = nil, in words: [Word]) {
        let place = WordPlace.position(of: option.declaration, in: words)
        self.init([Diagnostic(.conflict, message, at: place, hint: hint)])
    }
}

/// Where an option stands on a line that has been parsed.
enum WordPlace {
    static func position(of option: OptionDeclaration, in words: [Word]) -> Position? {
        for (index, word) in words.enumerated() {
            guard let text = word.text, text.hasPrefix("-"), text != "-" else { continue }
            if text == "--" { return nil }
            let spelling = String(text.prefix { $0 != "=" })
            if spelling == option.spelling || spelling == "--no-" + option.name {
                return Position(word: index, length: spelling.count)
            }
            guard !text.hasPrefix("--"), let letter = option.short else { continue }
            if spelling == "-\(letter)" { return Position(word: index, length: 2) }
            if let offset = Array(spelling).firstIndex(of: letter) { return Position(word: index, character: offset) }
        }
        return nil
    }
}

extension Diagnostic {
    /// The diagnostic as an object for programs.
    var document: DocumentValue {
        let place: DocumentValue =
            position.map {
                .map([
                    DocumentField("word", .number($0.word)), DocumentField("character", .number($0.character)),
                    DocumentField("length", .number($0.length)),
                ])
            } ?? .null
        return .map([
            DocumentField("code", code.rawValue), DocumentField("message", message),
            DocumentField("expected", expected),
            DocumentField("hint", hint), DocumentField("retryable", .flag(false)), DocumentField("position", place),
        ])
    }
}
