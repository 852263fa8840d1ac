import Arguments
import Testing

/// The first rules of the grammar, by number: how words become options and operands.
@Suite("Grammar, rules 1 to 9")
struct GrammarRuleTests {
    // 1
    @Test func doubleDashEndsOptions() throws {
        let run = try parse("message send ops/general -- --as -x --").invocation()
        #expect(run[Sample.text] == ["--as", "-x", "--"])
        #expect(run[Sample.sender] == nil)
    }

    @Test func singleDashIsAnOperand() throws {
        let run = try parse("dlq purge messages --export - --reason x --confirm y").invocation()
        #expect(run[Sample.export] == .standardStream)
        #expect(parse("dlq show -").codes == [])
    }

    @Test func noCommandFollowsDoubleDash() {
        #expect(parse("-- node list").codes == [.unexpectedOperand])
    }

    // 2
    @Test func optionsAndOperandsMix() throws {
        let run = try parse("message send ops/general --as @ada hello world -q").invocation()
        #expect(run[Sample.text] == ["hello", "world"])
        #expect(run[Sample.sender] == .name("ada"))
        #expect(run[Sample.quiet])
    }

    @Test func wordsPassThroughAfterTheFirstOperand() throws {
        let run = try parse("bench -q run --help -- -q").invocation()
        #expect(run[Sample.exec] == ["run", "--help", "--", "-q"])
        #expect(run[Sample.quiet])
    }

    // 3
    @Test(arguments: ["-o json dlq list", "dlq -o json list", "dlq list -o json"])
    func commonOptionsStandAnywhere(line: String) throws {
        let run = try parse(line).invocation()
        #expect(run.path == ["dlq", "list"])
        #expect(run[Sample.output] == .json)
    }

    @Test func declarationsMayNotRedeclareCommonNames() {
        let tool = ToolDeclaration(
            root: CommandDeclaration("t", "T.") { Option.flag("quiet", short: "q", "mine") }, variablePrefix: "T_"
        ) { Sample.quiet }
        #expect(tool.contradictions == ["t: --quiet is a common option", "t: -q is a common option"])
    }

    @Test func optionOfAGroupIsNoneOfItsCommands() throws {
        let tool = ToolDeclaration(
            root: CommandDeclaration("t", "T.") {
                Option.flag("mine", "of the program itself")
                CommandDeclaration("go", "Go.")
            }, variablePrefix: "T_")
        let diagnostic = try #require(Parser(tool).parse(["--mine", "go"]).diagnostics.first)
        #expect(diagnostic.code == .unknownOption)
        #expect(diagnostic.hint == "it is no option of 't go'")
    }

    @Test func contradictionsAreFound() {
        let twice = Option.flag("same", short: "s", "one")
        let letter = Option.flag("x", short: "1", "short name")
        let tool = ToolDeclaration(
            root: CommandDeclaration("t", "T.") {
                CommandDeclaration("go", aliases: ["run"], "") {
                    twice
                    twice
                    letter
                    Operand<[String]>.list("A", .string, "a")
                    Operand<[String]>.list("B", .string, "b")
                    Group(.atMostOne, twice, Sample.rate)
                    Adjustment(Sample.rate, accepts: [])
                }
                CommandDeclaration("run", "Run.")
            }, variablePrefix: "T_")
        #expect(
            tool.contradictions == [
                "t: 'run' names two commands", "t go: --same is declared twice", "t go: -s is declared twice",
                "t go: --x is no valid name", "t go: -1 is no letter", "t go: no summary",
                "t go: more than one operand of varying number, so words can be taken two ways",
                "t go: a group names '--rate', which the command has not",
                "t go: adjusts '--rate', which is no common option",
            ])
    }

    @Test func theSampleIsFreeOfContradictions() {
        #expect(Sample.tool.contradictions == [])
    }

    // 4
    @Test(arguments: ["dlq replay --all --rate 5/s", "dlq replay --all --rate=5/s"])
    func bothSpellingsOfAValueAreEqual(line: String) throws {
        #expect(try parse(line).invocation()[Sample.rate] == Rate(5, per: .second))
    }

    @Test func emptyValueIsRefusedByItsType() {
        let diagnostics = parse("dlq replay --all --rate=").diagnostics
        #expect(diagnostics.map(\.message) == ["--rate: the value is empty"])
    }

    // 5
    @Test func valueMayStartWithADash() throws {
        #expect(try parse("dlq list --since -15m").invocation()[Sample.since] == .ago(.seconds(900)))
        let delta = Option("delta", .count(-10...10), default: 0, "difference")
        #expect(try parse("partitions rebalance --delta -5").invocation()[delta] == -5)
    }

    @Test(arguments: ["--queue", "--queue=x", "--", "-q", "-qy", "--no-pager", "--help"])
    func declaredSpellingIsNeverAValue(found: String) throws {
        let result = parse("dlq list --since \(found)")
        guard found != "--help" else {
            #expect(result.help?.path == ["dlq", "list"])
            return
        }
        let diagnostic = try #require(result.diagnostics.first)
        #expect(diagnostic.code == .missingValue)
        #expect(diagnostic.message == "'--since' needs a value but found '\(found)'")
        #expect(diagnostic.hint == "write '--since=\(found)' if you mean it")
        #expect(diagnostic.position?.word == 3)
        #expect(diagnostic.related?.word == 2)
    }

    @Test func valueIsMissingAtTheEnd() {
        #expect(parse("dlq list --since").diagnostics.map(\.message) == ["'--since' needs a value"])
    }

    // 6
    @Test func optionalValueNeedsAnEqualsSign() throws {
        #expect(try parse("message send a/b --color never").invocation()[Sample.color] == .always)
        #expect(try parse("message send a/b --color=never x").invocation()[Sample.color] == .never)
        #expect(try parse("message send a/b x").invocation()[Sample.color] == .auto)
    }

    @Test func shortOptionsHaveNoOptionalValues() {
        // A letter can only be declared with a form that has none: `optionalValue` does not take one.
        #expect(Sample.color.declaration.short == nil)
    }

    // 7
    @Test(arguments: ["-ojson", "-o json", "-o=json", "-qojson", "-qo json", "-qvo=json"])
    func shortOptionsBundle(letters: String) throws {
        #expect(try parse("dlq list \(letters)").invocation()[Sample.output] == .json)
    }

    @Test func countedLettersAdd() throws {
        let run = try parse("dlq list -vqv -v").invocation()
        #expect(run[Sample.verbose] == 3)
        #expect(run[Sample.quiet])
    }

    @Test func unknownLetterFailsTheWholeBundle() throws {
        let result = parse("dlq list -qzy")
        let diagnostic = try #require(result.diagnostics.first)
        #expect(diagnostic.message == "unknown option '-z' in '-qzy'")
        #expect(diagnostic.position == Position(word: 2, character: 2))
        #expect(result.partial.value(of: Sample.quiet) == false)
    }

    // 8
    @Test(arguments: ["-dry-run", "-since", "-since=2h", "-no-pager"])
    func singleDashWithALongNameIsRecognised(word: String) throws {
        let diagnostics = parse("dlq list \(word)").diagnostics
        let name = word.dropFirst().prefix { $0 != "=" }
        #expect(diagnostics.map(\.code) == [.singleDash])
        #expect(diagnostics.first?.hint == "did you mean '--\(name)'?")
    }

    @Test func singleDashOptionKeepsItsValue() {
        #expect(parse("message send a/b x -as @ada").codes == [.singleDash])
    }

    // 9
    @Test(arguments: [("--pager", true), ("--no-pager", false), ("--pager=false", false), ("--pager=true", true)])
    func flagsNegate(word: String, value: Bool) throws {
        #expect(try parse("dlq list \(word)").invocation()[Sample.pager] == value)
    }

    @Test func negativeAliasNegates() throws {
        #expect(try parse("dlq list --detach").invocation()[Sample.wait] == false)
    }

    @Test(arguments: ["--no-pager=x", "--no-pager=true", "--pager=yes", "--quiet=", "--detach=true"])
    func flagsTakeNoOtherValue(word: String) {
        #expect(parse("dlq list \(word)").codes == [.unexpectedValue])
    }

    @Test func plainFlagHasNoNegation() {
        let diagnostics = parse("dlq list --no-quiet").diagnostics
        #expect(diagnostics.map(\.code) == [.unknownOption])
        #expect(diagnostics.first?.hint == "'--quiet' cannot be negated")
    }

    @Test func negatablePrintsAsOne() {
        #expect(Sample.pager.declaration.synopsis == "--[no-]pager")
    }
}
