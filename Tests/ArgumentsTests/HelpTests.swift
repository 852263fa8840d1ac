import Arguments
import Testing

@Suite("Help")
struct HelpTests {
    private func page(_ path: [String], _ form: HelpRequest.Form, width: Int = 80) -> String {
        HelpRenderer(Sample.tool, width: width).text(for: HelpRequest(path: path, form: form))
    }

    @Test func fullPage() {
        #expect(
            page(["dlq", "replay"], .full) == """
                usage: discordctl dlq replay [options] [ID|QUEUE...]

                Replay dead letters in their original order.

                Entries of one channel are replayed one after the other.

                Push is off unless asked for.

                examples:
                  discordctl dlq replay messages --failure store.timeout --since 2h --rate 200/s
                      one kind of failure
                  discordctl dlq replay --retry-failed op_9d1 --on-error skip --yes
                      what failed before
                  discordctl dlq replay --all --dry-run
                      see what would happen

                operands:
                  [ID|QUEUE...]  entries, or a queue

                selection:
                      --queue QUEUE          queue
                      --failure CODE|GLOB    failure code
                      --since TIME           entries that failed since
                      --before-id ID         entries before
                      --attempts COMPARISON  number of attempts

                options:
                      --rate RATE           entries per second [default 50/s]
                      --effects persist|index|fanout|push|webhook
                                            what replay does; may be repeated or separated by
                                            commas [default persist,index]
                      --on-error hold-channel|skip|abort
                                            what a failure does [default hold-channel]
                      --max-failures PCT|N  failures that stop the run [default 5%]
                      --retry-failed ID     the failed entries of an operation
                      --all                 every entry

                common options: --context, --endpoint, ..., see 'discordctl --help'

                output columns:
                  OUTCOME  what became of the entries
                  ENTRIES  how many (wide)

                exit status:
                  1     some entries failed
                  2     refused, nothing was changed

                impact: disruptive (tier 2); needs dlq.replay

                see also: discordctl-dlq-list(1)

                """)
    }

    @Test func shortPage() {
        #expect(
            page(["dlq", "list"], .short) == """
                usage: discordctl dlq list [options] [QUEUE]

                List dead letters.

                operands:
                  [QUEUE]  queue

                selection:
                      --queue QUEUE          queue
                      --failure CODE|GLOB    failure code
                      --since TIME           entries that failed since
                      --before-id ID         entries before
                      --attempts COMPARISON  number of attempts

                output options:
                  -o, --output FMT  format of the result (table, json, name) [default table]
                  -L, --limit N     rows at most [default 50]

                common options: --context, --endpoint, ..., see 'discordctl --help'

                'discordctl dlq list --help' says more.

                """)
    }

    @Test func listOfCommands() {
        let text = page(["dlq"], .short)
        #expect(text.hasPrefix("usage: discordctl dlq [options] COMMAND\n\nLook at dead letters and replay them.\n"))
        #expect(text.contains("  list    List dead letters.\n"))
        #expect(!text.contains("ls"))
    }

    @Test func commonOptionsAreOneLineExceptForTheProgram() {
        #expect(
            page(["dlq", "list"], .full).split(separator: "\n").filter { $0.hasPrefix("common options:") }.count == 1)
        let program = page([], .full)
        #expect(program.contains("-c, --context NAME"))
        #expect(program.contains("[env DISCORDCTL_CONTEXT]"))
        #expect(program.contains("--[no-]wait"))
        #expect(program.contains("[--detach is --no-wait]"))
        #expect(!program.contains("password-hint"))
    }

    @Test(arguments: [40, 60, 80, 132])
    func linesFitTheWidth(width: Int) {
        for (path, command) in Sample.tool.allCommands {
            let examples = Set(command.examples.map { "  " + $0.line })
            for line in page(path, .full, width: width).split(separator: "\n").map(String.init)
            where !examples.contains(line) && !line.hasPrefix("      --") {
                #expect(line.count <= width, "\(line)")
            }
        }
    }

    @Test func everyShownOptionStandsOnItsPage() {
        for (path, command) in Sample.tool.allCommands {
            let text = page(path, .full)
            for option in command.options where option.visibility != .hidden {
                #expect(text.contains(option.synopsis), "\(path) \(option.name)")
            }
        }
    }

    @Test func wideTextIsWrappedByColumns() {
        let tool = ToolDeclaration(
            root: CommandDeclaration("t", "日本語 " + String(repeating: "語", count: 30)), variablePrefix: "T_")
        let text = HelpRenderer(tool, width: 40).text(for: HelpRequest(path: [], form: .short))
        #expect(
            text.contains("日本語\n" + String(repeating: "語", count: 20) + "\n" + String(repeating: "語", count: 10) + "\n")
        )
    }

    @Test func impactsAreListed() {
        let impacts = HelpRenderer(Sample.tool).impacts()
        #expect(impacts.contains { $0.line == "discordctl dlq purge" && $0.tier.impact == .destructive })
        #expect(impacts.contains { $0.line == "discordctl dlq list" && $0.tier.impact == .read })
        #expect(!impacts.contains { $0.line == "discordctl dlq" })
    }
}
