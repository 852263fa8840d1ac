import Glibc

/// Memory of a process, and of the kernel on the whole machine: both ends of every connection are in the latter.
package struct MemoryReading: Hashable, Sendable {
    /// Resident bytes of the process.
    package var residentBytes: UInt64 = 0
    /// Private anonymous bytes: what the process's own data takes.
    package var anonymousBytes: UInt64 = 0
    /// Slab caches: sockets, file structures, epoll entries.
    package var slabBytes: UInt64 = 0
    /// Buffers of TCP sockets.
    package var socketBytes: UInt64 = 0

    package static func of(_ process: Int32) -> MemoryReading {
        var reading = MemoryReading()
        if let status = ProcFile.text("/proc/\(process)/status") {
            reading.residentBytes = (ProcFile.number("VmRSS", in: status) ?? 0) &* 1_024
            reading.anonymousBytes = (ProcFile.number("RssAnon", in: status) ?? 0) &* 1_024
        }
        if let machine = ProcFile.text("/proc/meminfo") {
            reading.slabBytes = (ProcFile.number("Slab", in: machine) ?? 0) &* 1_024
        }
        if let sockets = ProcFile.text("/proc/net/sockstat") {
            reading.socketBytes = tcpPages(sockets) &* UInt64(sysconf(Int32(_SC_PAGESIZE)))
        }
        return reading
    }

    /// The number behind `mem` in the line of TCP.
    package static func tcpPages(_ sockstat: String) -> UInt64 {
        for line in sockstat.split(separator: "\n") where line.hasPrefix("TCP:") {
            let words = line.split(separator: " ")
            if let index = words.firstIndex(of: "mem"), index + 1 < words.count { return UInt64(words[index + 1]) ?? 0 }
        }
        return 0
    }
}
