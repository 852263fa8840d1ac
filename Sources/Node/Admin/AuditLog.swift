import FoundationEssentials
import Glibc
package import Interface
import Synchronization

/// One line for each administrative act: who, when, what, on what, and what came of it. Append only.
package final class AuditLog: Sendable {
    package struct Entry: Codable, Sendable {
        package var at: String
        package var uid: UInt32
        package var pid: Int32
        package var verb: String
        package var target: String
        package var result: String
        package var reason: String?
        package var requestID: String?
    }

    private let file: Mutex<Int32>
    private let path: String

    /// Opens or creates the file, readable by its owner only.
    package init(path: String) throws(BackendError) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw BackendError(
                .unavailable, operation: "audit.open", target: path, detail: "errno \(errno)",
                hint: "is the data directory writable?"
            )
        }
        file = Mutex(descriptor)
        self.path = path
    }

    deinit {
        _ = file.withLock { close($0) }
    }

    /// Writes one entry. An act that cannot be recorded must not happen: callers record before they answer.
    package func record(_ entry: Entry) throws(BackendError) {
        guard var line = try? AdminJSON.data(entry) else {
            throw BackendError(.rejected, operation: "audit.record", target: path, detail: "the entry is not encodable")
        }
        line.append(UInt8(ascii: "\n"))
        let written = file.withLock { descriptor in line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        }
        guard written == line.count else {
            throw BackendError(
                .full, operation: "audit.record", target: path, detail: "errno \(errno)", hint: "is the disk full?")
        }
    }
}
