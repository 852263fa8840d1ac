import Foundation
package import Glibc
import Synchronization

/// A child process that was started with posix_spawn(3), its output in files: there is no pipe that a child of another test could inherit and
/// hold open, and Foundation's own way crashes where many descriptors are open.
package final class Spawned: Sendable {
    package let processID: pid_t
    private let ended = Ended()

    /// The end of a process, for those who wait.
    private final class Ended: Sendable {
        private let state = Mutex<(status: Int32?, waiters: [CheckedContinuation<Int32, Never>])>((nil, []))

        func finish(_ status: Int32) {
            let waiters = state.withLock { state in
                state.status = status
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume(returning: status) }
        }

        func wait() async -> Int32 {
            await withCheckedContinuation { continuation in
                let status = state.withLock { state -> Int32? in
                    if state.status == nil { state.waiters.append(continuation) }
                    return state.status
                }
                if let status { continuation.resume(returning: status) }
            }
        }

        var status: Int32? { state.withLock { $0.status } }
    }

    /// Starts a program.
    /// - Parameters:
    ///   - environment: on top of this process's; an empty value takes a variable away.
    ///   - output: the file that standard output is appended to.
    ///   - errors: the same for standard error.
    ///   - input: the file that standard input is read from; nothing unless given.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String?, output: String,
        errors: String, input: String?
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input ?? "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        // glibc declares posix_spawn's change of directory for GNU sources only; env(1) does it as well.
        let line = directory.map { ["/usr/bin/env", "--chdir=\($0)", program] + arguments } ?? [program] + arguments
        let merged = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }.filter {
            !$0.value.isEmpty
        }
        var argv = line.map { strdup($0) } + [nil]
        var envp = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var started: pid_t = 0
        let result = posix_spawn(&started, line[0], &actions, nil, &argv, &envp)
        guard result == 0 else { throw NotStarted(program: program, error: result) }
        let processID = started
        self.processID = processID
        let ended = ended
        Thread.detachNewThread {
            var status: Int32 = 0
            while waitpid(processID, &status, 0) < 0, errno == EINTR {}
            // The exit status, or 128 and the signal as a shell says it.
            ended.finish(status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
        }
    }

    /// The exit status, or 128 and the number of the signal that ended it; `nil` while it runs.
    package var status: Int32? { ended.status }

    /// Its status, once it has ended.
    package func wait() async -> Int32 { await ended.wait() }

    /// Sends a signal, if it still runs.
    package func signal(_ number: Int32) {
        if ended.status == nil { kill(processID, number) }
    }
}

/// A program that could not be started.
package struct NotStarted: Error, CustomStringConvertible {
    package var program: String
    /// The system's number for it.
    package var error: Int32

    package var description: String { "\(program) did not start: error \(error)" }
}
