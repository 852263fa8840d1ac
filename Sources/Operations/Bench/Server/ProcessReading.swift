import Glibc

/// What /proc tells of a process's use of the processor (proc(5)).
package struct ProcessReading: Hashable, Sendable {
    /// Exact run time of all tasks, in nanoseconds, from schedstat.
    package var runNanoseconds: UInt64 = 0
    /// The same of the tasks whose name begins with ``edgePrefix``: those that hold the sockets.
    package var edgeNanoseconds: UInt64 = 0
    /// User and system time in clock ticks, sampled by the kernel.
    package var userTicks: UInt64 = 0
    package var systemTicks: UInt64 = 0

    /// What the node calls the threads of its gateway's loops.
    package static let edgePrefix = "gateway-"

    package static func of(_ process: Int32) -> ProcessReading {
        var reading = ProcessReading()
        if let stat = ProcFile.text("/proc/\(process)/stat").flatMap(ticks) {
            reading.userTicks = stat.user
            reading.systemTicks = stat.system
        }
        for task in ProcFile.entries("/proc/\(process)/task") {
            let folder = "/proc/\(process)/task/\(task)"
            guard let text = ProcFile.text(folder + "/schedstat"), let time = runTime(text) else { continue }
            reading.runNanoseconds &+= time
            if ProcFile.text(folder + "/comm")?.hasPrefix(edgePrefix) == true { reading.edgeNanoseconds &+= time }
        }
        return reading
    }

    /// Fields 14 and 15 of `stat`; field 2, the name, may hold anything, a parenthesis too.
    package static func ticks(_ stat: String) -> (user: UInt64, system: UInt64)? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split { $0 == " " || $0 == "\n" }
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
        return (user, system)
    }

    /// The first field of `schedstat`.
    package static func runTime(_ schedstat: String) -> UInt64? {
        schedstat.split { $0 == " " || $0 == "\n" }.first.flatMap { UInt64($0) }
    }

    /// What was used since an earlier reading. Exact time is split into user and system in the proportion of the ticks.
    package func used(since earlier: ProcessReading) -> (total: UInt64, user: UInt64, system: UInt64, edge: UInt64) {
        let total = runNanoseconds.saturatingDifference(earlier.runNanoseconds)
        let user = userTicks.saturatingDifference(earlier.userTicks)
        let ticks = user + systemTicks.saturatingDifference(earlier.systemTicks)
        let userTime = ticks == 0 ? 0 : UInt64(Double(total) * Double(user) / Double(ticks))
        return (
            total, userTime, ticks == 0 ? 0 : total.saturatingDifference(userTime),
            edgeNanoseconds.saturatingDifference(earlier.edgeNanoseconds)
        )
    }
}

extension UInt64 {
    /// Tasks that end take their run time along: a later sum may be the smaller one.
    func saturatingDifference(_ other: UInt64) -> UInt64 { self > other ? self - other : 0 }
}

/// Files of /proc, which are read whole.
enum ProcFile {
    private static let bytesMax = 1 << 20

    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while bytes.count < bytesMax {
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a folder, without those that begin with a dot.
    static func entries(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    /// The number behind `name:` in a file of such lines, in the file's own unit.
    static func number(_ name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            return line.dropFirst(name.utf8.count + 1).split { $0 == " " || $0 == "\t" }.first.flatMap { UInt64($0) }
        }
        return nil
    }
}
