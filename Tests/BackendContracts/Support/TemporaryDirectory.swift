import FoundationEssentials
import Glibc

/// A directory of a test's own, removed with what is in it when the object goes.
package final class TemporaryDirectory: Sendable {
    package let path: String

    /// - Parameter parent: an existing directory; by default the system's for temporary files.
    package init(in parent: String = "/tmp") throws {
        var template = Array("\(parent)/discordctl-XXXXXX\0".utf8)
        let made = template.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { mkdtemp($0) != nil } ?? false }
        }
        guard made else { throw ContractViolation("a temporary directory can be made", "errno \(errno)") }
        path = String(decoding: template.dropLast(), as: UTF8.self)
    }

    deinit {
        // A directory that cannot be removed is left to the system's cleaning.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of something in it.
    package func file(_ name: String) -> String { path + "/" + name }
}
