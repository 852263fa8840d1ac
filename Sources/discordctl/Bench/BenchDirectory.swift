import Bench
import FoundationEssentials
import Glibc

/// A data directory of a bench's own: one that it made, with a mark in it, and so may fill and remove.
struct BenchDirectory: Sendable {
    /// What a bench has put into a directory: written before anything else, and complete once there is a channel.
    struct Mark: Codable, Hashable, Sendable {
        var messages: Int
        var payload: Int
        var days: Int
        /// The channel with the messages; `nil` until it is full.
        var channel: UInt64?

        /// The options that would make the same.
        var options: String { "--messages \(messages) --payload \(payload)B --days \(days)" }
    }

    private static let markName = "bench-history.json"
    private static let markBytesMax = 4_096
    /// A row of a message takes less than this beyond its content.
    private static let rowBytes = 200

    let path: String
    /// Whether this bench has made it.
    let isNew: Bool
    private(set) var mark: Mark

    var socket: String { path + "/admin.sock" }
    var log: String { path + "/node.log" }
    var messagesFile: String { path + "/messages.db" }

    /// Makes the directory, or takes one up that an earlier bench has left for this one.
    /// - Throws: ``CommandFailure``, ``ExitCode/refused`` for a directory with anything else in it.
    init(_ path: String, for wanted: Mark) throws(CommandFailure) {
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = trimmed
        mark = wanted
        isNew = mkdir(trimmed, 0o700) == 0
        if isNew {
            do {
                try checkSpace()
                try write()
            } catch {
                rmdir(trimmed)
                throw error
            }
            return
        }
        guard errno == EEXIST else {
            throw CommandFailure(
                .cannotCreate, code: "data_directory",
                "cannot make the directory: \(InputText.systemMessage(errno))", place: trimmed)
        }
        mark = try Self.found(at: trimmed, wanted)
    }

    /// Says that the directory is ready to be read from.
    mutating func complete(_ channel: UInt64) throws(CommandFailure) {
        mark.channel = channel
        try write()
    }

    /// Bytes of the messages' database.
    var messagesBytes: Int {
        var status = stat()
        return stat(messagesFile, &status) == 0 ? Int(status.st_size) : 0
    }

    /// - Returns: whether it is gone.
    func remove() -> Bool {
        guard access(path + "/" + Self.markName, F_OK) == 0 else { return false }
        return (try? FileManager.default.removeItem(atPath: path)) != nil
    }

    private static func found(at path: String, _ wanted: Mark) throws(CommandFailure) -> Mark {
        let file = path + "/" + markName
        guard let data = FileManager.default.contents(atPath: file), data.count <= markBytesMax,
            let mark = try? JSONDecoder().decode(Mark.self, from: data)
        else {
            throw CommandFailure(
                .refused, code: "foreign_directory", "the directory is there already, and no bench has made it",
                place: path, hint: "name one that does not exist")
        }
        guard let channel = mark.channel else {
            throw CommandFailure(
                .refused, code: "unfinished_directory", "a bench is filling the directory, or was killed while it did",
                place: path, hint: "if no bench runs, remove it")
        }
        var complete = wanted
        complete.channel = channel
        guard mark == complete else {
            throw CommandFailure(
                .refused, code: "other_history", "the directory was filled with other values", place: path,
                hint: "it has \(mark.options); give the same, or name another directory")
        }
        return mark
    }

    private func checkSpace() throws(CommandFailure) {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return }
        let free = UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize))
        let needed = UInt64(mark.messages) * UInt64(mark.payload + Self.rowBytes)
        guard !free.overflow, free.partialValue < needed else { return }
        throw CommandFailure(
            .refused, code: "no_space",
            "about \(needed >> 20) MiB are needed, and \(free.partialValue >> 20) MiB are free", place: path,
            hint: "name a directory on another file system, or ask for fewer messages")
    }

    private func write() throws(CommandFailure) {
        do {
            let data = try JSONEncoder().encode(mark)
            try data.write(to: URL(filePath: path + "/" + Self.markName), options: .atomic)
        } catch {
            throw CommandFailure(.inputOutput, code: "data_directory", "cannot write the bench's mark", place: path)
        }
    }
}
