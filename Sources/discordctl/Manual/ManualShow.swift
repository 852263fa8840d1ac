import Arguments
import Glibc

/// `discordctl man [COMMAND…]`
enum ManualShow: Verb {
    static let command = Operand<[String]>.list("COMMAND", .string, "the command; the program when left out")
    static let file = Option<FilePage?>("file", .choice(of: FilePage.self), "the page about a file instead")
    static let directory = Option<Path?>("directory", .directory, "write all pages into it instead")

    static let abilities: Abilities = []
    static let declaration = CommandDeclaration(
        "man", "Show a page of the manual, or write all of them.",
        discussion: """
            At a terminal the page is shown by man(1), where there is one; otherwise it is printed as it is, in mdoc(7). \
            The pages of commands are installed in section 1, those of files in section 5.
            """
    ) {
        command
        file
        directory
        Group(.atMostOne, command, file, directory)
        Example("discordctl man node start", "the page of a command")
        Example("discordctl man --file node", "every setting of a node")
        Example("discordctl man --directory share/man", "all pages, for a package")
        ExitCode.documented(.done, .usage, .notFound, .cannotCreate)
    }

    static func run(_ context: CommandContext) async throws -> ExitCode {
        if let directory = context[directory] {
            for page in Manual.all { try page.write(below: directory.display) }
            return .done
        }
        let page = try context[file].map(\.text) ?? text(context)
        if context.console.facts.outputIsTerminal { handOver(page) }
        try context.console.result(page)
        return .done
    }

    private static func text(_ context: CommandContext) throws(CommandFailure) -> String {
        let words = context[command]
        guard let found = Tool.declaration.command(at: words) else {
            throw CommandFailure(
                .notFound, code: "unknown_command", "there is no command '\(words.joined(separator: " "))'",
                hint: "see: discordctl help")
        }
        return Manual.page(of: found.path)
    }

    /// Becomes man(1), with the page on its standard input. Returns when that cannot be.
    private static func handOver(_ page: String) {
        var name = Array(("/tmp/discordctl-man." + String(repeating: "X", count: 6)).utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { return }
        // The open file is all that is needed.
        unlink(name)
        let isReady =
            (try? DescriptorSink(descriptor: descriptor).write(page)) != nil && lseek(descriptor, 0, SEEK_SET) == 0
            && dup2(descriptor, STDIN_FILENO) == STDIN_FILENO
        guard isReady else { return }
        let words: [UnsafeMutablePointer<CChar>?] = ["man", "-l", "-"].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        (words + [nil]).withUnsafeBufferPointer { words in
            guard let start = words.baseAddress else { return }
            execvp("man", start)
        }
    }
}
