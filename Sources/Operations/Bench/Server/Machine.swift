import Glibc

/// The machine under a bench, in words, and how much of it went to others.
package enum Machine {
    package static var facts: [BenchReport.Fact] {
        var facts = [BenchReport.Fact("processors", String(sysconf(Int32(_SC_NPROCESSORS_ONLN))))]
        if let information = ProcFile.text("/proc/cpuinfo") {
            let line = information.split(separator: "\n").first { $0.hasPrefix("model name") }
            if let name = line?.split(separator: ":", maxSplits: 1).last {
                facts.append(BenchReport.Fact("model", String(name.drop { $0 == " " })))
            }
        }
        if let release = ProcFile.text("/proc/sys/kernel/osrelease") {
            facts.append(BenchReport.Fact("kernel", String(release.prefix { $0 != "\n" })))
        }
        return facts
    }

    /// Clock ticks that the hypervisor gave to others, all processors together.
    package static var stolenTicks: UInt64 {
        guard let line = ProcFile.text("/proc/stat")?.split(separator: "\n").first else { return 0 }
        let fields = line.split(separator: " ")
        return fields.count > 8 ? UInt64(fields[8]) ?? 0 : 0
    }

    package static var ticksPerSecond: UInt64 { UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))) }
}

/// How many files, and so connections, this process may have open.
package enum DescriptorLimit {
    /// What the process needs beside its connections.
    package static let reserve = 64

    /// Raises the soft limit to the hard one.
    /// - Returns: how many connections may be open at once.
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 - reserve }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 - reserve }
        return Int(clamping: limit.rlim_cur) - reserve
    }
}
