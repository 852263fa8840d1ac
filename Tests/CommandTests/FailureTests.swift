import Arguments
import FoundationEssentials
import Node
import Operations
import Testing

@testable import discordctl

@Suite("Failures and their exit codes")
struct FailureTests {
    @Test(
        arguments: [
            ("unknown_user", 67), ("unknown_guild", 66), ("unknown_channel", 66), ("unknown_message", 66),
            ("invalid", 65), ("forbidden", 77),
            ("conflict", 2), ("refused", 2), ("unavailable", 75), ("queued", 75), ("internal", 70),
            ("something_new", 70),
        ] as [(String, UInt8)])
    func everyAdminCodeHasItsStatus(_ code: String, _ status: UInt8) {
        let failure = CommandFailure(.refused(AdminError(code: code, message: "m", hint: "h", retryable: true)))
        #expect(failure.exit.rawValue == status)
        #expect(failure.code == code)
        #expect(failure.hint == "h")
        #expect(failure.isRetryable)
    }

    @Test func connectionsThatBreakAreToldFromThoseThatNeverWere() {
        #expect(CommandFailure(.unreachable(socket: "/s", detail: "d")).exit == .unreachable)
        #expect(CommandFailure(.outcomeUnknown(detail: "d")).exit == .tryAgain)
        #expect(CommandFailure(changing: .outcomeUnknown(detail: "d")).code == "outcome_unknown")
        #expect(CommandFailure(changing: .outcomeUnknown(detail: "d")).exit == .tryAgain)
        #expect(CommandFailure(.notUnderstood(detail: "d")).exit == .versionSkew)
        #expect(CommandFailure(SocketChoice.Failure.none(looked: [])).exit == .configuration)
        #expect(CommandFailure(SocketChoice.Failure.several(["/a", "/b"])).place == "/a; /b")
    }

    @Test func everyKindOfNodeErrorHasItsStatus() {
        let table: [(NodeError.Kind, UInt8)] = [
            (.configuration, 78), (.bind, 71), (.dataDirectory, 74), (.newerVersion, 76), (.backend, 69), (.refused, 2),
            (.internalFailure, 70),
        ]
        #expect(Set(table.map(\.0)) == Set(NodeError.Kind.allCases))
        for (kind, status) in table { #expect(CommandFailure(NodeError(kind, "m")).exit.rawValue == status) }
    }

    private func configuration(_ yaml: String) throws -> NodeConfiguration {
        try NodeSetup.configuration(
            flags: [:], environment: [:], file: ConfigurationFile(text: yaml, path: "node.yaml"))
    }

    @Test func listeningOpenlyIsRefusedAndNotMisconfigured() throws {
        let refused = #expect(throws: CommandFailure.self) { try configuration("listen: 0.0.0.0:8080") }
        #expect(refused?.exit == .refused)
        let wrong = #expect(throws: CommandFailure.self) {
            try configuration("listen: 0.0.0.0:8080\nnode:\n  name: UPPER\n")
        }
        #expect(wrong?.exit == .configuration)
        #expect(try configuration("listen: 0.0.0.0:8080\ninsecure-listen: true").address("listen")?.port == 8_080)
    }

    @Test func everyProblemOfAFileIsToldWithItsPlace() throws {
        let failure = try #require(
            #expect(throws: CommandFailure.self) {
                try configuration("listen: nowhere\ngateway:\n  lissten: 127.0.0.1:1\n")
            }
        )
        let text = failure.text(isColored: false)
        #expect(text.contains("where: node.yaml:1:9"))
        #expect(text.contains("node.yaml:3:"))
        #expect(text.components(separatedBy: "error:").count == 3)
        #expect(JSONText.line(failure.document).contains("\"line\":1"))
    }

    @Test func checkingAFileReportsAndSucceedsOrFails() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "config-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let good = directory.appending(path: "good.yaml").path()
        let bad = directory.appending(path: "bad.yaml").path()
        try Data("listen: 127.0.0.1:9000\n".utf8).write(to: URL(filePath: good))
        try Data("listen: [\n".utf8).write(to: URL(filePath: bad))

        let valid = try await run(["config", "check", Word(good), "-o", "name"])
        #expect(valid.exit == .done)
        #expect(valid.output == good + "\n")
        let invalid = try await run(["config", "check", Word(bad)])
        #expect(invalid.exit == .configuration)
        #expect(invalid.output == "")
        #expect(invalid.errors.contains(bad))
        let missing = try await run(["config", "check", Word(directory.appending(path: "none.yaml").path())])
        #expect(missing.exit == .notFound)
    }

    @Test func hostileTextInErrorsIsMadeHarmless() {
        let failure = CommandFailure(.badData, code: "invalid", "name \u{1B}[2J\u{202E}", place: "a\rb")
        let text = failure.text(isColored: false)
        #expect(!text.unicodeScalars.contains { $0 != "\n" && SafeText.isUnsafe($0) })
    }
}
