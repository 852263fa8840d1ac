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

    /// Runs the statement for one row, with the bytes in its last place, and forgets what was bound.
    func run(blob: [UInt8], at index: Int32) throws {
        let raw = statement.sqliteStatement
        defer {
            sqlite3_reset(raw)
            sqlite3_clear_bindings(raw)
        }
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

    private func check(_ code: Int32) throws {
        guard code == SQLITE_OK || code == SQLITE_DONE else {
            throw DatabaseError(resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
        }
    }
}
