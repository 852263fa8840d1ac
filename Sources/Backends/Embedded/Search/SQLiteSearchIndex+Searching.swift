import Chat
import GRDB
package import Interface

// Searching: matches come in the order of their ids, so that a page of the newest ones costs little however many there
// are; counting goes on up to a bound, and all of it within a time.

extension SQLiteSearchIndex {
    package func search(_ query: SearchQuery) async throws(BackendError) -> SearchPage? {
        try check(query)
        let expression = SearchExpression(query)
        let budget = SearchBudget(milliseconds: Self.queryMilliseconds, time: time)
        let path = database.path
        return try await database.read("search.search") { database in
            guard let tables = try SearchState.read(database).active else { return nil }
            guard let match = expression.match else {
                return SearchPage(hits: [], total: 0, isTotalExact: true)
            }
            do {
                let search = Search(tables: tables, query: query, match: match, words: expression.words)
                return try budget.start().bounding(database) { try search.page(in: database) }
            } catch  where QueryBudget.stopped(error) {
                throw BackendError(
                    .timedOut, operation: "search.search", target: path,
                    detail: "the query took more than \(Self.queryMilliseconds) ms"
                )
            }
        }
    }

    private func check(_ query: SearchQuery) throws(BackendError) {
        guard query.channels.count <= SearchQuery.channelsMax else {
            throw refusal("search.search", "a query names at most \(SearchQuery.channelsMax) channels")
        }
        guard query.valueCount <= SearchQuery.valuesMax else {
            throw refusal("search.search", "a query holds at most \(SearchQuery.valuesMax) values")
        }
        guard (0...SearchQuery.offsetMax).contains(query.offset), (1...SearchQuery.pageMax).contains(query.limit)
        else {
            throw refusal("search.search", "a page or its offset is out of bounds")
        }
    }
}

/// How long a query may take from when it has a connection.
private struct SearchBudget: Sendable {
    var milliseconds: UInt64
    var time: any TimeSource

    func start() -> QueryBudget { QueryBudget(milliseconds: milliseconds, time: time) }
}

/// One query on one set of tables.
private struct Search {
    let tables: SearchTables
    let query: SearchQuery
    let match: String
    let words: String?

    func page(in database: Database) throws -> SearchPage {
        let isRanked = query.order == .relevance && words != nil
        let wanted = isRanked ? 0..<SearchQuery.rankedMax : query.offset..<query.offset + query.limit
        var found = try ids(wanted, in: database)
        var scores: [Int64: Double] = [:]
        if isRanked {
            for id in found.ids { scores[id] = try score(of: id, in: database) }
            found.ids.sort { (scores[$0] ?? 0, $0) > (scores[$1] ?? 0, $1) }
            found.ids = Array(found.ids.dropFirst(query.offset).prefix(query.limit))
        }
        let hits = try found.ids.compactMap { try hit($0, score: scores[$0] ?? 0, in: database) }
        return SearchPage(hits: hits, total: found.total, isTotalExact: found.isExact)
    }

    /// The matches of a range, and how many there are in all, as far as bound and time allow.
    private func ids(
        _ wanted: Range<Int>, in database: Database
    ) throws -> (ids: [Int64], total: Int, isExact: Bool) {
        let rows = try database.rows(
            """
            SELECT rowid FROM \(tables.posting) WHERE \(tables.posting) MATCH ? AND rowid > ? AND rowid < ?
            ORDER BY rowid \(query.order == .oldest ? "ASC" : "DESC")
            """,
            [match, query.after?.bound ?? -1, query.before?.bound ?? .max]
        )
        var ids: [Int64] = []
        var total = 0
        do {
            while let row = try rows.next() {
                guard total < SearchQuery.countMax else { return (ids, total, false) }
                if wanted.contains(total) { ids.append(row.integer(0)) }
                total += 1
            }
        } catch  where QueryBudget.stopped(error) && total >= wanted.upperBound {
            // The page is there; only the counting took too long.
            return (ids, total, false)
        }
        return (ids, total, true)
    }

    /// How telling a match is: the more often the words come up, and the shorter what they come up in, the more. This is
    /// BM25 without the words' rarity, which is the same for messages that have to hold all of them.
    private func score(of id: Int64, in database: Database) throws -> Double {
        let (saturation, lengthShare, usualLength) = (1.2, 0.75, 60.0)
        let counted: (length: Double, marks: Double)? = try database.first(
            """
            SELECT length(content),
            length(highlight(\(tables.posting), 0, ?1, '')) - length(highlight(\(tables.posting), 0, '', ''))
            FROM \(tables.posting) WHERE \(tables.posting) MATCH ?2 AND rowid = ?3
            """,
            [SearchWords.opening, words, id]
        ) { (Double($0.integer(0)), Double($0.integer(1))) }
        guard let counted else { return 0 }
        let length = 1 - lengthShare + lengthShare * counted.length / usualLength
        return counted.marks * (saturation + 1) / (counted.marks + saturation * length)
    }

    private func hit(_ id: Int64, score: Double, in database: Database) throws -> SearchHit? {
        let content: (indexed: String, marked: String?)?
        if let words {
            content = try database.first(
                """
                SELECT content, snippet(\(tables.posting), 0, ?, ?, '…', \(SearchWords.snippetWords))
                FROM \(tables.posting) WHERE \(tables.posting) MATCH ? AND rowid = ?
                """,
                [SearchWords.opening, SearchWords.closing, words, id]
            ) { ($0.text(0), $0.text(1)) }
        } else {
            content = try database.first(
                "SELECT content FROM \(tables.posting) WHERE rowid = ?", [id]
            ) { ($0.text(0), nil) }
        }
        let entry = try database.first("SELECT channel, version FROM \(tables.document) WHERE id = ?", [id]) {
            (channel: $0.id(0) as ChannelID, version: $0.unsigned(1))
        }
        guard let content, let entry else { return nil }
        return SearchHit(
            place: MessageLocation(channel: entry.channel, id: MessageID(column: id)), version: entry.version,
            snippet: content.marked.map(SearchWords.snippet(marked:))
                ?? SearchWords.snippet(beginning: content.indexed),
            content: SearchWords.plain(content.indexed), score: score
        )
    }
}
