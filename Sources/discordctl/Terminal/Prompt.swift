import Arguments
import Glibc

/// Questions to a person.
enum Prompt {
    private static let answerBytesMax = 1_024

    /// Asks before something disruptive, unless `--yes` answered already.
    /// - Returns: false when the answer was anything but yes.
    static func confirm(_ question: String, _ context: CommandContext) -> Bool {
        guard !context[CommonOptions.yes] else { return true }
        context.console.ask(question + " [y/N]")
        return ["y", "yes"].contains(line().lowercased())
    }

    /// A question needs a person at a terminal; without one the line has to hold the answer.
    static func requireAnswerer(_ context: CommandContext) throws(UsageProblem) {
        guard !context[CommonOptions.yes] else { return }
        let facts = context.console.facts
        guard facts.inputIsTerminal, facts.errorIsTerminal, !context[CommonOptions.noInput] else {
            let why = context[CommonOptions.noInput] ? "--no-input forbids to ask" : "there is no terminal to ask at"
            throw UsageProblem(
                [
                    Diagnostic(
                        .requirement, "the command asks before it acts, and \(why)",
                        hint: "answer beforehand with '--yes'")
                ]
            )
        }
    }

    /// One line of standard input; empty at its end.
    private static func line() -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while bytes.count < answerBytesMax {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
