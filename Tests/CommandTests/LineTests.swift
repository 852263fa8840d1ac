import Arguments
import FoundationEssentials
import Operations
import Testing

@testable import discordctl

private struct ErrorDocument: Decodable {
    struct Place: Decodable {
        var word: Int
        var character: Int
    }
    var code: String
    var message: String
    var hint: String?
    var retryable: Bool
    var position: Place?
}

@Suite("Lines and their exit statuses")
struct LineTests {
    @Test(arguments: [
        "node stop --nwo", "guild list --sort-by COLOUR", "guild create home", "channel create home",
        "message send home/general hi",
        "message history home/general --before 12x", "message history home/general --before 1 --after 2", "user create",
        "message history home/general --show-content", "message history home/general --reason because",
        "node start --listen nowhere",
        "node start --backend nothing=sqlite:", "node start --check --detach", "user create ada --owner @bob",
        "frobnicate",
        "message tail home/general -o json", "user token @ada -o name", "guild list --limit 0",
        "node start --output yaml",
        "guild list --yes", "version --socket ./x", "node status --columns ROLE",
        "guild create home --owner @ada --limit 5",
        "guild list -o name --columns ID", "guild list -o yaml --no-headers", "config check --socket ./x", "user list",
    ])
    func refusesWhatItCannotHonour(_ line: String) async throws {
        let result = try await run(line)
        #expect(result.exit == .usage)
        #expect(result.output == "")
        #expect(result.errors.contains("error: "))
        #expect(result.errors.contains("see 'discordctl"))
    }

    @Test(arguments: [
        ("guild list --yes", "--yes"), ("guild list -y", "-y"), ("version --request-timeout 5s", "--request-timeout"),
        ("guild list -o yaml --no-headers", "--no-headers"), ("guild list --sort-by COLOUR", "COLOUR"),
    ])
    func putsTheCaretUnderTheWord(_ line: String, _ word: String) async throws {
        let lines = try await run(line).errors.split(separator: "\n", omittingEmptySubsequences: false)
        let typed = try #require(lines.first { $0.contains("  discordctl \(line)") })
        let marks = try #require(lines.first { $0.contains("^") })
        let place = try #require(typed.ranges(of: word).last?.lowerBound)
        #expect(marks.prefix { $0 == " " }.count == typed.distance(from: typed.startIndex, to: place))
    }

    @Test func usageErrorsAreOneObjectForPrograms() async throws {
        let result = try await run("guild list -o json --nothing")
        #expect(result.exit == .usage)
        #expect(result.output == "")
        #expect(result.errors.filter { $0 == "\n" }.count == 1)
        let error = try JSONDecoder().decode(ErrorDocument.self, from: Data(result.errors.utf8))
        #expect(error.code == "unknown-option")
        #expect(error.position?.word == 4)
        #expect(!error.retryable)
    }

    @Test func disruptiveCommandsNeedAnAnswer() async throws {
        let result = try await run("node stop")
        #expect(result.exit == .usage)
        #expect(result.errors.contains("--yes"))
    }

    @Test func noInputForbidsToAskEvenAtATerminal() async throws {
        let facts = TerminalFacts(inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true)
        let result = try await run("node stop --no-input", facts: facts)
        #expect(result.exit == .usage)
        #expect(result.errors.contains("--no-input"))
    }

    @Test func namedSocketThatIsNotThereIsUnreachable() async throws {
        let result = try await run("guild list --socket /nonexistent/admin.sock")
        #expect(result.exit == .unreachable)
        #expect(result.output == "")
        #expect(result.errors.contains("where: /nonexistent/admin.sock"))
    }

    @Test(arguments: [
        "guild list", "node status", "config show", "user token @ada", "node stop --yes", "channel list home",
    ])
    func withoutANodeEveryCommandSaysWhereItLooked(_ line: String) async throws {
        let result = try await run(line, environment: ["HOME": "/nonexistent", "XDG_RUNTIME_DIR": "/nonexistent/run"])
        #expect(result.exit == .configuration)
        #expect(result.output == "")
        #expect(result.errors.contains("/nonexistent/run/discordctl"))
        #expect(result.errors.contains("/nonexistent/.local/share/discordctl/admin.sock"))
        #expect(result.errors.contains("discordctl node start"))
    }

    @Test func errorsForProgramsAreOneObject() async throws {
        let result = try await run(
            "guild list --socket /nonexistent/admin.sock", environment: ["DISCORDCTL_OUTPUT": "json"])
        #expect(result.exit == .unreachable)
        let error = try JSONDecoder().decode(ErrorDocument.self, from: Data(result.errors.utf8))
        #expect(error.code == "unreachable")
        #expect(error.retryable)
    }

    @Test func versionNeedsNothing() async throws {
        for line in ["version", "-V", "--version", "guild list --version"] {
            let result = try await run(line)
            #expect(result.exit == .done)
            #expect(result.output.hasPrefix("discordctl "))
            #expect(result.errors == "")
        }
    }

    @Test func bareProgramShowsHelpAndSucceeds() async throws {
        let result = try await run([])
        #expect(result.exit == .done)
        #expect(result.output.contains("node"))
    }

    @Test func missingSubcommandShowsHelpAsAnError() async throws {
        let result = try await run("guild")
        #expect(result.exit == .usage)
        #expect(result.output == "")
        #expect(result.errors.contains("list"))
    }

    @Test func brokenPipeEndsTheRun() async {
        let line = CommandLineRun(
            words: ["version"], environment: [:], output: BrokenSink(), errors: MemorySink(), facts: TerminalFacts()
        )
        await #expect(throws: SinkFailure(isReaderGone: true, number: 32)) { try await line.run() }
    }

    @Test func invalidBytesAreRefusedWithTheirPlace() async throws {
        let result = try await run(["guild", "create", Word(bytes: [0x61, 0xFF]), "--owner", "@ada"])
        #expect(result.exit == .usage)
        #expect(result.errors.contains("byte 1"))
    }

    @Test func unknownVariableOfTheToolIsWarnedAbout() async throws {
        let result = try await run(
            "version", environment: ["DISCORDCTL_OUTPUTT": "json", "DISCORDCTL_GATEWAY_LISTEN": "127.0.0.1:1"])
        #expect(result.exit == .done)
        #expect(result.errors.contains("DISCORDCTL_OUTPUTT"))
        #expect(!result.errors.contains("GATEWAY_LISTEN"))
    }

    @Test func coloursFollowTheVariablesAndTheOption() async throws {
        let facts = TerminalFacts(outputIsTerminal: true, errorIsTerminal: true)
        let line = "guild list --socket /nonexistent/admin.sock"
        #expect(try await run(line, facts: facts).errors.contains("\u{1B}["))
        #expect(try await !run(line).errors.contains("\u{1B}["))
        #expect(try await !run(line, environment: ["NO_COLOR": "1"], facts: facts).errors.contains("\u{1B}["))
        #expect(try await run(line, environment: ["CLICOLOR_FORCE": "1"]).errors.contains("\u{1B}["))
        #expect(try await !run(line, environment: ["CLICOLOR_FORCE": "0"]).errors.contains("\u{1B}["))
        #expect(try await !run(line + " --color=never", facts: facts).errors.contains("\u{1B}["))
    }
}
