import Chat
import GRDB
import GRDBSQLite
import Interface

/// Bounds the time of one query: what somebody types must not keep a core busy.
///
/// SQLite asks every few steps of its machine whether to go on (sqlite3_progress_handler). FTS5 joins its lists within
/// one step, but reads their pages through a statement of the same connection, a handful of steps each: so often has the
/// question to be asked that a few thousand postings are the most between two.
final class QueryBudget {
    private static let stepsBetweenQuestions: Int32 = 20

    private let time: any TimeSource
    private let deadline: UInt64

    init(milliseconds: UInt64, time: any TimeSource) {
        self.time = time
        deadline = time.monotonicMilliseconds + milliseconds
    }

    var isSpent: Bool { time.monotonicMilliseconds > deadline }

    /// Whether an error says that the budget stopped a statement.
    static func stopped(_ error: any Error) -> Bool {
        (error as? DatabaseError)?.resultCode == .SQLITE_INTERRUPT
    }

    /// Runs `body`, whose statements fail with `SQLITE_INTERRUPT` once the time is over.
    func bounding<Value>(_ database: Database, _ body: () throws -> Value) rethrows -> Value {
        let connection = database.sqliteConnection
        // Not retained: the handler is taken away again before this object can go.
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            connection, Self.stepsBetweenQuestions,
            { context in
                guard let context else { return 0 }
                return Unmanaged<QueryBudget>.fromOpaque(context).takeUnretainedValue().isSpent ? 1 : 0
            }, context)
        defer { sqlite3_progress_handler(connection, 0, nil, nil) }
        return try withExtendedLifetime(self, body)
    }
}
