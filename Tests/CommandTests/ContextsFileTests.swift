import Node
import Operations
import Testing

@testable import discordctl

@Suite("Contexts file")
struct ContextsFileTests {
    private static let formats = OutputFormat.allCases.map(\.rawValue)

    private func problems(_ text: String) -> [ConfigurationProblem] {
        do throws(ConfigurationProblems) {
            _ = try ContextsFile(text: text, path: "contexts", formats: Self.formats)
            return []
        } catch {
            return error.all
        }
    }

    private func file(_ text: String) throws -> ContextsFile {
        try ContextsFile(text: text, path: "contexts", formats: Self.formats)
    }

    @Test func saysWhatItHolds() throws {
        let file = try file(
            """
            current-context: lab
            contexts:
              lab:
                endpoints: [/run/a.sock, "unix:///run/b.sock"]
                output: json
                protected: true
                prompt: "LAB §"
                cluster-id: "0123456789abcdef"
              other.one:
                endpoints: unix:///run/c.sock
            """)
        #expect(file.current == "lab")
        let lab = try #require(file[name: "lab"])
        #expect(lab.endpoints.map(\.socket) == ["/run/a.sock", "/run/b.sock"])
        #expect(lab.output == "json" && lab.isProtected && lab.prompt == "LAB §")
        #expect(lab.clusterID == "0123456789abcdef")
        #expect(file[name: "other.one"]?.isProtected == false)
    }

    @Test(arguments: ["", "# nothing\n", "contexts:\n", "current-context:\ncontexts: {}\n"])
    func mayHoldNothing(_ text: String) throws {
        #expect(try file(text) == ContextsFile())
    }

    /// What is wrong, the line that is at fault, and a word of the message.
    @Test(arguments: [
        ("contexts: [a, b]", 1, "names of contexts"),
        ("- a\n- b", 1, "expected the keys"),
        ("contexts:\n  lab: [", 3, "not valid YAML"),
        ("contexts:\n\tlab: x", 2, "not valid YAML"),
        ("contexts:\n  lab:\n    endpoints: [unix:///a]\n  lab:\n    endpoints: [unix:///b]", 2, "twice"),
        ("contexts:\n  lab:\n    endpoints: [https://a:1]", 3, "Unix sockets only"),
        ("contexts:\n  lab:\n    endpoints: [admin.sock]", 3, "no absolute path"),
        ("contexts:\n  lab:\n    endpoints: [unix://host/x]", 3, "names a host"),
        ("contexts:\n  lab:\n    protected: true", 2, "no endpoints"),
        ("contexts:\n  lab: x", 2, "expected keys"),
        ("contexts:\n  lab:\n    endpoints: [/a]\n    protected: perhaps", 4, "true or false"),
        ("contexts:\n  lab:\n    endpoints: [/a]\n    output: html", 4, "no format"),
        ("contexts:\n  lab:\n    endpoints: [/a]\n    cluster-id: 7", 4, "16 hexadecimal digits"),
        ("contexts:\n  lab:\n    endpoints: [/a]\n    prompt: \"\\e[31m\"", 4, "without controls"),
        ("contexts:\n  lab:\n    endpoints: [/a]\n    token: x", 4, "no such key"),
        ("contexts:\n  \"\\e[2J\":\n    endpoints: [/a]", 2, "no name of a context"),
        ("contexts:\n  \"a b\":\n    endpoints: [/a]", 2, "no name of a context"),
        ("current: lab", 1, "no such key"),
        ("current-context: lab", 1, "there is no context"),
    ])
    func tellsWhatIsWrongWithItsLine(_ text: String, _ line: Int, _ words: String) throws {
        let problem = try #require(problems(text).first)
        #expect(problem.message.contains(words), "\(problem.message)")
        #expect(problem.place == .file(path: "contexts", line: line, column: columnOf(problem)))
    }

    private func columnOf(_ problem: ConfigurationProblem) -> Int {
        if case .file(_, _, let column) = problem.place { column } else { 0 }
    }

    @Test func tellsAllProblemsAtOnceAndNotWithoutEnd() {
        #expect(problems("a: 1\nb: 2\ncontexts: x").count == 3)
        #expect(problems((0..<500).map { "key\($0): x" }.joined(separator: "\n")).count == 20)
    }

    @Test func hasBounds() {
        let many = "contexts:\n" + (0...200).map { "  c\($0): {endpoints: [/a]}\n" }.joined()
        #expect(problems(many).first?.message.contains("more than 200") == true)
        let endpoints = "contexts:\n  a:\n    endpoints: [\((0...16).map { "/\($0)" }.joined(separator: ","))]\n"
        #expect(problems(endpoints).first?.message.contains("more than 16") == true)
        #expect(problems(String(repeating: "#", count: 300_000)).first?.message.contains("larger than") == true)
        #expect(problems(String(repeating: "[", count: 200_000)).first?.message.contains("not valid YAML") == true)
    }

    @Test func aliasesAreFollowedNoDeeperThanTheShapeGoes() {
        var lines = ["a0: &a0 x"]
        for level in 1...8 {
            lines.append(
                "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ","))]")
        }
        #expect(problems(lines.joined(separator: "\n")).count == 9)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let endpoint = try AdminEndpoint("unix:///run/with blank/ä: #.sock")
        let contexts = [
            ClusterContext(name: "lab", endpoints: [endpoint, endpoint]),
            ClusterContext(
                name: "yes", endpoints: [endpoint], output: "yaml", isProtected: true, prompt: "- \"x\" # 'y'",
                clusterID: "1234567890123456"),
            ClusterContext(name: "007", endpoints: [endpoint], prompt: "null"),
        ]
        let written = ContextsFile(current: "007", contexts: contexts)
        #expect(try file(ContextStore.text(of: written)) == written)
    }

    @Test(arguments: ["lab", "a", "prod-eu.1_x", "9"])
    func takesPlainNames(_ name: String) {
        #expect(ClusterContext.isName(name))
    }

    @Test(arguments: hostileNames.filter { $0 != "null" && $0 != "007" } + ["-x", ".x", "ä", "a/b", "$(id)"])
    func refusesNamesThatAShellOrATerminalWouldTakeForMore(_ name: String) {
        #expect(!ClusterContext.isName(name))
    }
}
