import FoundationEssentials
import Glibc

/// This program started once more, in a session of its own, with its output in a file.
///
/// A Swift process has threads from the start, and what fork(2) leaves of them must not run Swift code: the new process
/// is made by posix_spawn(3), which executes at once.
package struct DetachedProcess: Sendable {
    package struct Failure: Error, Hashable, Sendable {
        /// What was tried: `open`, `spawn`.
        package var operation: String
        package var path: String
        package var number: Int32
    }

    package let identifier: Int32
    private let logPath: String
    /// Where in the log this process's lines begin.
    private let logStart: Int

    /// Bytes of the log that are read back after a failure.
    private static let excerptBytesMax = 64 << 10

    /// Starts the program of this process with other arguments.
    /// - Parameters:
    ///   - arguments: the words, the program's name among them, as bytes.
    ///   - logPath: receives standard output and standard error; made for its owner only.
    package init(arguments: [[UInt8]], logPath: String) throws(Failure) {
        let log = open(logPath, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard log >= 0 else { throw Failure(operation: "open", path: logPath, number: errno) }
        defer { close(log) }
        logStart = Int(lseek(log, 0, SEEK_END))
        self.logPath = logPath

        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, log, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO)
        // POSIX_SPAWN_SETSID, which glibc declares for GNU sources only: the terminal's hang-up does not reach the
        // node.
        var flags: Int16 = 0x80
        // Signals that this process ignores or blocks would be ignored by the node as well.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        flags |= Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, flags)

        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0.map { CChar(bitPattern: $0) } + [0]) }
        defer { for word in words { free(word) } }
        words.append(nil)
        var child: pid_t = 0
        let result = posix_spawn(&child, "/proc/self/exe", &actions, &attributes, words, environ)
        guard result == 0 else { throw Failure(operation: "spawn", path: "/proc/self/exe", number: result) }
        identifier = child
    }

    /// How the process ended: its exit status, or 128 and the signal that ended it; `nil` while it runs. Asks the
    /// system once, so the first answer that is not `nil` is the only one.
    package func collectStatus() -> Int32? {
        var status: Int32 = 0
        guard waitpid(identifier, &status, WNOHANG) == identifier else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// The last part of what the process wrote.
    package var output: String {
        guard let file = FileHandleReader(path: logPath, from: logStart) else { return "" }
        return String(decoding: file.bytes.suffix(Self.excerptBytesMax), as: UTF8.self)
    }
}

/// The rest of a file from a place on.
private struct FileHandleReader {
    var bytes: [UInt8] = []

    init?(path: String, from start: Int) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        lseek(descriptor, start, SEEK_SET)
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0, bytes.count < 1 << 20 else { return }
            bytes += buffer.prefix(count)
        }
    }
}
