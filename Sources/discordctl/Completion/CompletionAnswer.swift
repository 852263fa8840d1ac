import Arguments
import Node
import Operations

/// Answers a shell's script: `discordctl __complete bash LINE WORDBREAKS`, or `zsh` or `fish` and the words up to the cursor.
///
/// One candidate a line, and last one of `:files`, `:directories`, `:open` (no blank behind it) and `:done`. It reads the contexts file and
/// nothing else, talks to nobody and never complains: whoever presses a key wants no errors.
struct CompletionAnswer: Sendable {
    /// No command can have this name, and no help shows it.
    static let word: Word = "__complete"

    private let completer: Completer

    init(_ paths: LocalPaths) {
        completer = Completer(
            Tool.declaration,
            honours: { path, option in Tool.verb(at: path)?.abilities.honours(option) ?? true },
            known: { kind in
                guard kind == .contextReference, let file = try? ContextStore(paths)?.load() else { return [] }
                return file.contexts.map { context in
                    .init(context.name, context.isProtected ? "protected" : "")
                }
            })
    }

    /// - Parameter words: those behind ``word``.
    func text(_ words: ArraySlice<Word>) -> String {
        guard let shell = words.first?.text.flatMap(CompletionScript.init(rawValue:)) else { return ":done\n" }
        let rest = Array(words.dropFirst())
        switch shell {
        case .bash:
            guard rest.count == 2, let text = rest[0].text, let breaks = rest[1].text else { return ":done\n" }
            let line = ShellLine(text)
            let before = line.words.dropFirst().map { Word($0) }
            // Bash takes what stands behind the last of these for the word.
            let cut = line.current.lastIndex { "=:".contains($0) && breaks.contains($0) }
            let kept = cut.map { line.current[...$0].count } ?? 0
            return answer(completer.completion(of: line.current, after: before)) { candidate in
                SafeLine.text(String(candidate.word.dropFirst(kept)))
            }
        case .zsh:
            return answer(rest) { candidate in
                let word = candidate.word.split(separator: ":", omittingEmptySubsequences: false).joined(
                    separator: "\\:")
                return SafeLine.text(candidate.summary.isEmpty ? word : word + ":" + candidate.summary)
            }
        case .fish:
            return answer(rest) { candidate in
                let word = SafeLine.text(candidate.word)
                return candidate.summary.isEmpty ? word : word + "\t" + SafeLine.text(candidate.summary)
            }
        }
    }

    private func answer(_ words: [Word], _ line: (Completion.Candidate) -> String) -> String {
        guard let current = words.last?.text else { return ":done\n" }
        return answer(completer.completion(of: current, after: words.dropLast()), line)
    }

    /// - Parameter line: one line for a candidate, whatever is in it; several would be taken for several candidates.
    private func answer(_ completion: Completion, _ line: (Completion.Candidate) -> String) -> String {
        let directive =
            switch completion.paths {
            case .files: ":files"
            case .directories: ":directories"
            case nil: completion.isOpen ? ":open" : ":done"
            }
        return (completion.candidates.map(line) + [directive]).map { $0 + "\n" }.joined()
    }
}
