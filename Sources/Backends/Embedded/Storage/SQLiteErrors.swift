import Chat
import GRDB
import Interface

/// The one place where SQLite's result codes become the interface's errors (https://www.sqlite.org/rescode.html).
enum SQLiteErrors {
    /// What a failed call means to its caller.
    /// - Parameters:
    ///   - operation: `role.verb`.
    ///   - path: the database's file.
    static func translate(_ error: any Error, operation: String, path: String) -> BackendError {
        switch error {
        case let error as BackendError:
            error
        case let error as DatabaseError:
            translate(error, operation: operation, path: path)
        case let error as Chat.RecordError:
            BackendError(
                .corrupt, operation: operation, target: path,
                detail: "a stored value cannot be decoded: \(error.code.rawValue) at byte \(error.offset)",
                hint: restoreHint
            )
        default:
            BackendError(.unavailable, operation: operation, target: path, detail: String(describing: type(of: error)))
        }
    }

    /// Whether the disk failed under a write. What the page cache holds after a failed fsync is unknown, so nothing may be tried again on it.
    static func isDiskFailure(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return error.resultCode == .SQLITE_IOERR && !isOutOfSpace(error)
    }

    /// The index of the WAL lies in a file of its own, which could not grow: nothing that was written is in doubt.
    private static func isOutOfSpace(_ error: DatabaseError) -> Bool {
        error.extendedResultCode == .SQLITE_IOERR_SHMSIZE
    }

    private static let restoreHint = "stop the node and restore this file from a snapshot"

    private static func translate(_ error: DatabaseError, operation: String, path: String) -> BackendError {
        let (code, hint) = meaning(of: isOutOfSpace(error) ? .SQLITE_FULL : error.resultCode)
        // GRDB's message is SQLite's own (sqlite3_errmsg); it names tables and columns, never values.
        let message = error.message ?? "no message"
        return BackendError(
            code, operation: operation, target: path,
            detail: "SQLite error \(error.extendedResultCode.rawValue): \(message)", hint: hint
        )
    }

    private static func meaning(of code: ResultCode) -> (BackendError.Code, hint: String?) {
        switch code {
        case .SQLITE_FULL:
            (.full, "free some space on the file system of the data directory; work goes on by itself")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT:
            (.corrupt, restoreHint)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            (.readOnly, "give the node's user write access to the data directory and its files")
        case .SQLITE_CONSTRAINT:
            (.conflict, nil)
        case .SQLITE_TOOBIG, .SQLITE_MISMATCH, .SQLITE_RANGE:
            (.rejected, nil)
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL:
            (.unavailable, "another program has the database open: close it")
        case .SQLITE_IOERR:
            (.unavailable, "the disk failed: look into the system's log, then restart the node")
        case .SQLITE_CANTOPEN:
            (.unavailable, "is the data directory there, and may the node's user enter it?")
        case .SQLITE_NOMEM:
            (.unavailable, "the machine is out of memory")
        default:
            (.unavailable, nil)
        }
    }
}
