import Foundation
import Testing

/// The tree is the architecture: these tests hold the arrows, the foundations and the top level where the design put them.
@Suite("Architecture")
struct ArchitectureTests {
    /// What each module of this package may import of the others. Arrows point down only.
    private static let arrows: [String: Set<String>] = [
        "discordctl": ["Arguments", "Bench", "Chat", "Node", "Operations"],
        "Arguments": [],
        "Node": [
            "API", "Chat", "EmbeddedBackend", "Gateway", "Interface", "OpenSSLBackend", "Operations", "Services",
            "WebPushBackend", "Wire",
        ],
        "Bench": ["CEpoll", "Operations", "Wire"],
        "Operations": ["Chat"],
        "Gateway": ["CEpoll", "COpenSSL", "CZlib", "Chat", "Interface", "Services", "Wire"],
        "API": ["Chat", "Interface", "Services", "Wire"],
        "Services": ["Chat", "Interface"],
        "Wire": ["Chat"],
        "EmbeddedBackend": ["Chat", "Interface"],
        "OpenSSLBackend": ["COpenSSL", "Chat", "Interface"],
        "WebPushBackend": ["Interface"],
        "Interface": ["Chat"],
        "Chat": [],
    ]

    /// Where each module lies; longer paths first, because Wire lies inside Gateway.
    private static let folders: [(path: String, module: String)] = [
        ("Gateway/Wire/", "Wire"), ("Operations/Bench/", "Bench"), ("Backends/Embedded/", "EmbeddedBackend"),
        ("Backends/OpenSSL/", "OpenSSLBackend"), ("Backends/WebPush/", "WebPushBackend"),
        ("Backends/Interface/", "Interface"), ("discordctl/", "discordctl"), ("Arguments/", "Arguments"),
        ("Node/", "Node"),
        ("Operations/", "Operations"), ("Gateway/", "Gateway"), ("API/", "API"), ("Services/", "Services"),
        ("Chat/", "Chat"),
    ]

    private struct Source {
        var path: String
        var module: String
        var lines: [Substring]

        var imports: [String] {
            lines.compactMap { line in
                let words = line.split(separator: " ")
                guard let keyword = words.firstIndex(of: "import"), keyword <= 2, !line.hasPrefix(" "),
                    !line.hasPrefix("/")
                else {
                    return nil
                }
                // `import struct Module.Name` names the module before the dot.
                return words.last?.split(separator: ".").first.map(String.init)
            }
        }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static let sources: [Source] = {
        let base = root.appending(path: "Sources")
        let paths = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let module = folders.first(where: { path.hasPrefix($0.path) })?.module,
                let text = try? String(contentsOf: base.appending(path: path), encoding: .utf8)
            else { return nil }
            return Source(
                path: path, module: module, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
    }()

    @Test func findsTheSources() {
        #expect(Set(Self.sources.map(\.module)) == Set(Self.arrows.keys))
    }

    @Test func importsPointDown() {
        let ours = Set(Self.arrows.keys).union(["CEpoll", "COpenSSL", "CZlib"])
        for source in Self.sources {
            for name in source.imports where ours.contains(name) {
                #expect(Self.arrows[source.module]?.contains(name) == true, "\(source.path) imports \(name)")
            }
        }
    }

    @Test func thePureModulesStayWithoutFoundation() {
        for source in Self.sources where ["Chat", "Arguments", "Gateway", "Wire"].contains(source.module) {
            for name in source.imports {
                #expect(!name.hasPrefix("Foundation"), "\(source.path) imports \(name)")
            }
        }
        for source in Self.sources where ["Chat", "Arguments", "Wire"].contains(source.module) {
            #expect(
                Set(source.imports).isSubset(of: ["Chat", "Synchronization"]),
                "\(source.path) imports \(source.imports)")
        }
    }

    @Test func wholeFoundationWithItsTablesOfUnicodeStaysOut() {
        for source in Self.sources {
            #expect(!source.imports.contains("Foundation"), "\(source.path): FoundationEssentials will do")
        }
    }

    @Test func onlyTheirWrappersTouchLibraries() {
        let owners: [String: [String]] = [
            "GRDB": ["Backends/Embedded/"], "COpenSSL": ["Backends/OpenSSL/", "Gateway/Loop/"],
            "CEpoll": ["Gateway/Loop/", "Operations/Bench/"],
            "CZlib": ["Gateway/Compression/"], "Yams": ["Node/Configuration/"],
        ]
        for source in Self.sources {
            for name in source.imports {
                guard let folders = owners[name] else { continue }
                #expect(folders.contains { source.path.hasPrefix($0) }, "\(source.path) imports \(name)")
            }
        }
    }

    @Test func theTopLevelHoldsWhatTheOwnerListed() throws {
        let allowed: Set<String> = ["Package.swift", "Sources", "Tests", "completions", "man", "README.md"]
        let entries = try FileManager.default.contentsOfDirectory(atPath: Self.root.path)
            .filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(Set(entries).isSubset(of: allowed), "\(Set(entries).subtracting(allowed))")
    }

    @Test func filesHaveOneSubject() {
        for source in Self.sources {
            #expect(source.lines.count <= 420, "\(source.path) has \(source.lines.count) lines")
        }
    }

    @Test func nothingIsForcedOrLeftForLater() {
        for source in Self.sources {
            for (number, line) in source.lines.enumerated() {
                for mark in ["try!", "as!", "TODO", "FIXME", "XXX"] {
                    #expect(!line.contains(mark), "\(source.path):\(number + 1) has \(mark)")
                }
            }
        }
    }

    /// Whoever promises the compiler more than it can see has to prove it in a comment beside the promise.
    @Test func uncheckedPromisesAreProved() {
        for source in Self.sources {
            for (number, line) in source.lines.enumerated()
            where line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)") {
                let nearby = source.lines[max(0, number - 12)...min(source.lines.count - 1, number + 4)]
                #expect(nearby.contains { $0.contains("//") }, "\(source.path):\(number + 1) has no proof beside it")
            }
        }
    }
}
