extension Example {
    /// The commands of the line that start with `program`, each as words without it, as a shell would split them: at
    /// blanks, `|`, `&&`, `||` and `;`, with quotes and backslashes; redirections and comments are left out.
    package func commands(of program: String) -> [[Word]] {
        var splitter = ShellSplitter()
        return splitter.split(line).filter { $0.first == program }.map { $0.dropFirst().map { Word($0) } }
    }
}

extension ToolDeclaration {
    /// Examples that do not parse, each with what is wrong; a test asks that there are none.
    package var brokenExamples: [String] {
        let parser = Parser(self)
        return allCommands.flatMap { path, command in
            command.examples.flatMap { example -> [String] in
                let commands = example.commands(of: root.name)
                if commands.isEmpty { return ["\(line(path)): '\(example.line)' does not start with the program"] }
                return commands.compactMap { words in
                    let result = parser.parse(words)
                    guard case .refused(let refusal) = result.outcome else { return nil }
                    return DiagnosticRenderer().text(of: refusal, on: result.line)
                }
            }
        }
    }
}

/// Splits an example into commands and words. Substitutions are not performed: examples of options need none.
private struct ShellSplitter {
    private var commands: [[String]] = []
    private var words: [String] = []
    private var word: String?
    private var quote: Character?
    private var isEscaped = false
    /// The next word is the file of a redirection.
    private var skipsWord = false

    mutating func split(_ line: String) -> [[String]] {
        for character in line {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "#", word == nil {
                break
            } else if character == " " {
                endWord()
            } else if "|&;".contains(character) {
                endCommand()
            } else if character == ">" || character == "<" {
                endWord()
                skipsWord = true
            } else {
                word = (word ?? "") + String(character)
            }
        }
        endCommand()
        return commands
    }

    private mutating func endWord() {
        guard let finished = word else { return }
        if !skipsWord { words.append(finished) }
        skipsWord = false
        word = nil
    }

    private mutating func endCommand() {
        endWord()
        if !words.isEmpty { commands.append(words) }
        words = []
    }
}
