import BackendContracts
import Chat
import FoundationEssentials
import Interface
import Logging
import Synchronization
import Testing

@testable import EmbeddedBackend

/// A clock that runs on whenever somebody looks at it.
private final class HastyTime: TimeSource {
    private let clock = Atomic<UInt64>(1_000_000)

    var unixMilliseconds: UInt64 { Samples.startUnixMilliseconds }
    var monotonicMilliseconds: UInt64 { clock.add(3_000, ordering: .relaxed).newValue }
    func sleep(milliseconds: UInt64) async throws {}
}

@Suite("SQLite search index") struct SearchIndexTests {
    @Test func aQueryEndsWhenItsTimeIsOver() async throws {
        let temporary = try TemporaryDirectory()
        let directory = try DataDirectory(temporary.path)
        let database = try SQLiteDatabase(SQLiteSearchIndex.description, in: directory)
        let patient = SQLiteSearchIndex(database, time: ManualTime())
        try await patient.beginBuild()
        try await patient.finishBuild()
        for start in stride(from: UInt64(1), to: 60_001, by: 10_000) {
            let documents = (start..<start + 10_000).map { number in
                SearchDocument(
                    id: Samples.messageID(number), channel: ChannelID(10), author: UserID(number % 2),
                    version: number, content: number % 2 == 0 ? "even" : "odd")
            }
            try await patient.apply(documents.map { .put($0) }, indexed: [:])
        }
        var query = SearchQuery(channels: [ChannelID(10)], text: SearchText("odd "))
        query.authors = [UserID(0)]
        let page = try await patient.search(query)
        #expect(page?.hits.isEmpty == true)
        let hasty = SQLiteSearchIndex(database, time: HastyTime())
        try await demandRefusal(.timedOut, "a query is bounded in time") { _ = try await hasty.search(query) }
        // The connection is as good as new afterwards.
        #expect(try await patient.search(query)?.total == 0)
        try database.close()
    }

    @Test func aBrokenFileKeepsNobodyFromChatting() async throws {
        let directory = try TemporaryDirectory()
        try Data("this is no database, though long enough to be taken for one at first sight".utf8)
            .write(to: URL(filePath: directory.file("search.db")))
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let backends = try EmbeddedBackends.open(directory: directory.path, time: ManualTime(), logger: logger)
        _ = try await backends.log.append([NewRecord(topic: .messages, key: 1, payload: [1])])
        let error = try await demandRefusal(.corrupt, "search says what is wrong") {
            _ = try await backends.search.status()
        }
        #expect(error.hint?.contains("remove") == true)
        try backends.close()
    }

    @Test func theIndexOutlivesTheProcess() async throws {
        let directory = try TemporaryDirectory()
        let document = SearchDocument(
            id: Samples.messageID(1), channel: ChannelID(10), author: UserID(1), version: 1, content: "kept")
        let first = try Opened(in: directory).backends
        try await first.search.beginBuild()
        try await first.search.finishBuild()
        try await first.search.apply([.put(document)], indexed: [0: IndexedThrough(next: 1, timestamp: 2)])
        try first.close()
        let second = try Opened(in: directory).backends
        let query = SearchQuery(channels: [ChannelID(10)], text: SearchText("kept"))
        #expect(try await second.search.search(query)?.hits.map(\.place) == [document.place])
        #expect(try await second.search.status().indexed[0]?.next == 1)
        try second.close()
    }

    /// An index of a version before pins or replies were labels is built anew beside it, and answers meanwhile.
    @Test(arguments: [1, 2])
    func anIndexOfAnEarlierVersionIsBuiltAnew(version: Int) async throws {
        let temporary = try TemporaryDirectory()
        let directory = try DataDirectory(temporary.path)
        var old = SQLiteSearchIndex.description
        old.migrations = Array(old.migrations.prefix(version))
        let document = SearchDocument(
            id: Samples.messageID(1), channel: ChannelID(10), author: UserID(1), version: 1, content: "kept")
        for isUnderWay in [false, true] {
            old.fileName = "search-\(isUnderWay).db"
            let before = try SQLiteDatabase(old, in: directory)
            let index = SQLiteSearchIndex(before, time: ManualTime())
            try await index.beginBuild()
            try await index.finishBuild()
            try await index.apply([.put(document)], indexed: [0: IndexedThrough(next: 1, timestamp: 2)])
            if isUnderWay {
                try await index.beginBuild()
                try await index.extendBuild([document], through: document.place)
            }
            try before.close()
            var description = SQLiteSearchIndex.description
            description.fileName = old.fileName
            let after = try SQLiteDatabase(description, in: directory)
            let opened = SQLiteSearchIndex(after, time: ManualTime())
            let status = try await opened.status()
            #expect(status.isBuilt && status.documents == 1)
            #expect(status.build == SearchBuild(documents: 0, place: nil))
            #expect(status.indexed[0]?.next == 1)
            let query = SearchQuery(channels: [ChannelID(10)], text: SearchText("kept"))
            #expect(try await opened.search(query)?.hits.map(\.place) == [document.place])
            var labelled = document
            labelled.isPinned = true
            labelled.repliedToUser = UserID(3)
            try await opened.extendBuild([labelled], through: document.place)
            try await opened.finishBuild()
            var asked = query
            asked.isPinned = true
            asked.repliedToUsers = [UserID(3)]
            #expect(try await opened.search(asked)?.hits.map(\.place) == [document.place])
            try after.close()
        }
    }

    @Test(arguments: [
        ("plain", "\"plain\""), ("a\"b", "\"a\"\"b\""), ("nul\0", "\"nul\""), ("\"", "\"\"\"\""),
    ])
    func textStandsInStrings(_ text: String, _ quoted: String) {
        #expect(SearchExpression.quoted(text) == quoted)
    }
}
