import BackendContracts
import Foundation

/// Counts the instructions of a scenario of the program `Budgets`, which lies beside the test bundle.
enum Callgrind {
    struct Count: Sendable {
        var perUnit: Int
        /// The file for callgrind_annotate.
        var profile: String
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    static let isInstalled = valgrind != nil

    static let isKnownHere: Bool = {
        #if arch(x86_64) && DEBUG
            true
        #else
            false
        #endif
    }()

    private static let folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    private static let valgrind: String? = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin"
        return path.split(separator: ":").map { $0 + "/valgrind" }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }()

    static func count(_ scenario: String) async throws -> Count {
        let profile = folder.appending(path: "budget-\(scenario).callgrind").path
        try? FileManager.default.removeItem(atPath: profile)
        // Without its debug information, which valgrind reads for minutes; the names of functions stay.
        let program = folder.appending(path: "Budgets-\(scenario)").path
        defer { try? FileManager.default.removeItem(atPath: program) }
        let stripping = try await run(
            "/usr/bin/strip", ["--strip-debug", "-o", program, folder.appending(path: "Budgets").path])
        guard stripping.status == 0 else { throw Failure(description: "strip failed: \(stripping.errors)") }
        let (status, output, errors) = try await run(
            valgrind ?? "valgrind",
            [
                "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=\(profile)", program, scenario,
            ])
        let units = output.split(separator: "\n").first { $0.hasPrefix("units ") }.flatMap { Int($0.dropFirst(6)) }
        guard status == 0, let units, units > 0 else {
            throw Failure(description: "'Budgets \(scenario)' ended with \(status): \(output)\(errors)")
        }
        let lines = try String(contentsOfFile: profile, encoding: .utf8).split(separator: "\n")
        guard let total = lines.last(where: { $0.hasPrefix("totals: ") }).flatMap({ Int($0.dropFirst(8)) }), total > 0
        else { throw Failure(description: "\(profile) has no total") }
        return Count(perUnit: total / units, profile: profile)
    }

    private static func run(
        _ program: String, _ arguments: [String]
    ) async throws -> (status: Int32, output: String, errors: String) {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "budget-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let files = ["out", "err"].map { scratch.appending(path: $0) }
        // The same order in sets and dictionaries each time, and the same variants of the C library's functions on each
        // processor.
        let process = try Spawned(
            program, arguments,
            environment: [
                "SWIFT_DETERMINISTIC_HASHING": "1", "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX512F,-ERMS,-FSRM",
            ], directory: nil, output: files[0].path, errors: files[1].path, input: nil)
        let status = await process.wait()
        let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
        return (status, texts[0], String(texts[1].suffix(2_000)))
    }
}
