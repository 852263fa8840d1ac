import Arguments
import Testing

@Suite("Diagnostics")
struct DiagnosticTests {
    private func text(_ words: [Word], width: Int = 80, asciiOnly: Bool = true) -> String {
        let result = Sample.parser.parse(words)
        guard case .refused(let refusal) = result.outcome else { return "" }
        return DiagnosticRenderer(width: width, asciiOnly: asciiOnly).text(of: refusal, on: result.line)
    }

    @Test func twoErrorsAreShownWithCarets() {
        #expect(
            text(words("dlq replay messages --rate 500 --sicne 2h")) == """
                discordctl: error: --rate: '500' has no unit
                  discordctl dlq replay messages --rate 500 --sicne 2h
                                                        ^~~
                  expected a rate such as 500/s or 30/min (1/min to 10000/s)
                discordctl: error: unknown option '--sicne'
                  discordctl dlq replay messages --rate 500 --sicne 2h
                                                            ^~~~~~~
                  did you mean '--since'?
                see 'discordctl dlq replay --help'

                """)
    }

    @Test func bothWordsOfAConflictAreMarked() {
        #expect(
            text(words("node stop n1 --self")) == """
                discordctl: error: NODE and '--self' exclude each other
                  discordctl node stop n1 --self
                                       ~~ ^~~~~~
                  give one
                see 'discordctl node stop --help'

                """)
    }

    @Test func wordsAreQuotedForTheShell() {
        #expect(
            text(words("message send") + ["it's here", "a\u{1b}b", "--zzz"]).contains(
                #"  discordctl message send 'it'\''s here' $'a\x1bb' --zzz"# + "\n"))
    }

    @Test func caretStandsUnderWideCharacters() {
        let lines = text(words("message send 日本 --zzz"), asciiOnly: false).split(separator: "\n")
        #expect(lines[1] == "  discordctl message send 日本 --zzz")
        #expect(lines.contains("                          ^~~~"))
        #expect(text(words("message send 日本 --zzz")).contains(#"$'\u65e5\u672c' --zzz"#))
    }

    @Test func longLinesAreCutAroundTheCaret() throws {
        let long = words(
            "dlq list --reason " + String(repeating: "x", count: 300) + " --sicne 2h -q -q -q -q -q -q -q -q -q")
        let lines = text(long, width: 40).split(separator: "\n").map(String.init)
        #expect(lines[1].count <= 40)
        #expect(lines[1].hasPrefix("  ...") && lines[1].hasSuffix("..."))
        let caret = try #require(lines[2].firstIndex(of: "^"))
        let column = lines[2].distance(from: lines[2].startIndex, to: caret)
        #expect(lines[1].dropFirst(column).hasPrefix("--sicne"))
    }

    @Test func secretsAreMasked() {
        let secret = text(words("dlq list --password-hint hunter2hunter2"))
        #expect(!secret.contains("hunter2"))
        #expect(secret.contains("--password-hint ****"))
        let url = text(words("node start --backend store=postgres://u:pw123@h/x --zzz"))
        #expect(url.contains("store=postgres://u:****@h/x") || url.contains("'store=postgres://u:****@h/x'"))
        #expect(!url.contains("pw123"))
        let unknown = text(words("dlq list --token abc123"))
        #expect(unknown.contains("--token ****"))
        let attached = text(words("dlq list --token=abc123"))
        #expect(attached.contains("--token=****"))
        #expect(!text(words("node list postgres://u:pw123@h")).contains("pw123"))
    }

    @Test func messagesHoldNoControlCharacters() {
        let hostile = text(["dlq", "list", "--\u{1b}[2J\u{202e}x", "--queue", "a\rb\u{9b}c"])
        #expect(hostile.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7f).contains($0.value) })
        let wide = text(["dlq", "list", "--\u{1b}[2J\u{202e}x", "y\u{7}"], asciiOnly: false)
        #expect(!wide.unicodeScalars.contains { $0 != "\n" && ($0.value < 0x20 || $0.value == 0x202e) })
    }

    @Test func emptyWordHasACaret() {
        #expect(
            text(["node", "stop", ""]).contains(
                """
                  discordctl node stop ''
                                        ^

                """))
    }

    @Test func moreThanFiveAreCounted() {
        #expect(text(words("dlq list --aaa --bbb --ccc --ddd --eee --fff")).contains("and 1 more error\nsee "))
    }

    @Test(arguments: [
        ("dlq ls", nil), ("dlq lsit", "did you mean 'dlq list'?"), ("dlq get", "did you mean 'dlq show'?"),
        ("dlq rm", "did you mean 'dlq purge'?"), ("dlq redrive", "did you mean 'dlq replay'?"),
        ("gateway undrain", "did you mean 'gateway uncordon'?"), ("dlq-list", "did you mean 'dlq list'?"),
        ("list dlq", "did you mean 'dlq list'?"), ("replay", "did you mean 'dlq replay'?"),
        ("partitons rebalance", "did you mean 'partitions'?"), ("qwertyuiop", nil), ("nodesx", "did you mean 'node'?"),
    ])
    func commandsAreSuggested(line: String, hint: String?) {
        #expect(parse(line).diagnostics.first?.hint == hint)
    }

    @Test func optionOfAnotherCommandIsNamed() {
        #expect(parse("dlq list --rate 5/s").diagnostics.map(\.hint) == ["'--rate' is an option of 'dlq replay'"])
        #expect(parse("--rate 5/s dlq list").codes == [.unknownOption])
    }

    @Test(arguments: [
        ("--ouput", "--output"), ("--outptu", "--output"), ("--no-pagr", "--no-pager"), ("--contxt", "--context"),
        ("--dryrun", "--dry-run"), ("--verbos", "--verbose"), ("--lmit", "--limit"),
        ("--request-timeuot", "--request-timeout"),
    ])
    func realTyposAreRecognised(typo: String, meant: String) {
        #expect(parse("dlq list \(typo)").diagnostics.first?.hint == "did you mean '\(meant)'?")
    }

    @Test func atMostThreeAreOffered() throws {
        let names = ["aaab", "aaac", "aaad", "aaae", "aaaf"]
        let problem = #expect(throws: ValueProblem.self) { try ValueType<String>.choice(names).value(of: "aaaa") }
        #expect(problem?.hint == "did you mean 'aaab', 'aaac' or 'aaad'?")
    }
}
