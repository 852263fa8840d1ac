import GRDB
import GRDBSQLite

/// A statement that is run for many rows, with its values bound by SQLite's own functions.
///
/// GRDB boxes each value and keeps an array of them for each run: for the rows of the send path that takes longer than SQLite does.
/// Used on the writer queue, inside one transaction, and for no statement that is run through GRDB as well.
struct BoundStatement {
    private let statement: Statement
    private let database: Database

    /// Takes the statement that the connection has prepared for this text, or prepares it.
    init(_ database: Database, _ sql: String) throws {
        self.database = database
        statement = try database.cachedStatement(sql: sql)
    }

    /// Binds ?1 and so on, for the next run.
    func bind(_ integer: Int64, at index: Int32) throws {
        try check(sqlite3_bind_int64(statement.sqliteStatement, index, integer))
    }

    func bind(_ text: String, at index: Int32) throws {
        var text = text
        try text.withUTF8 { bytes in
            try bytes.withMemoryRebound(to: CChar.self) { characters in
                try check(
                    sqlite3_bind_text64(
                        statement.sqliteStatement, index, characters.baseAddress, UInt64(characters.count),
                        Self.copies, UInt8(SQLITE_UTF8)))
            }
        }
    }

    /// Runs the statement once, and forgets what was bound.
    func run() throws {
        defer { end() }
        try check(sqlite3_step(statement.sqliteStatement))
    }

    /// Runs the statement for one row, with the bytes in its last place, and forgets what was bound.
    func run(blob: [UInt8], at index: Int32) throws {
        let raw = statement.sqliteStatement
        defer { end() }
        try blob.withUnsafeBytes { bytes in
            // A blob without an address would be NULL. Bound without a copy: the binding goes before the bytes do.
            if let start = bytes.baseAddress {
                try check(sqlite3_bind_blob64(raw, index, start, UInt64(bytes.count), nil))
            } else {
                try check(sqlite3_bind_zeroblob(raw, index, 0))
            }
            try check(sqlite3_step(raw))
        }
    }

    /// Runs the statement, gives its first row to `body`, and forgets what was bound; `nil` when there is no row.
    func first<Value>(_ body: (BoundRow) throws -> Value) throws -> Value? {
        defer { end() }
        let code = sqlite3_step(statement.sqliteStatement)
        guard code == SQLITE_ROW else {
            try check(code)
            return nil
        }
        return try body(BoundRow(statement.sqliteStatement))
    }

    private func end() {
        sqlite3_reset(statement.sqliteStatement)
        sqlite3_clear_bindings(statement.sqliteStatement)
    }

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK || code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
    }

    /// SQLITE_TRANSIENT, which the importer leaves out: SQLite keeps a copy of what is bound.
    private static var copies: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
}

/// The row at which a ``BoundStatement`` stands.
struct BoundRow {
    private let statement: OpaquePointer

    fileprivate init(_ statement: OpaquePointer) {
        self.statement = statement
    }

    func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

    func unsigned(_ index: Int32) -> UInt64 { UInt64(bitPattern: integer(index)) }
}
