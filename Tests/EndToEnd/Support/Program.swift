import Foundation
import Synchronization

/// Runs programs as a user would, and keeps what they said.
struct Program: Sendable {
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// The binary under test: it lies beside the test bundle.
    static let discordctl: URL = {
        let bundle = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return bundle.deletingLastPathComponent().appending(path: "discordctl")
    }()

    /// The project's root, found from this file.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Runs `discordctl` to its end.
    static func discordctl(_ arguments: String..., environment: [String: String] = [:], input: String? = nil) async throws -> Outcome {
        try await run(discordctl, arguments, environment: environment, input: input)
    }

    /// Runs a program to its end. Standard input is empty unless given.
    static func run(
        _ program: URL, _ arguments: [String], environment: [String: String] = [:], directory: URL? = nil, input: String? = nil
    ) async throws -> Outcome {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.currentDirectoryURL = directory
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        if let input {
            let pipe = Pipe()
            process.standardInput = pipe
            try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try pipe.fileHandleForWriting.close()
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let ended = Ended()
        process.terminationHandler = { ended.finish($0.terminationStatus) }
        try process.run()
        async let out = read(output)
        async let err = read(errors)
        let status = await ended.wait()
        return Outcome(status: status, output: await out, errors: await err)
    }

    private static func read(_ pipe: Pipe) async -> String {
        await withCheckedContinuation { continuation in
            // Reading to the end blocks, so it has a thread of its own.
            Thread.detachNewThread {
                let data = (try? pipe.fileHandleForReading.readToEnd()) ?? Data()
                continuation.resume(returning: String(decoding: data, as: UTF8.self))
            }
        }
    }

    /// The end of a process, for one who waits.
    final class Ended: Sendable {
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
}

/// Waits until a condition holds, and fails with what was waited for when it does not in time.
func eventually<Value>(
    _ what: String, seconds: Double = 30, _ condition: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < deadline else { throw Expired(what: what) }
        try await Task.sleep(for: .milliseconds(20))
    }
}

struct Expired: Error, CustomStringConvertible {
    var what: String
    var description: String { "waited in vain for \(what)" }
}

/// A directory that is gone when the test is.
final class Scratch: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "dctl-\(UInt32.random(in: .min ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }
}
