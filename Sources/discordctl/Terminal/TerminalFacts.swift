import Glibc

/// What is known about the terminal, asked once.
struct TerminalFacts: Hashable, Sendable {
    var inputIsTerminal = false
    var outputIsTerminal = false
    var errorIsTerminal = false
    /// Columns of the terminal; `nil` when there is none or it does not say.
    var width: Int?

    static func current(_ environment: [String: String]) -> TerminalFacts {
        var facts = TerminalFacts()
        facts.inputIsTerminal = isatty(STDIN_FILENO) == 1
        facts.outputIsTerminal = isatty(STDOUT_FILENO) == 1
        facts.errorIsTerminal = isatty(STDERR_FILENO) == 1
        facts.width = environment["COLUMNS"].flatMap { Int($0) } ?? windowWidth()
        return facts
    }

    private static func windowWidth() -> Int? {
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            var size = winsize()
            if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        }
        return nil
    }
}
