import Arguments
import Operations
import Testing

@testable import discordctl

@Suite("Completion")
struct CompletionTests {
    /// What a shell is told for words of which the last stands at the cursor.
    private func complete(_ words: String..., home: Home? = nil) -> (words: [String], directive: String) {
        let paths = LocalPaths(environment: home?.environment ?? [:])
        let answer = CompletionAnswer(paths).text((["fish"] + words).map { Word($0) }[...])
        let lines = answer.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        return (Array(lines.dropLast()), lines.last ?? "")
    }

    /// The same as bash asks.
    private func bash(_ line: String, breaks: String = " \t\n\"'><=;|&(:") -> [String] {
        let answer = CompletionAnswer(LocalPaths(environment: [:])).text([Word("bash"), Word(line), Word(breaks)][...])
        return answer.split(separator: "\n").dropLast().map(String.init)
    }

    @Test func offersCommands() {
        #expect(complete("").words.contains("node"))
        #expect(complete("gu").words == ["guild"])
        #expect(complete("nodes", "st").words == ["start", "stop", "status"])
        #expect(complete("-q", "node", "stat").words == ["status"])
        #expect(complete("frobnicate", "").words == [])
        #expect(complete("help", "node", "sto").words == ["stop"])
    }

    @Test func offersOptionsThatTheCommandCanHonour() {
        let stop = complete("node", "stop", "--").words
        #expect(stop.contains("--deadline") && stop.contains("--confirm") && stop.contains("--context"))
        #expect(!stop.contains("--limit"))
        #expect(!complete("version", "--").words.contains("--context"))
        #expect(complete("guild", "list", "--he").words == ["--help"])
        #expect(complete("guild", "list", "--no-").words.contains("--no-headers"))
        #expect(!complete("guild", "list", "--output", "json", "--").words.contains("--output"))
        #expect(complete("guild", "list", "--endpoint", "/x", "--end").words == ["--endpoint"])
        #expect(complete("guild", "list", "--", "--").words == [])
    }

    @Test func offersValuesHoweverTheyAreSpelled() {
        #expect(complete("guild", "list", "--output", "j").words == ["json", "jsonl"])
        #expect(complete("guild", "list", "-o", "j").words == ["json", "jsonl"])
        #expect(complete("guild", "list", "--output=j").words == ["--output=json", "--output=jsonl"])
        #expect(complete("guild", "list", "-oj").words == ["-ojson", "-ojsonl"])
        #expect(complete("guild", "list", "-qoj").words == ["-qojson", "-qojsonl"])
        #expect(complete("guild", "list", "--color=n").words == ["--color=never"])
        // What the command makes of a common option.
        #expect(complete("message", "tail", "-o", "").words == ["table", "wide", "jsonl", "name"])
        #expect(complete("guild", "list", "--columns", "ID,N").words == ["ID,NAME"])
        #expect(complete("guild", "list", "--columns", "ID,").directive == ":open")
        #expect(!complete("guild", "list", "--columns", "ID,").words.contains("ID,ID"))
        #expect(complete("node", "start", "--log-l", "").words == [])
        #expect(complete("completion", "").words == ["bash", "zsh", "fish"])
    }

    @Test func leavesPathsToTheShell() {
        #expect(complete("config", "check", "").directive == ":files")
        #expect(complete("node", "start", "--config", "./no").directive == ":files")
        #expect(complete("node", "start", "--config=./no").directive == ":files")
        #expect(complete("man", "--directory", "").directive == ":directories")
        #expect(complete("guild", "create", "").directive == ":done")
    }

    @Test func knowsTheContextsAndNothingThatTakesTime() throws {
        let home = try Home()
        try home.write("contexts: {lab: {endpoints: [/x]}, prod: {endpoints: [/y], protected: true}}")
        #expect(complete("guild", "list", "--context", "", home: home).words == ["lab", "prod"])
        #expect(complete("-cp", home: home).words == ["-cprod"])
        #expect(complete("context", "use", "l", home: home).words == ["lab"])
        #expect(complete("context", "check", "lab", "", home: home).words == ["lab", "prod"])
        try home.write("contexts: [")
        #expect(complete("guild", "list", "--context", "", home: home).words == [])
    }

    @Test func answersBashWithWhatItTakesForTheWord() {
        #expect(bash("discordctl guild list --output=j") == ["json", "jsonl"])
        #expect(bash("discordctl guild list --output=j", breaks: " ") == ["--output=json", "--output=jsonl"])
        #expect(bash("discordctl guild list --output ") == ["table", "wide", "json", "jsonl", "yaml", "name"])
        #expect(bash("discordctl 'guild' list -o \"j") == ["json", "jsonl"])
        #expect(bash("sudo x && discordctl gu") == ["guild"])
        #expect(bash("discordctl") == [])
    }

    @Test func neverComplains() async throws {
        let lines: [[Word]] = [
            ["__complete"], ["__complete", "tcsh"], ["__complete", "bash"], ["__complete", "zsh"],
            ["__complete", "fish", Word(bytes: [0xFF])], ["__complete", "bash", Word(bytes: [0xFF]), "="],
            ["__complete", "fish", "--frob", "-Z", "--output=", "=", "-"],
        ]
        for words in lines {
            let result = try await run(words)
            #expect(result.exit == .done && result.errors == "")
            #expect(result.output.hasSuffix("\n") && result.output.contains(":"))
        }
    }

    @Test func everyCommandAndOptionIsOffered() {
        for (path, command) in Tool.declaration.allCommands where command.visibility == .shown {
            for sub in command.subcommands where sub.visibility == .shown {
                let answer = CompletionAnswer(LocalPaths(environment: [:]))
                    .text((["fish"] + path + [sub.name]).map { Word($0) }[...])
                #expect(answer.hasPrefix(sub.name + "\t"), "\(path)")
            }
            for option in command.options where option.visibility == .shown {
                let answer = CompletionAnswer(LocalPaths(environment: [:]))
                    .text((["fish"] + path + ["--" + option.name]).map { Word($0) }[...])
                #expect(answer.hasPrefix("--" + option.name), "\(path) --\(option.name)")
            }
        }
    }
}
