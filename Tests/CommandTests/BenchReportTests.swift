import Arguments
import Bench
import Testing

@testable import discordctl

@Suite("Results of a bench")
struct BenchReportTests {
    private static let report = BenchReport(
        scenario: "fanout", parameters: [.init("rooms", "1")], machine: [.init("kernel", "6.1")],
        figures: [
            Figure("cpu-per-delivery", "ns", better: .lower, runs: [900, 1_100, 1_000]),
            Figure("deliveries", "1/s", better: .higher, runs: [50]),
        ],
        remarks: ["a remark"])

    private static func renderer(_ format: OutputFormat) -> Renderer {
        Renderer(format: format, table: TableText.Style(showsHeaders: true, width: nil, isColored: false))
    }

    @Test(arguments: [OutputFormat.json, .jsonl])
    func whatJSONHoldsCanBeComparedWith(format: OutputFormat) throws {
        let text = BenchDocument(report: Self.report, earlier: nil).text(Self.renderer(format))
        let earlier = try EarlierReport(Array(text.utf8))
        #expect(earlier.scenario == "fanout")
        #expect(earlier.parameters == Self.report.parameters)
        #expect(earlier.medians == ["cpu-per-delivery": 1_000, "deliveries": 50])
    }

    @Test func aTableShowsTheComparisonOnlyWhenThereIsOne() throws {
        let json = BenchDocument(report: Self.report, earlier: nil).text(Self.renderer(.json))
        let earlier = try EarlierReport(Array(json.utf8))
        let plain = BenchDocument(report: Self.report, earlier: nil).text(Self.renderer(.table))
        let compared = BenchDocument(report: Self.report, earlier: earlier).text(Self.renderer(.table))
        #expect(!plain.contains("BEFORE"))
        #expect(compared.contains("BEFORE"))
        #expect(plain.split(separator: "\n").count == 3)
    }

    @Test(arguments: [
        ["bench", "fanout", "--outstanding", "2", "--rate", "5/s"], ["bench", "fanout", "--floor-joins"],
        ["bench", "fanout", "--floor-matches"], ["bench", "fanout", "--payload", "31B"],
        ["bench", "send", "--tolerance", "3"], ["bench", "connect", "--runs", "0"],
    ])
    func refusesWhatContradictsItself(words: [String]) async throws {
        let result = try await run(words.map { Word($0) })
        #expect(result.exit == .usage)
        #expect(result.output == "")
    }
}
