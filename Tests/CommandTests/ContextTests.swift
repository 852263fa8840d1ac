import Arguments
import Foundation
import Glibc
import Node
import Testing

@testable import discordctl

/// A home of its own.
final class Home: Sendable {
    let path: String

    init() throws {
        path = "/tmp/home-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        chmod(path, 0o700)
        try? FileManager.default.removeItem(atPath: path)
    }

    var environment: [String: String] { ["HOME": path] }
    var contexts: String { path + "/.config/discordctl/contexts" }

    func write(_ text: String, mode: mode_t = 0o600) throws {
        try FileManager.default.createDirectory(
            atPath: path + "/.config/discordctl", withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: contexts))
        chmod(contexts, mode)
    }

    func line(_ line: String, _ more: [String: String] = [:]) async throws -> LineResult {
        try await run(line, environment: environment.merging(more) { _, new in new })
    }
}

@Suite("Contexts")
struct ContextTests {
    @Test func areAddedListedChosenAndRemoved() async throws {
        let home = try Home()
        let added = try await home.line("context add lab --endpoint /nowhere/a.sock --protected --prompt LAB")
        #expect(added.exit == .done, "\(added.errors)")
        #expect(added.errors.contains("context use lab") && added.errors.contains("no node"))
        #expect(try await home.line("context add other --endpoint unix:///nowhere/b.sock").exit == .done)
        #expect(try await home.line("context list -o name").output == "lab\nother\n")
        #expect(try await home.line("context ls --columns NAME,CURRENT --no-headers").output.contains("lab    no"))
        #expect(try await home.line("context use lab").exit == .done)
        #expect(try await home.line("context use other").errors.contains("context use -"))
        #expect(try await home.line("context show -o name").output == "other\n")
        #expect(try await home.line("context use -").exit == .done)
        #expect(try await home.line("context show -o name").output == "lab\n")
        let removed = try await home.line("context remove lab")
        #expect(removed.errors.contains("context add lab --endpoint unix:///nowhere/a.sock --prompt LAB --protected"))
        #expect(try await home.line("context show").exit == .notFound)
        #expect(try await home.line("context list -o name").output == "other\n")
    }

    @Test func theFileIsForItsOwnerAloneAndNothingIsLeftBesideIt() async throws {
        let home = try Home()
        _ = try await home.line("context add lab --endpoint /a.sock")
        let attributes = try FileManager.default.attributesOfItem(atPath: home.contexts)
        #expect((attributes[.posixPermissions] as? Int) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path + "/.config/discordctl") == ["contexts"])
    }

    @Test func aNameIsNotTakenTwiceUnlessItIsSaid() async throws {
        let home = try Home()
        _ = try await home.line("context add lab --endpoint /a.sock")
        let again = try await home.line("context add lab --endpoint /b.sock")
        #expect(again.exit == .refused && again.errors.contains("--replace"))
        #expect(try await home.line("context show lab -o yaml").output.contains("/a.sock"))
        #expect(try await home.line("context add lab --endpoint /b.sock --replace").exit == .done)
        #expect(try await home.line("context show lab -o yaml").output.contains("/b.sock"))
    }

    @Test(arguments: [
        ("context add lab", "--endpoint"), ("context add lab --endpoint https://x:1", "Unix sockets only"),
        ("context add a/b --endpoint /a", "no name"), ("guild list --context a --socket /x", "exclude"),
        ("guild list --context a --endpoint /x", "exclude"), ("guild list -c a -c b", "two different"),
        ("context list -c lab", "means nothing"), ("version --endpoint /x", "means nothing"),
    ])
    func refuseLinesThatHideAMistake(_ line: String, _ words: String) async throws {
        let result = try await Home().line(line)
        #expect(result.exit == .usage)
        #expect(result.errors.contains(words), "\(result.errors)")
    }

    @Test func aLinkStaysALink() async throws {
        let home = try Home()
        _ = try await home.line("context add lab --endpoint /a.sock")
        let real = home.path + "/real"
        try FileManager.default.moveItem(atPath: home.contexts, toPath: real)
        try FileManager.default.createSymbolicLink(atPath: home.contexts, withDestinationPath: real)
        #expect(try await home.line("context use lab").exit == .done)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: home.contexts) == real)
        #expect(try String(contentsOfFile: real, encoding: .utf8).contains("current-context: lab"))
    }

    // MARK: The way to a node

    @Test(arguments: [
        // What was typed goes before everything else.
        ("--socket /x/typed", ["DISCORDCTL_ENDPOINT": "/x/exported", "DISCORDCTL_CONTEXT": "named"], "/x/typed"),
        ("--endpoint /x/typed", ["DISCORDCTL_ENDPOINT": "/x/exported"], "/x/typed"),
        ("", ["DISCORDCTL_ENDPOINT": "unix:///x/exported", "DISCORDCTL_CONTEXT": "named"], "/x/exported"),
        ("--context current", ["DISCORDCTL_ENDPOINT": "/x/exported"], "/x/exported"),
        ("--context current", ["DISCORDCTL_CONTEXT": "named"], "/x/current"),
        ("", ["DISCORDCTL_CONTEXT": "named"], "/x/named"),
        ("", ["DISCORDCTL_CONTEXT": "", "DISCORDCTL_ENDPOINT": ""], "/x/current"),
        ("", [:], "/x/current"),
    ])
    func firstThatSaysSomethingWins(_ options: String, _ environment: [String: String], _ place: String) async throws {
        let home = try Home()
        try home.write(
            """
            current-context: current
            contexts:
              named: {endpoints: [/x/named]}
              current: {endpoints: [/x/current]}
            """)
        let result = try await home.line("guild list " + options, environment)
        #expect(result.exit == .unreachable)
        #expect(result.errors.contains("where: \(place)\n"), "\(result.errors)")
        #expect(result.output == "")
    }

    @Test func everyEndpointIsTriedAndNamed() async throws {
        let result = try await Home().line("guild list --endpoint /x/a --endpoint /x/b")
        #expect(result.exit == .unreachable)
        #expect(
            result.errors.contains("none of the 2") && result.errors.contains("/x/a") && result.errors.contains("/x/b"))
    }

    @Test func withoutAnythingItSaysWhereItLookedAndWhatToDo() async throws {
        let home = try Home()
        let result = try await home.line("guild list")
        #expect(result.exit == .configuration)
        for words in [home.contexts, "admin.sock", "discordctl node start", "discordctl context add"] {
            #expect(result.errors.contains(words), "\(words): \(result.errors)")
        }
    }

    @Test func unknownContextsAreNotFound() async throws {
        let home = try Home()
        try home.write("contexts: {lab: {endpoints: [/x]}}")
        for line in [
            "guild list -c nope", "context use nope", "context show nope", "context remove nope", "context check nope",
        ] {
            let result = try await home.line(line)
            #expect(result.exit == .notFound, "\(line)")
            #expect(result.errors.contains("known are: lab"), "\(line): \(result.errors)")
        }
    }

    @Test func theContextsFormatStandsBehindLineAndEnvironment() async throws {
        let home = try Home()
        try home.write("current-context: lab\ncontexts: {lab: {endpoints: [/x], output: json}}")
        #expect(try await home.line("guild list").errors.hasPrefix("{"))
        #expect(try await home.line("guild list", ["DISCORDCTL_OUTPUT": "yaml"]).errors.hasPrefix("discordctl: "))
        #expect(try await home.line("guild list -o table").errors.hasPrefix("discordctl: "))
        let tail = try await home.line("message tail home/general")
        #expect(tail.exit == .usage && tail.errors.contains("from context lab"))
    }

    // MARK: Files that cannot be used

    @Test func everyProblemOfTheFileIsToldWithItsLine() async throws {
        let home = try Home()
        try home.write("contexts:\n  lab:\n    endpoints: [https://x]\n    colour: red\n")
        for line in ["guild list", "context list", "context use lab", "context add b --endpoint /x"] {
            let result = try await home.line(line)
            #expect(result.exit == .configuration, "\(line)")
            #expect(result.errors.contains("contexts:3:") && result.errors.contains("contexts:4:"), "\(result.errors)")
            #expect(result.errors.contains("hint: "))
        }
        // Whoever names an address does without the file.
        #expect(try await home.line("guild list --socket /x").exit == .unreachable)
    }

    @Test func whoMayWriteItMayBeTheOwnerOnly() async throws {
        let home = try Home()
        for (mode, exit) in [(mode_t(0o666), ExitCode.configuration), (0o620, .configuration), (0o644, .done)] {
            try home.write("contexts: {}", mode: mode)
            #expect(try await home.line("context list").exit == exit)
        }
    }

    @Test func aDirectoryOrAPipeInItsPlaceIsSaid() async throws {
        let home = try Home()
        try FileManager.default.createDirectory(atPath: home.contexts, withIntermediateDirectories: true)
        let directory = try await home.line("context list")
        #expect(directory.exit == .configuration && directory.errors.contains("directory"))
        try FileManager.default.removeItem(atPath: home.contexts)
        #expect(mkfifo(home.contexts, 0o600) == 0)
        #expect(try await home.line("context list").exit == .configuration)
        #expect(try await home.line("context prompt").exit == .configuration)
    }

    @Test func whatNeedsNoNodeNeedsNoSoundFile() async throws {
        let home = try Home()
        try home.write("contexts: [", mode: 0o666)
        for line in ["version", "help", "help context", "completion bash", "man context use", "help --impact"] {
            let result = try await home.line(line)
            #expect(result.exit == .done, "\(line)")
            #expect(result.errors == "")
        }
    }

    @Test func aHomeThatCannotBeWrittenIsSaidAndLeavesReadingAlone() async throws {
        let home = try Home()
        try home.write("current-context: lab\ncontexts: {lab: {endpoints: [/x]}}")
        // Root may write everywhere, except below a file.
        let blocked = ["XDG_CONFIG_HOME": home.contexts]
        let result = try await home.line("context add b --endpoint /x", blocked)
        #expect(result.exit == .cannotCreate)
        #expect(try await home.line("context list", blocked).exit == .done)
        #expect(try await home.line("version", blocked).exit == .done)
    }

    // MARK: Prompt

    @Test(arguments: [
        ("prompt: LAB", [:], "LAB\n"), ("protected: true", [:], "lab!\n"), ("protected: false", [:], "lab\n"),
        ("prompt: LAB", ["DISCORDCTL_ENDPOINT": "/x"], "endpoint\n"),
        ("prompt: LAB", ["DISCORDCTL_CONTEXT": "b"], "b\n"),
    ])
    func promptShowsWhatIsInForce(_ field: String, _ environment: [String: String], _ text: String) async throws {
        let home = try Home()
        try home.write(
            "current-context: lab\ncontexts:\n  lab:\n    endpoints: [/x]\n    \(field)\n  b: {endpoints: [/y]}\n")
        let result = try await home.line("context prompt", environment)
        #expect(result.output == text)
        #expect(result.exit == .done)
    }

    @Test func promptIsEmptyWithoutAContext() async throws {
        let result = try await Home().line("context prompt")
        #expect(result.exit == .done && result.output == "" && result.errors == "")
    }

    // MARK: Protection

    @Test func aProtectedContextIsNotMeasured() async throws {
        let home = try Home()
        try home.write("current-context: prod\ncontexts: {prod: {endpoints: [/x], protected: true}}")
        for scenario in ["connect", "fanout", "send", "history", "resume"] {
            let result = try await home.line("bench \(scenario)")
            #expect(result.exit == .refused)
            #expect(result.errors.contains("protected") && result.output == "")
        }
    }

    @Test func impactsAreListedForAuditors() async throws {
        let all = try await run("help --impact")
        #expect(all.exit == .done)
        #expect(all.output.contains(#/discordctl node stop +disruptive +2\n/#))
        #expect(all.output.contains(#/discordctl guild list +read +0\n/#))
        #expect(try await run("help context --impact").output.contains(#/discordctl context use +write +1\n/#))
        #expect(try await !run("help context --impact").output.contains("node stop"))
        let stop = try await run("help node stop")
        #expect(stop.output.contains("impact: disruptive (tier 2)"))
    }
}
