import FoundationEssentials
import GRDB
import Glibc
import Interface

/// Checks of a database's files that cost little and need no table to be read.
enum DatabaseFiles {
    private static let magic = Array("SQLite format 3\0".utf8)
    /// Bytes of the header of a database (fileformat2.html, 1.3).
    private static let headerBytes = 100
    /// Offsets of the user version and the application id in it.
    private static let versionOffset = 60
    private static let applicationOffset = 68

    /// Refuses a file that is no database, one that is another program's or a newer version's, and a write-ahead log that is damaged in its
    /// middle. Nothing is written, while opening a database already writes to it.
    /// - Parameter version: the newest that this program knows.
    static func checkBeforeOpening(_ path: String, version: Int) throws(BackendError) {
        let size = fileBytes(path)
        if let size, size > 0 {
            let header = try readPrefix(of: path, count: headerBytes)
            guard header.count == headerBytes, header.starts(with: magic) else {
                throw BackendError(
                    .corrupt, operation: "storage.open", target: path, detail: "the file is not a SQLite database",
                    hint: "restore it from a snapshot, or move it away to start empty"
                )
            }
            let application = number(in: header, at: applicationOffset)
            guard application == 0 || application == SQLiteDatabase.applicationID else { throw foreign(path) }
            let found = number(in: header, at: versionOffset)
            guard found <= Int64(version) else { throw newer(path, found: found, known: version) }
        }
        try WriteAheadLogCheck.check(path + "-wal")
    }

    /// A big-endian number of four bytes.
    private static func number(in header: [UInt8], at offset: Int) -> Int64 {
        header[offset..<offset + 4].reduce(Int64(0)) { $0 << 8 | Int64($1) }
    }

    static func newer(_ path: String, found: Int64, known: Int) -> BackendError {
        BackendError(
            .newerVersion, operation: "storage.open", target: path,
            detail: "a newer version of this program wrote it: its version is \(found), and this one knows \(known)",
            hint: "run the newer program, or restore a snapshot made before the upgrade"
        )
    }

    static func foreign(_ path: String) -> BackendError {
        BackendError(
            .corrupt, operation: "storage.open", target: path, detail: "the database belongs to another program",
            hint: "choose another data directory"
        )
    }

    /// Refuses a database whose file is shorter than its header says. To be called when the WAL is empty.
    static func checkSize(_ path: String, of database: Database) throws {
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let pageBytes = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        let expected = pages.multipliedReportingOverflow(by: pageBytes)
        guard !expected.overflow, let size = fileBytes(path), size >= expected.partialValue else {
            throw BackendError(
                .corrupt, operation: "storage.open", target: path,
                detail: "the file is shorter than the \(pages) pages its header claims",
                hint: "restore it from a snapshot"
            )
        }
    }

    /// The file's size; `nil` when there is none.
    static func fileBytes(_ path: String) -> Int64? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Int64(status.st_size)
    }

    private static func readPrefix(of path: String, count: Int) throws(BackendError) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DataDirectory.systemError("storage.open", path) }
        defer { Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &bytes, count, 0)
        guard got >= 0 else { throw DataDirectory.systemError("storage.open", path) }
        return Array(bytes.prefix(got))
    }
}
