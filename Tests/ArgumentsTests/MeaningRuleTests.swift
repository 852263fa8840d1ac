import Arguments
import Testing

/// The other rules of the grammar, by number: what options and operands mean together.
@Suite("Grammar, rules 10 to 19")
struct MeaningRuleTests {
    // 10
    @Test func onceRefusesASecondDifferentValue() throws {
        let diagnostic = try #require(parse("dlq replay --all --rate 5/s --rate 6/s").diagnostics.first)
        #expect(diagnostic.code == .repeatedOption)
        #expect(diagnostic.related == Position(word: 4, length: 3))
        #expect(diagnostic.position == Position(word: 6, length: 3))
        #expect(parse("dlq replay --all --rate 5/s --rate=5/s").codes == [])
        #expect(parse("dlq list --dry-run --dry-run=false").codes == [.repeatedOption])
    }

    @Test func lastWins() throws {
        #expect(try parse("dlq list -o name -o json").invocation()[Sample.output] == .json)
    }

    @Test func appendKeepsAllInOrder() throws {
        let run = try parse("dlq list --endpoint http://a --endpoint http://b").invocation()
        #expect(run[Sample.endpoint].map(\.text) == ["http://a", "http://b"])
    }

    @Test func mapTakesEachKeyOnce() throws {
        let run = try parse("partitions rebalance --weight a=2 --weight b=0.5 --weight a=2").invocation()
        #expect(run[Sample.weight] == ["a": 2, "b": 0.5])
        #expect(parse("partitions rebalance --weight a=2 --weight a=3").codes == [.repeatedOption])
    }

    // 11
    @Test func commasSplitOnlyWhereDeclared() throws {
        #expect(
            try parse("dlq list --columns ID,QUEUE --columns AGE").invocation()[Sample.columns] == [
                "ID", "QUEUE", "AGE",
            ])
        #expect(try parse(#"dlq list --columns A\,B,C\D"#).invocation()[Sample.columns] == ["A,B", #"C\D"#])
        #expect(try parse("dlq list --queue a,b").invocation()[Sample.queue] == "a,b")
    }

    @Test func faultInAListPointsAtItsPart() throws {
        let diagnostic = try #require(parse("node start --services gateway,ap,chat").diagnostics.first)
        #expect(diagnostic.message == "--services: 'ap' is not a known value")
        #expect(diagnostic.position == Position(word: 3, character: 8, length: 2))
        #expect(diagnostic.hint == "did you mean 'api'?")
        #expect(parse("node start --services gateway,,chat").codes == [.invalidValue])
    }

    // 12
    @Test func prefixesAreOfferedAndNeverRun() {
        #expect(parse("dlq repl").diagnostics.first?.hint == "did you mean 'dlq replay'?")
        #expect(parse("node start --drain-dead 5m").diagnostics.first?.hint == "did you mean '--drain-deadline'?")
    }

    // 13
    @Test func sourcesHaveTheirOrder() throws {
        let layers = [DefaultsLayer(name: "context prod", values: ["output": ["json"]])]
        let environment = ["DISCORDCTL_OUTPUT": "name"]
        let line = try parse("dlq list -o table", environment: environment, layers: layers).invocation()
        #expect(line[Sample.output] == .table)
        #expect(line.source(of: Sample.output) == .commandLine)
        let variable = try parse("dlq list", environment: environment, layers: layers).invocation()
        #expect(variable[Sample.output] == .name)
        #expect(variable.source(of: Sample.output) == .environment("DISCORDCTL_OUTPUT"))
        let layer = try parse("dlq list", environment: ["DISCORDCTL_OUTPUT": ""], layers: layers).invocation()
        #expect(layer[Sample.output] == .json)
        #expect(layer.source(of: Sample.output) == .layer("context prod"))
        let fallback = try parse("dlq list").invocation()
        #expect(fallback[Sample.output] == .table)
        #expect(!fallback.isGiven(Sample.output))
    }

    @Test func commandMayHaveItsOwnDefault() throws {
        #expect(try parse("dlq list").invocation()[Sample.limit] == 50)
        #expect(try parse("node list").invocation()[Sample.limit] == 100)
    }

    @Test func variableMayStandForAValue() throws {
        #expect(try parse("dlq list", environment: ["NO_COLOR": "1"]).invocation()[Sample.color] == .never)
        #expect(try parse("dlq list", environment: ["DISCORDCTL_NO_INPUT": "yes"]).invocation()[Sample.noInput])
    }

    @Test func faultNamesItsSource() {
        let fromVariable = parse("dlq list", environment: ["DISCORDCTL_OUTPUT": "tabel"]).diagnostics
        #expect(
            fromVariable.map(\.message) == [
                "--output: 'tabel' is not a known value (from environment DISCORDCTL_OUTPUT)"
            ])
        #expect(fromVariable.first?.position == nil)
        let layer = DefaultsLayer(name: "context prod", values: ["limit": ["many"]])
        let fromLayer = parse("dlq list", layers: [layer]).diagnostics
        #expect(fromLayer.map(\.message) == ["--limit: 'many' is not a whole number (from context prod)"])
    }

    @Test func unknownVariablesWarn() {
        let environment = [
            "DISCORDCTL_OUTPT": "json", "DISCORDCTL_PAGER": "less", "DISCORDCTL_NODE_X": "1", "DISCORDCTL_ZONE": "a",
            "OTHER": "1", "DISCORDCTL_EMPTY": "",
        ]
        let result = Sample.parser.parse(
            words("dlq list"), environment: environment, knownVariables: ["DISCORDCTL_NODE_*", "DISCORDCTL_ZONE"])
        #expect(result.warnings.map(\.message) == ["unknown environment variable 'DISCORDCTL_OUTPT'"])
        #expect(result.warnings.first?.hint == "did you mean 'DISCORDCTL_OUTPUT'?")
    }

    // 14
    @Test func conflictPointsAtBothWords() throws {
        let diagnostic = try #require(parse("dlq list -c prod --endpoint http://a").diagnostics.first)
        #expect(diagnostic.code == .conflict)
        #expect(diagnostic.related?.word == 2)
        #expect(diagnostic.position?.word == 4)
        let environment = ["DISCORDCTL_ENDPOINT": "http://a"]
        #expect(parse("dlq list -c prod", environment: environment).codes == [])
    }

    @Test(arguments: [
        ("node stop", [Diagnostic.Code.requirement]), ("node stop n1 --self", [.conflict]), ("node stop n1", []),
        ("node stop --self", []), ("node stop n1 --self=false", []), ("dlq replay", [.requirement]),
        ("dlq replay messages", []), ("dlq replay --retry-failed op_1 --all", [.conflict]),
        ("dlq purge x --confirm x", [.requirement]), ("dlq purge x --reason y", [.requirement]),
        ("dlq purge x --reason y --confirm x", []),
    ])
    func groupsHold(line: String, codes: [Diagnostic.Code]) {
        #expect(parse(line).codes == codes)
    }

    // 15
    @Test(arguments: [
        ("dlq replay --rate nonsense --zzz --help", ["dlq", "replay"], HelpRequest.Form.full, UInt8(0)),
        ("dlq replay -h", ["dlq", "replay"], .short, 0), ("help dlq replay", ["dlq", "replay"], .full, 0),
        ("help partition rebalance", ["partitions", "rebalance"], .full, 0), ("--help", [], .full, 0),
        ("help", [], .full, 0), ("-qh dlq list", ["dlq", "list"], .short, 0), ("dlq", ["dlq"], .short, 64),
        ("-q", [], .short, 64), ("", [], .short, 0), ("nosuch --help", [], .full, 0), ("-h --help", [], .full, 0),
        ("dlq list --reason --help", ["dlq", "list"], .full, 0),
    ])
    func helpWins(line: String, path: [String], form: HelpRequest.Form, status: UInt8) throws {
        let request = try #require(parse(line).help)
        #expect(request.path == path)
        #expect(request.form == form)
        #expect(request.exitStatus == status)
    }

    @Test func helpAfterDoubleDashIsAnOperand() throws {
        #expect(try parse("message send a/b -- --help").invocation()[Sample.text] == ["--help"])
    }

    @Test func helpOfAnUnknownCommandIsRefused() {
        #expect(parse("help dlq replya").diagnostics.first?.hint == "did you mean 'dlq replay'?")
    }

    @Test func versionNeedsNoValidLine() {
        guard case .version = parse("dlq nosuch --version").outcome else {
            Issue.record("not the version")
            return
        }
    }

    // 16
    @Test func invalidTextIsRefusedWithItsOffset() throws {
        let bytes: [UInt8] = [0x6f, 0xc3, 0xa9, 0xff, 0x61]
        let result = Sample.parser.parse(words("dlq list --queue") + [Word(bytes: bytes)])
        let diagnostic = try #require(result.diagnostics.first)
        #expect(diagnostic.message == "--queue: the value is not valid UTF-8 at byte 3")
        #expect(diagnostic.position == Position(word: 3, character: 2))
        let option = Sample.parser.parse(words("dlq list") + [Word(bytes: [0x2d, 0x2d, 0x61, 0xff])])
        #expect(option.codes == [.invalidText])
        let bundle = Sample.parser.parse(words("dlq list") + [Word(bytes: [0x2d, 0x71, 0xff])])
        #expect(bundle.codes == [.invalidText])
    }

    @Test func pathsMayBeAnyBytes() throws {
        let path: [UInt8] = [0x61, 0xff, 0x62]
        let separate = Sample.parser.parse(words("node start --config") + [Word(bytes: path)])
        #expect(try separate.invocation()[Sample.config] == Path(bytes: path))
        let attached = Sample.parser.parse(words("node start") + [Word(bytes: Array("--config=".utf8) + path)])
        #expect(try attached.invocation()[Sample.config] == Path(bytes: path))
    }

    // 17
    @Test func independentErrorsAreReportedTogether() throws {
        let result = parse("dlq replay --all --rate 5 --since never --attempts x --zzz --yyy --xxx --www")
        #expect(result.diagnostics.count == 5)
        guard case .refused(let refusal) = result.outcome else { return }
        #expect(refusal.omittedCount == 2)
        #expect(refusal.diagnostics.compactMap { $0.position?.word } == [4, 6, 8, 9, 10])
    }

    @Test func oneFaultMakesOneError() {
        #expect(parse("--foo bar node list").codes == [.unknownOption])
        #expect(parse("node list --zone a").codes == [.unknownOption])
        #expect(parse("dlq lst --since x extra").codes == [.unknownCommand])
    }

    // 18
    @Test func deprecatedNamesWorkWarnOnceAndHide() throws {
        let result = parse("server list --queue=x")
        #expect(result.warnings.map(\.message) == ["'discordctl server' is deprecated and will be removed in 2.0"])
        let twice = parse("dlq list --topic a --topic a")
        #expect(try twice.invocation()[Sample.queue] == "a")
        #expect(twice.warnings.map(\.hint) == ["use '--queue'"])
        let help = HelpRenderer(Sample.tool).text(for: HelpRequest(path: ["dlq", "list"], form: .full))
        #expect(!help.contains("topic"))
        #expect(parse("dlq list --topc x").diagnostics.first?.hint == nil)
    }

    // 19
    @Test func sameInputGivesSameResult() {
        let line = "dlq replay --rate 500 --sicne 2h"
        #expect(parse(line).diagnostics == parse(line).diagnostics)
        #expect(parse(line).line == parse(line).line)
    }

    @Test func partialResultKnowsCommonOptions() {
        let result = parse("dlq replay --zzz -o json --rate 5")
        #expect(result.partial.value(of: Sample.output) == .json)
        #expect(result.partial.value(of: Sample.context) == .some(nil))
        #expect(parse("nosuch -o json").partial.value(of: Sample.output) == .json)
    }

    @Test func commandNarrowsACommonOption() throws {
        let diagnostic = try #require(parse("dlq list -o yaml").diagnostics.first)
        #expect(diagnostic.message == "--output: 'yaml' is not available in 'dlq list'")
        #expect(diagnostic.expected == "one of table, json, name")
    }
}
