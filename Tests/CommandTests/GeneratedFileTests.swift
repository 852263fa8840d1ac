import Arguments
import Foundation
import Node
import Testing

@testable import discordctl

/// What is committed for packagers is what the declaration gives.
@Suite("Generated files")
struct GeneratedFileTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let remedy = """
        make it anew: swift build && .build/debug/discordctl man --directory man && \
        .build/debug/discordctl completion --directory completions
        """

    private func compare(_ files: [GeneratedFile], below folder: String) throws {
        let place = Self.root.appending(path: folder)
        let found = (FileManager.default.enumerator(atPath: place.path)?.compactMap { $0 as? String } ?? [])
            .filter { !place.appending(path: $0).hasDirectoryPath && $0.contains(where: { "._".contains($0) }) }
        #expect(
            Set(found) == Set(files.map(\.name)),
            "\(folder)/ has other files; remove what is left over, and \(Self.remedy)")
        for file in files {
            let text = try? String(contentsOf: place.appending(path: file.name), encoding: .utf8)
            #expect(text == file.text, "\(folder)/\(file.name) is out of date; \(Self.remedy)")
        }
    }

    @Test func manualIsUpToDate() throws {
        try compare(Manual.all, below: "man")
    }

    @Test func completionsAreUpToDate() throws {
        let scripts = CompletionScript.allCases.map { GeneratedFile(name: $0.fileName, text: $0.text) }
        try compare(scripts, below: "completions")
    }

    @Test func everyCommandOptionSettingAndVariableIsInTheManual() {
        let pages = Dictionary(uniqueKeysWithValues: Manual.all.map { ($0.name, $0.text) })
        for (path, command) in Tool.declaration.allCommands where command.visibility != .hidden {
            let page = pages["man1/\((["discordctl"] + path).joined(separator: "-")).1"] ?? ""
            #expect(page.contains(".Sh NAME\n") && page.contains(".Sh SYNOPSIS\n"), "\(path)")
            for option in command.options + (path.isEmpty ? Tool.declaration.common : []) {
                let name = option.name.split(separator: "-").joined(separator: "\\-")
                #expect(page.contains(name), "\(path) --\(option.name)")
                for variable in option.environment { #expect(page.contains(".It Ev \(variable.name)\n")) }
            }
        }
        let node = pages["man5/discordctl-node.5"] ?? ""
        for setting in Setting.all {
            #expect(node.contains(".It Cm \(setting.key) :") && node.contains(setting.variable))
        }
        let contexts = pages["man5/discordctl.5"] ?? ""
        for field in ClusterContext.Field.allCases { #expect(contexts.contains(".It Cm \(field.rawValue)\n")) }
    }

    @Test func theExamplesOfFilesAreTaken() throws {
        let contexts = try ContextsFile(
            text: FilePage.contextsExample, path: "example", formats: OutputFormat.allCases.map(\.rawValue))
        #expect(contexts.current == "lab" && contexts[name: "prod"]?.isProtected == true)
        let file = ConfigurationFile(text: FilePage.nodeExample, path: "example")
        _ = try NodeConfiguration(flags: [:], environment: [:], file: file)
    }

    @Test func textOfTheDeclarationNeverBecomesAMacro() {
        var page = ManualText(title: "x", section: 1, date: "today", summary: "it's", generator: "x")
        page.sentences(".Sh A\\B --dry-run. 'quoted' well-known")
        #expect(page.text.hasSuffix("\\&.Sh A\\eB \\-\\-dry\\-run.\n\\&'quoted' well-known\n"), "\(page.text)")
    }

    @Test func pagesAreShownAndWritten() async throws {
        let home = try Home()
        #expect(try await run("man node start").output == Manual.page(of: ["node", "start"]))
        #expect(try await run("man --file node").output == FilePage.node.text)
        #expect(try await run("man frobnicate").exit == .notFound)
        #expect(try await run("man node start --file node").exit == .usage)
        #expect(try await run("man --directory \(home.path)/man").exit == .done)
        #expect(FileManager.default.fileExists(atPath: home.path + "/man/man1/discordctl.1"))
        #expect(try await run("completion --directory \(home.path)/c").exit == .done)
        #expect(FileManager.default.fileExists(atPath: home.path + "/c/_discordctl"))
        #expect(try await run("completion --directory \(home.path)/man/man1/discordctl.1").exit == .cannotCreate)
        #expect(try await run("completion").exit == .usage)
    }
}
