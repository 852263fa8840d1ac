import Arguments
import FoundationEssentials
import Operations
import Testing
import Yams

@testable import discordctl

/// What a list looks like to a program.
private struct ListDocument<Item: Decodable>: Decodable {
    var apiVersion: String
    var kind: String
    var items: [Item]
    var next: String?
}

/// What one thing looks like to a program.
private struct SingleHead: Decodable {
    var apiVersion: String
    var kind: String
}

@Suite("Rendering")
struct RenderingTests {
    private func decode<Value: Decodable>(_ text: String, as _: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }

    private func checkFormats<Item: Resource & Codable & Equatable>(_ item: Item) throws {
        let list = try decode(Sample.renderer(.json).list([item, item], next: "9"), as: ListDocument<Item>.self)
        #expect(list.apiVersion == "discordctl/v1")
        #expect(list.kind == Item.kind + "List")
        #expect(list.items == [item, item])
        #expect(list.next == "9")

        let single = Sample.renderer(.json).single(item)
        #expect(try decode(single, as: Item.self) == item)
        #expect(try decode(single, as: SingleHead.self).kind == Item.kind)

        let lines = Sample.renderer(.jsonl).list([item, item], next: nil).split(separator: "\n")
        #expect(try lines.map { try decode(String($0), as: Item.self) } == [item, item])

        let yaml = try #require(try Yams.load(yaml: Sample.renderer(.yaml).list([item], next: nil)) as? [String: Any])
        #expect(yaml["kind"] as? String == Item.kind + "List")
        #expect((yaml["items"] as? [[String: Any]])?.count == 1)

        #expect(Sample.renderer(.name).list([item], next: nil) == item.handle + "\n")
        for format in [OutputFormat.table, .wide] where !Item.columns.isEmpty {
            let table = Sample.renderer(format).list([item, item], next: nil).split(separator: "\n")
            #expect(table.count == 3)
            #expect(table.first?.contains(Item.columns[0].name) == true)
        }
    }

    @Test func everyResourceComesInEveryFormat() throws {
        try checkFormats(Sample.user)
        try checkFormats(TokenResource(user: Sample.user, token: "secret"))
        try checkFormats(Sample.guild("home"))
        try checkFormats(Sample.channel)
        try checkFormats(Sample.message("hello"))
        try checkFormats(Sample.presence)
        try checkFormats(Sample.presenceSession)
        try checkFormats(Sample.gateway)
        try checkFormats(Sample.session)
        try checkFormats(Sample.setting)
        try checkFormats(Sample.dependency)
        try checkFormats(Sample.status)
        try checkFormats(Sample.hit)
        try checkFormats(Sample.indexJob)
        try checkFormats(Sample.index)
    }

    @Test func emptyListsAreStillDocuments() throws {
        let list = try decode(
            Sample.renderer(.json).list([GuildResource](), next: nil), as: ListDocument<GuildResource>.self)
        #expect(list.items.isEmpty && list.next == nil)
        #expect(Sample.renderer(.jsonl).list([GuildResource](), next: nil) == "")
        #expect(Sample.renderer(.name).list([GuildResource](), next: nil) == "")
        #expect(try Yams.load(yaml: Sample.renderer(.yaml).list([GuildResource](), next: nil)) is [String: Any])
    }

    @Test(arguments: hostileNames)
    func hostileNamesNeitherMoveTheCursorNorChangeTheData(_ name: String) throws {
        let guild = Sample.guild(name)
        for format in OutputFormat.allCases {
            let text = Sample.renderer(format).list([guild], next: nil)
            let unsafe = text.unicodeScalars.filter { $0 != "\n" && SafeText.isUnsafe($0) }
            #expect(unsafe.isEmpty, "\(format)")
        }
        #expect(Sample.renderer(.table).list([guild], next: nil).split(separator: "\n").count == 2)
        #expect(
            try decode(Sample.renderer(.json).list([guild], next: nil), as: ListDocument<GuildResource>.self).items == [
                guild
            ])
        let yaml = try #require(try Yams.load(yaml: Sample.renderer(.yaml).single(guild)) as? [String: Any])
        #expect(yaml["name"] as? String == name)
        #expect(yaml["id"] as? String == guild.id)
    }

    @Test func columnsLineUpByDisplayWidth() throws {
        let text = Sample.renderer(.table).list([Sample.guild("漢字"), Sample.guild("home")], next: nil)
        let starts = text.split(separator: "\n").dropFirst().compactMap { line -> Int? in
            line.firstRange(of: "80351110224678912").map { DisplayWidth.of(line[..<$0.lowerBound]) }
        }
        #expect(starts.count == 2)
        #expect(Set(starts).count == 1)
    }

    @Test func tablesAreCutOnATerminalOnly() {
        let message = Sample.message(String(repeating: "long ", count: 100))
        let piped = Sample.renderer(.table).list([message], next: nil)
        let shown = Sample.renderer(.table, width: 120).list([message], next: nil)
        #expect(piped.contains(String(repeating: "long ", count: 99)))
        #expect(shown.split(separator: "\n").allSatisfy { DisplayWidth.of($0) <= 120 })
        #expect(shown.contains("\u{2026}"))
    }

    @Test func whatWasLookedForIsBoldOnATerminalAndNowhereElse() {
        let bold = Colour.bold.applied(to: "fox")
        let shown = Sample.renderer(.table, width: 200, isColored: true).list([Sample.hit], next: nil)
        #expect(shown.contains("the quick \(bold) \\u{1b}[31m"))
        let plain = Sample.renderer(.table).list([Sample.hit], next: nil)
        #expect(plain.contains("the quick fox \\u{1b}[31m"))
        #expect(!plain.contains("\u{1B}"))
    }

    @Test func sortingKnowsNumbersFromText() {
        let guilds = [
            Sample.guild("b", id: "900", members: 10), Sample.guild("a", id: "1000", members: 9),
            Sample.guild("c", id: "20", members: 9),
        ]
        func ids(_ column: String, _ isDescending: Bool = false) -> [Substring] {
            var renderer = Sample.renderer(.name)
            renderer.order = SortOrder(column: column, isDescending: isDescending)
            return renderer.list(guilds, next: nil).split(separator: "\n")
        }
        #expect(ids("ID") == ["20", "900", "1000"])
        #expect(ids("MEMBERS") == ["1000", "20", "900"])
        #expect(ids("MEMBERS", true) == ["900", "1000", "20"])
        #expect(ids("NAME") == ["1000", "900", "20"])
    }

    @Test func namedColumnsComeInTheirOrder() {
        var renderer = Sample.renderer(.table)
        renderer.columnNames = ["NAME", "ID"]
        #expect(renderer.list([Sample.guild("home")], next: nil).hasPrefix("NAME"))
        renderer.table.showsHeaders = false
        #expect(renderer.list([Sample.guild("home")], next: nil) == "home  1100222333444555666\n")
    }

    @Test func statusTellsWhatRunsWhere() {
        let text = NodeStatusShow.text(Sample.status, Sample.renderer(.table))
        #expect(text.contains("active for 1h2m"))
        #expect(text.contains("http://127.0.0.1:8080"))
        #expect(text.contains("sqlite:log.db"))
        #expect(text.contains("idle      search-indexer does not run: 7 records since 2026-11-23T21:00:00.000Z"))
    }

    @Test(arguments: [(0, "0s"), (59, "59s"), (60, "1m0s"), (3_725, "1h2m"), (90_061, "1d1h")] as [(UInt64, String)])
    func uptimeReadsAtAGlance(_ seconds: UInt64, _ text: String) {
        #expect(NodeStatusShow.uptime(seconds) == text)
    }

    @Test(arguments: [
        ("plain", "plain"), ("two words", "'two words'"), ("it's", "'it'\\''s'"), ("", "''"),
        ("/a/b.sock", "/a/b.sock"),
    ])
    func shellWordsCanBePasted(_ text: String, _ quoted: String) {
        #expect(SafeLine.shellWord(text) == quoted)
    }
}
