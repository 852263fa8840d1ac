import Glibc
import Interface

/// The directory a node keeps its data in, held by one process at a time.
///
/// The lock is flock(2)'s on `node.lock`: it goes with the process, however that ends.
final class DataDirectory: Sendable {
    private static let lockName = "node.lock"

    let path: String
    private let lock: Int32

    /// Makes the directory when there is none (its parent must exist) and takes its lock.
    /// - Throws: `.locked` while another process holds it, `.readOnly`, `.full`, `.unavailable`.
    init(_ path: String) throws(BackendError) {
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw Self.systemError("storage.open", path) }
        let lockPath = path + "/" + Self.lockName
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.systemError("storage.open", lockPath) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let error =
                errno == EWOULDBLOCK
                ? BackendError(
                    .locked, operation: "storage.open", target: path, detail: "another node holds \(Self.lockName)",
                    hint: "stop that node, or give this one a data directory of its own"
                )
                : Self.systemError("storage.lock", lockPath)
            Glibc.close(descriptor)
            throw error
        }
        self.path = path
        lock = descriptor
    }

    deinit { Glibc.close(lock) }

    /// Gives the lock back before the object goes. Harmless when repeated.
    func release() {
        // LOCK_UN on a descriptor that is open cannot fail (flock(2)).
        _ = flock(lock, LOCK_UN)
    }

    /// What the number of a failed system call means; to be called right after it.
    static func systemError(_ operation: String, _ path: String) -> BackendError {
        error(number: errno, operation, path)
    }

    /// What the number of a failed system call means (errno(3)).
    static func error(number: Int32, _ operation: String, _ path: String) -> BackendError {
        let (code, hint): (BackendError.Code, String?) =
            switch number {
            case EACCES, EPERM, EROFS:
                (.readOnly, "give the node's user write access to the data directory and its files")
            case ENOSPC, EDQUOT: (.full, "free some space on the file system of the data directory")
            case ENOENT: (.unavailable, "does the parent directory exist?")
            case ENOTDIR, EEXIST: (.unavailable, "the data directory's name is taken by a file")
            case EMFILE, ENFILE: (.unavailable, "raise the limit of open files")
            default: (.unavailable, nil)
            }
        let reason =
            switch number {
            case EACCES, EPERM: "permission denied"
            case EROFS: "the file system is read-only"
            case ENOSPC: "no space left on the device"
            case EDQUOT: "the disk quota is used up"
            case ENOENT: "no such directory"
            case ENOTDIR, EEXIST: "not a directory"
            case EMFILE, ENFILE: "too many open files"
            default: "the system call failed"
            }
        return BackendError(
            code, operation: operation, target: path, detail: "\(reason) (error \(number))", hint: hint
        )
    }
}
