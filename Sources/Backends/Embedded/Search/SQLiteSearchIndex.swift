package import Chat
import FoundationEssentials
import GRDB
package import Interface

/// The search index in SQLite's FTS5, in a file of its own.
///
/// Law: a message id is in `posting` of a set of tables exactly when it is in its `document` and not removed there; the
/// set's count in `state` is how many those are.
package final class SQLiteSearchIndex: SearchIndex {
    static let changesMax = 10_000
    static let idsMax = 10_000
    static let entriesMax = 1_000
    /// The time of one query.
    static let queryMilliseconds: UInt64 = 2_000

    static let description = DatabaseDescription(
        fileName: "search.db", pageBytes: 4_096,
        migrations: [
            SearchTables.a.creation + SearchTables.b.creation + SearchState.creation,
            // Pins became labels, then replies.
            SearchTables.rebuild, SearchTables.rebuild,
        ],
        // A power failure may take the last changes back: `indexed` goes with them, and the log still has the records.
        isEveryCommitSynced: false
    )

    let database: SQLiteDatabase
    let time: any TimeSource

    init(_ database: SQLiteDatabase, time: any TimeSource) {
        self.database = database
        self.time = time
    }

    package func apply(
        _ changes: [SearchChange], indexed: [Int: IndexedThrough]
    ) async throws(BackendError) {
        guard changes.count <= Self.changesMax else {
            throw refusal("search.apply", "one call takes at most \(Self.changesMax) changes")
        }
        try check(changes.map(\.place), "search.apply")
        try await database.write("search.apply") { database in
            var state = try SearchState.read(database)
            for tables in [state.active, state.building].compactMap({ $0 }) {
                var writer = SearchWriter(tables, in: database)
                for change in changes { try writer.apply(change) }
                state.documents[tables, default: 0] += writer.added
            }
            for (partition, through) in indexed {
                try database.run(
                    """
                    INSERT INTO indexed (partition, next, timestamp) VALUES (?, ?, ?)
                    ON CONFLICT (partition) DO UPDATE SET next = excluded.next, timestamp = excluded.timestamp
                    """,
                    [partition, Int64(clamping: through.next), Int64(clamping: through.timestamp)]
                )
            }
            try state.write(database)
        }
    }

    package func status() async throws(BackendError) -> SearchIndexStatus {
        try await database.read("search.status") { database in
            let state = try SearchState.read(database)
            var indexed: [Int: IndexedThrough] = [:]
            let rows = try database.rows("SELECT partition, next, timestamp FROM indexed")
            while let row = try rows.next() {
                indexed[Int(row.integer(0))] = IndexedThrough(next: row.unsigned(1), timestamp: row.unsigned(2))
            }
            let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
            let pageBytes = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            return SearchIndexStatus(
                isBuilt: state.active != nil, documents: state.active.flatMap { state.documents[$0] } ?? 0,
                build: state.building.map {
                    SearchBuild(documents: state.documents[$0] ?? 0, place: state.place)
                },
                indexed: indexed, bytes: pages * pageBytes
            )
        }
    }

    package func versions(of ids: [MessageID]) async throws(BackendError) -> [MessageID: UInt64] {
        guard ids.count <= Self.idsMax else {
            throw refusal("search.versions", "one call asks for at most \(Self.idsMax) messages")
        }
        return try await database.read("search.versions") { database in
            guard let tables = try SearchState.read(database).active else { return [:] }
            let sql = "SELECT version FROM \(tables.document) WHERE id = ? AND is_removed = 0"
            var found: [MessageID: UInt64] = [:]
            for id in ids { found[id] = try database.first(sql, [id.column]) { $0.unsigned(0) } }
            return found
        }
    }

    package func entries(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [SearchEntry] {
        let limit = limit.held(in: 1...Self.entriesMax)
        return try await database.read("search.entries") { database in
            guard let tables = try SearchState.read(database).active else { return [] }
            let (after, id) = place.map { ($0.channel.column, $0.id.bound) } ?? (.min, -1)
            let sql = """
                SELECT channel, id, version FROM \(tables.document)
                WHERE (channel, id) > (?1, ?2) AND (?3 IS NULL OR channel = ?3) AND is_removed = 0
                ORDER BY channel, id LIMIT ?4
                """
            // A single channel begins where it begins: what lies before it is not walked through.
            let start = channel.map { $0.column > after ? ($0.column, Int64(-1)) : (after, id) } ?? (after, id)
            return try database.all(sql, [start.0, start.1, channel?.column, limit]) {
                SearchEntry(place: MessageLocation(channel: $0.id(0), id: $0.id(1)), version: $0.unsigned(2))
            }
        }
    }

    func check(_ places: [MessageLocation], _ operation: String) throws(BackendError) {
        for place in places where place.id.rawValue > UInt64(Int64.max) {
            throw refusal(operation, "the id of message \(place.id) exceeds 63 bits")
        }
    }

    func refusal(_ operation: String, _ detail: String) -> BackendError {
        BackendError(.rejected, operation: operation, target: database.path, detail: detail)
    }
}

// Building anew.
extension SQLiteSearchIndex {
    package func beginBuild() async throws(BackendError) {
        try await database.write("search.beginBuild") { database in
            var state = try SearchState.read(database)
            let tables = state.active?.other ?? .a
            try Self.empty(tables, in: database)
            state.building = tables
            state.place = nil
            state.documents[tables] = 0
            try state.write(database)
        }
    }

    package func extendBuild(
        _ documents: [SearchDocument], through place: MessageLocation
    ) async throws(BackendError) {
        guard documents.count <= Self.changesMax else {
            throw refusal("search.extendBuild", "one call takes at most \(Self.changesMax) messages")
        }
        try check(documents.map(\.place), "search.extendBuild")
        let path = database.path
        try await database.write("search.extendBuild") { database in
            var state = try SearchState.read(database)
            guard let tables = state.building else { throw Self.noBuild("search.extendBuild", path) }
            var writer = SearchWriter(tables, in: database)
            for document in documents { try writer.apply(.put(document)) }
            state.documents[tables, default: 0] += writer.added
            state.place = place
            try state.write(database)
        }
    }

    package func finishBuild() async throws(BackendError) {
        let path = database.path
        try await database.write("search.finishBuild") { database in
            var state = try SearchState.read(database)
            guard let tables = state.building else { throw Self.noBuild("search.finishBuild", path) }
            state.active = tables
            state.building = nil
            state.place = nil
            // What was in use until now takes as much room again, and nothing would ever read it.
            try Self.empty(tables.other, in: database)
            state.documents[tables.other] = 0
            try state.write(database)
        }
    }

    private static func empty(_ tables: SearchTables, in database: Database) throws {
        try database.execute(sql: tables.removal)
        try database.execute(sql: tables.creation)
    }

    private static func noBuild(_ operation: String, _ path: String) -> BackendError {
        BackendError(.conflict, operation: operation, target: path, detail: "no build is under way")
    }
}

extension SearchState {
    static func read(_ database: Database) throws -> SearchState {
        let state = try database.first(
            "SELECT active, building, place_channel, place_message, documents_a, documents_b FROM state"
        ) { row in
            let channel: ChannelID? = row.optionalID(2)
            let message: MessageID? = row.optionalID(3)
            return SearchState(
                active: row.optionalText(0).flatMap(SearchTables.init(rawValue:)),
                building: row.optionalText(1).flatMap(SearchTables.init(rawValue:)),
                place: channel.flatMap { channel in message.map { MessageLocation(channel: channel, id: $0) } },
                documents: [.a: Int(row.integer(4)), .b: Int(row.integer(5))]
            )
        }
        return state ?? SearchState(active: nil, building: nil, place: nil, documents: [:])
    }

    func write(_ database: Database) throws {
        try database.run(
            """
            UPDATE state SET active = ?, building = ?, place_channel = ?, place_message = ?, documents_a = ?,
            documents_b = ?
            """,
            [
                active?.rawValue, building?.rawValue, place?.channel.column, place?.id.column, documents[.a] ?? 0,
                documents[.b] ?? 0,
            ]
        )
    }
}

/// Changes one set of tables.
private struct SearchWriter {
    /// The version of what was removed: greater than any.
    private static let removedVersion = Int64.max

    private let tables: SearchTables
    private let database: Database
    /// Messages that can be found now and could not before; negative when they became fewer.
    private(set) var added = 0

    init(_ tables: SearchTables, in database: Database) {
        self.tables = tables
        self.database = database
    }

    mutating func apply(_ change: SearchChange) throws {
        let place = change.place
        let known = try database.first(
            "SELECT version, is_removed FROM \(tables.document) WHERE id = ?", [place.id.column]
        ) { (version: $0.unsigned(0), isRemoved: $0.bool(1)) }
        switch change {
        case .put(let document):
            guard known.map({ !$0.isRemoved && $0.version < document.version }) ?? true else { return }
            if known == nil { added += 1 } else { try forget(place) }
            try database.run(
                "INSERT INTO \(tables.posting) (rowid, content, labels) VALUES (?, ?, ?)",
                [place.id.column, SearchWords.indexed(document.content), SearchLabel.all(of: document)]
            )
            try note(place, Int64(clamping: document.version), isRemoved: false)
        case .remove:
            guard known?.isRemoved != true else { return }
            if known != nil {
                added -= 1
                try forget(place)
            }
            try note(place, Self.removedVersion, isRemoved: true)
        }
    }

    private func forget(_ place: MessageLocation) throws {
        try database.run("DELETE FROM \(tables.posting) WHERE rowid = ?", [place.id.column])
    }

    private func note(_ place: MessageLocation, _ version: Int64, isRemoved: Bool) throws {
        try database.run(
            """
            INSERT INTO \(tables.document) (id, channel, version, is_removed) VALUES (?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET version = excluded.version, is_removed = excluded.is_removed
            """,
            [place.id.column, place.channel.column, version, isRemoved]
        )
    }
}
