import Arguments

/// Standard output for results, standard error for everything else.
struct Console: Sendable {
    var output: any TextSink
    var errors: any TextSink
    var facts: TerminalFacts
    var format = OutputFormat.table
    var colour = ColourMode.auto
    /// `TERM=dumb` and the like.
    var terminalHasColour = true
    var isQuiet = false
    var verbosity = 0

    /// Programs read both streams: what goes to standard error is one JSON object a line.
    var isForPrograms: Bool { format == .json || format == .jsonl }

    var colorsOutput: Bool { colors(isTerminal: facts.outputIsTerminal) }
    var colorsErrors: Bool { colors(isTerminal: facts.errorIsTerminal) }

    private func colors(isTerminal: Bool) -> Bool {
        switch colour {
        case .auto: isTerminal && terminalHasColour
        case .always: true
        case .never: false
        }
    }

    /// Writes the command's result.
    func result(_ text: String) throws(SinkFailure) {
        try output.write(text)
    }

    /// Says something to whoever runs the command; `--quiet` leaves it out.
    func note(_ text: String) {
        guard !isQuiet else { return }
        say(text, level: "note")
    }

    /// Says something that only `--verbose` asks for.
    func detail(_ text: String) {
        guard verbosity > 0, !isQuiet else { return }
        say(text, level: "detail")
    }

    private func say(_ text: String, level: String) {
        guard isForPrograms else { return put(SafeLine.text(text) + "\n") }
        put(JSONText.line(.map([DocumentField("level", level), DocumentField("message", text)])) + "\n")
    }

    func error(_ failure: CommandFailure) {
        put(isForPrograms ? JSONText.line(failure.document) + "\n" : failure.text(isColored: colorsErrors))
    }

    /// Warnings and errors about the line itself.
    func diagnostics(_ diagnostics: [Diagnostic], on line: TypedLine, closing: String = "") {
        if isForPrograms {
            // One object for all of them: who reads it wants to know that it failed, and then perhaps why.
            guard let first = diagnostics.first, case .map(var fields) = first.document else { return }
            if diagnostics.count > 1 {
                fields.append(DocumentField("others", .list(diagnostics.dropFirst().map(\.document))))
            }
            return put(JSONText.line(.map(fields)) + "\n")
        }
        let renderer = DiagnosticRenderer(width: facts.width ?? 80, asciiOnly: !facts.errorIsTerminal)
        put(diagnostics.map { renderer.text(of: $0, on: line) }.joined() + closing)
    }

    /// A question, without a line feed.
    func ask(_ question: String) {
        put(SafeLine.text(question) + " ")
    }

    /// Text for standard error as it is.
    func put(_ text: String) {
        // Nobody is left to hear that standard error cannot be written.
        try? errors.write(text)
    }
}
