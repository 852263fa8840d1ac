import FoundationEssentials
import Glibc

/// Tells when a process of this machine is gone, even if its number was given to another one since (proc(5)).
package struct ProcessWatch: Sendable {
    private let identifier: Int32
    private let startedAt: String

    /// Starts to watch; `nil` when the process cannot be seen, as in another container.
    package init?(_ identifier: Int32) {
        guard let facts = Self.facts(of: identifier), facts.state != "Z" else { return nil }
        self.identifier = identifier
        startedAt = facts.startedAt
    }

    /// Whether the process ended. One that only waits for its parent to notice counts as ended.
    package var hasEnded: Bool {
        guard let facts = Self.facts(of: identifier) else { return true }
        return facts.startedAt != startedAt || facts.state == "Z"
    }

    /// Field 3 and field 22; the second field, the name, may hold anything, a parenthesis too.
    private static func facts(of identifier: Int32) -> (state: String, startedAt: String)? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(identifier)/stat") else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        return (String(fields[0]), String(fields[19]))
    }
}
