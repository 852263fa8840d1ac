import Arguments
import Glibc

/// Questions to a person.
enum Prompt {
    private static let answerBytesMax = 1_024

    /// Asks before something disruptive, unless the line answered already. In a protected context only the context's name counts as an answer,
    /// and there has to be a reason.
    /// - Returns: false when the answer was anything but yes.
    /// - Throws: ``UsageProblem`` when the line's answer is not enough, ``CommandFailure`` when it names something else.
    static func confirm(
        _ question: String, _ context: CommandContext, _ connection: NodeConnection
    ) throws -> Bool {
        if let name = connection.protection { return try confirmByName(question, name, context) }
        if let confirmed = context[CommonOptions.confirm] {
            let names = connection.names
            try check(confirmed, names)
            return true
        }
        guard !context[CommonOptions.yes] else { return true }
        context.console.ask(question + " [y/N]")
        return ["y", "yes"].contains(line().lowercased())
    }

    private static func confirmByName(_ question: String, _ name: String, _ context: CommandContext) throws -> Bool {
        guard context[CommonOptions.reason] != nil else {
            throw UsageProblem([
                Diagnostic(
                    .requirement, "context '\(name)' is protected: the command needs '--reason'",
                    hint: "say why, for the audit log")
            ])
        }
        if let confirmed = context[CommonOptions.confirm] {
            try check(confirmed, [name])
            return true
        }
        guard canAsk(context) else {
            throw UsageProblem([
                Diagnostic(
                    .requirement, "context '\(name)' is protected: '--yes' is not enough",
                    hint: "answer beforehand with '--confirm \(name)'")
            ])
        }
        context.console.ask("\(question) Context '\(name)' is protected; type its name to go on:")
        return line() == name
    }

    private static func check(_ confirmed: String, _ names: [String]) throws(CommandFailure) {
        guard !names.contains(confirmed) else { return }
        throw CommandFailure(
            .refused, code: "other_target",
            "--confirm names '\(confirmed.prefix(63))', and the target is '\(names.first ?? "a node")'",
            hint: "nothing was changed")
    }

    /// A question needs a person at a terminal; without one the line has to hold the answer.
    static func requireAnswerer(_ context: CommandContext) throws(UsageProblem) {
        guard !context[CommonOptions.yes], context[CommonOptions.confirm] == nil, !canAsk(context) else { return }
        let why = context[CommonOptions.noInput] ? "--no-input forbids to ask" : "there is no terminal to ask at"
        let answer = context.selection.protection.map { "--confirm \($0)" } ?? "--yes"
        throw UsageProblem([
            Diagnostic(
                .requirement, "the command asks before it acts, and \(why)", hint: "answer beforehand with '\(answer)'")
        ])
    }

    private static func canAsk(_ context: CommandContext) -> Bool {
        let facts = context.console.facts
        return facts.inputIsTerminal && facts.errorIsTerminal && !context[CommonOptions.noInput]
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
