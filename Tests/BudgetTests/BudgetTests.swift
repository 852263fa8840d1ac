import Foundation
import Testing

/// What the hot paths may cost, in instructions: unlike seconds they are the same in every run, on every machine of one
/// toolchain and architecture.
///
/// They are counted in the debug build, which is the one that `swift test` makes. Its counts are many times those of
/// an optimised one, but what lengthens a path (a copy, an allocation, a look-up for each session) lengthens both.
@Suite("Instruction budgets", .serialized)
struct BudgetTests {
    /// Percent by which a count may exceed its budget: chance moves it by less than two.
    private static let tolerancePercent = 10

    @Test(
        .enabled(if: Callgrind.isInstalled, "valgrind is not installed: run .ci/install"),
        .enabled(if: Callgrind.isKnownHere, "the budgets are those of debug builds on x86_64"),
        arguments: ["fanout", "send", "parse"])
    func holdsItsBudget(scenario: String) async throws {
        let count = try await Callgrind.count(scenario)
        var budgets = try Budgets.read()
        if ProcessInfo.processInfo.environment[Budgets.recordVariable] == "1" {
            budgets[scenario] = count.perUnit
            return try Budgets.write(budgets)
        }
        let budget = try #require(budgets[scenario], "\(Budgets.file.path) has no budget for '\(scenario)'")
        let percent = (count.perUnit - budget) * 100 / max(1, budget)
        #expect(
            percent <= Self.tolerancePercent,
            """
            \(scenario): \(count.perUnit) instructions each, \(percent) % above the budget of \(budget); \
            \(Self.tolerancePercent) % are allowed.
              where they went: callgrind_annotate --inclusive=yes --threshold=80 \(count.profile)
              if they are worth it, record them: \(Budgets.recordVariable)=1 swift test --filter BudgetTests
            """)
    }
}

/// The committed budgets: a line each, a scenario and its instructions a unit.
enum Budgets {
    static let recordVariable = "DISCORDCTL_RECORD_BUDGETS"
    static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "budgets.txt")

    static func read() throws -> [String: Int] {
        let text = try String(contentsOf: file, encoding: .utf8)
        var budgets: [String: Int] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let words = line.split(separator: " ")
            guard words.count == 2, let count = Int(words[1]) else { throw Malformed(line: String(line)) }
            budgets[String(words[0])] = count
        }
        return budgets
    }

    static func write(_ budgets: [String: Int]) throws {
        let lines = budgets.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }
        let text =
            "# Instructions a delivery, message or frame. Recorded: \(recordVariable)=1 swift test --filter BudgetTests\n"
        try (text + lines.joined()).write(to: file, atomically: true, encoding: .utf8)
    }

    struct Malformed: Error {
        var line: String
    }
}
