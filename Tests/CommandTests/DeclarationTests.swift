import Arguments
import Node
import Testing

@testable import discordctl

@Suite("Declaration of the command line")
struct DeclarationTests {
    @Test func containsNoContradiction() {
        #expect(Tool.declaration.contradictions == [])
    }

    @Test func everyExampleParses() {
        #expect(Tool.declaration.brokenExamples == [])
    }

    @Test func everyCommandHasAVerbExamplesAndExitStatuses() {
        for (path, command) in Tool.declaration.allCommands where !command.needsSubcommand && !command.showsHelp {
            #expect(Tool.verb(at: path) != nil, "\(path)")
            #expect(!command.examples.isEmpty, "\(path)")
            #expect(command.exitStatuses.contains { $0.code == 0 }, "\(path)")
            #expect(command.exitStatuses.contains { $0.code == 64 }, "\(path)")
        }
    }

    @Test func examplesUseOnlyWhatTheirCommandCanHonour() throws {
        let parser = Parser(Tool.declaration)
        for (_, command) in Tool.declaration.allCommands {
            for words in command.examples.flatMap({ $0.commands(of: "discordctl") }) {
                guard case .run(let invocation) = parser.parse(words).outcome else { continue }
                let verb = try #require(Tool.verb(at: invocation.path))
                #expect(verb.abilities.refusals(of: invocation, in: words) == [])
            }
        }
    }

    @Test func everySettingWithAFlagIsAnOptionOfNodeStart() {
        let names = Set((NodeStart.declaration.options + Tool.declaration.common).map(\.name))
        for flag in Setting.all.compactMap(\.flag) {
            #expect(names.contains(flag))
        }
    }

    @Test func helpFitsItsWidthAndComesWithoutANode() async throws {
        for (path, _) in Tool.declaration.allCommands {
            let result = try await run((path + ["--help"]).map { Word($0) })
            #expect(result.exit == .done)
            #expect(result.errors == "")
            #expect(result.output.hasPrefix("usage: discordctl"))
        }
    }

    @Test func exitCodesAreTheDocumentedOnes() {
        let table: [(ExitCode, UInt8)] = [
            (.done, 0), (.failed, 1), (.refused, 2), (.cancelled, 3), (.usage, 64), (.badData, 65), (.notFound, 66),
            (.unknownUser, 67),
            (.unreachable, 69), (.internalError, 70), (.system, 71), (.cannotCreate, 73), (.inputOutput, 74),
            (.tryAgain, 75),
            (.versionSkew, 76), (.notAllowed, 77), (.configuration, 78), (.interrupted, 130), (.terminated, 143),
        ]
        #expect(table.map(\.0) == ExitCode.allCases)
        for (code, number) in table { #expect(code.rawValue == number) }
    }
}
