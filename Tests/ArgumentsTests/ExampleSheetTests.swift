import Arguments
import Testing

@Suite("Example sheet")
struct ExampleSheetTests {
    @Test(arguments: [
        "discordctl node start                                          # embedded, loopback, one node",
        "discordctl node start --config node.yaml --services gateway --zone a --check",
        "discordctl node list --sort-by SESSIONS:desc -o wide",
        #"discordctl node stop --self --deadline 5m --reason "reboot""#,
        "discordctl gateway uncordon gw-3",
        "discordctl dlq list messages --failure 'store.*' --since 1h -o name | discordctl dlq show - --trace",
        #"discordctl dlq replay messages --failure store.timeout --since 2h --rate 200/s --reason "INC-311""#,
        #"discordctl dlq replay --retry-failed op_9d1 --on-error skip --yes --reason "second pass""#,
        #"discordctl dlq purge messages --failure schema.unknown --before-id dlq_9f2c --export old.jsonl --confirm messages --reason "v1 events""#,
        "discordctl partitions rebalance --max-in-flight 1 --max-pause 1s --soak 1m",
        "discordctl message send ops/general hello world --as @ada > out.txt",
    ])
    func lineParses(line: String) throws {
        let commands = Example(line, "").commands(of: "discordctl")
        try #require(!commands.isEmpty)
        for words in commands {
            _ = try Sample.parser.parse(words).invocation()
        }
    }

    @Test func pipesMakeTwoCommands() {
        let example = Example("discordctl dlq list -o name | discordctl dlq show - && echo done; jq '.a | .b' < x", "")
        #expect(example.commands(of: "discordctl") == [["dlq", "list", "-o", "name"], ["dlq", "show", "-"]])
    }

    @Test func quotesKeepWordsTogether() {
        let example = Example(#"t "a b" 'c "d' e\ f '' > g # h"#, "")
        #expect(example.commands(of: "t") == [["a b", #"c "d"#, "e f", ""]])
    }

    @Test func declaredExamplesParse() {
        #expect(Sample.tool.brokenExamples == [])
        let tool = ToolDeclaration(
            root: CommandDeclaration("t", "T.") {
                Operand<[String]>.list("X", .string, "x")
                Example("t --zzz", "broken")
                Example("u", "of another program")
            }, variablePrefix: "T_")
        #expect(tool.brokenExamples.count == 2)
    }

    @Test func valuesOfALineAreTyped() throws {
        let line = "dlq replay messages dlq_1 --rate 200/s --effects persist,push --max-failures 7 --on-error skip -n"
        let run = try parse(line).invocation()
        #expect(run[Sample.entries] == [.second("messages"), .first("dlq_1")])
        #expect(run[Sample.rate] == Rate(200, per: .second))
        #expect(run[Sample.effects] == ["persist", "push"])
        #expect(run[Sample.maxFailures] == .second(7))
        #expect(run[Sample.onError] == .skip)
        #expect(run[Sample.dryRun])
        #expect(run[Sample.requestTimeout] == .seconds(10))
        #expect(run.command.tier == .disruptive)
    }

    @Test func operandsAreTakenInOrder() throws {
        let run = try parse("message send 5 a b").invocation()
        #expect(run[Sample.channel] == .id(5))
        #expect(run[Sample.text] == ["a", "b"])
        #expect(parse("message send").codes == [.missingOperand, .missingOperand])
        #expect(parse("message send 5").codes == [.missingOperand])
        #expect(parse("dlq list a b").codes == [.unexpectedOperand])
        let copy = ToolDeclaration(
            root: CommandDeclaration("cp", "Copy.") {
                Operand<[Path]>.list("SOURCE", .file, minimum: 1, "from")
                Operand("TARGET", .file, "to")
            }, variablePrefix: "CP_")
        let result = try Parser(copy).parse(["a", "b", "c"]).invocation()
        #expect(result[Operand<[Path]>.list("SOURCE", .file, minimum: 1, "from")] == ["a", "b"])
        #expect(result[Operand("TARGET", .file, "to")] == "c")
    }
}
