import Bench
import Testing

@Suite("Figures and their comparison")
struct FigureTests {
    @Test(arguments: [
        ([5], 5, 5, 5), ([3, 1, 2], 2, 1, 3), ([4, 1, 3, 2], 2, 1, 4), ([10, 20], 15, 10, 20), ([-4, -2], -3, -4, -2),
    ])
    func tellsMedianAndRange(runs: [Int], median: Int, minimum: Int, maximum: Int) {
        let figure = Figure("x", "us", better: .lower, runs: runs)
        #expect(figure.median == median)
        #expect(figure.minimum == minimum)
        #expect(figure.maximum == maximum)
    }

    private static let document = """
        {"apiVersion":"discordctl/v1","kind":"BenchReport","scenario":"fanout","parameters":{"rooms":"1"},
         "figures":[{"figure":"cpu","median":1000},{"figure":"rate","median":500},{"figure":"none","median":0}]}
        """

    @Test func readsAnEarlierReport() throws {
        let earlier = try EarlierReport(Array(Self.document.utf8))
        #expect(earlier.scenario == "fanout")
        #expect(earlier.parameters == [BenchReport.Fact("rooms", "1")])
        #expect(earlier.medians == ["cpu": 1_000, "rate": 500, "none": 0])
    }

    @Test(
        arguments: [
            ("cpu", Figure.Better.lower, 1_150, 15, false), ("cpu", .lower, 1_160, 16, true),
            ("cpu", .lower, 100, -90, false),
            ("rate", .higher, 425, -15, false), ("rate", .higher, 400, -20, true), ("rate", .higher, 900, 80, false),
            ("cpu", .neither, 9_000, 800, false), ("none", .lower, 9, nil, true), ("none", .lower, 0, nil, false),
            ("none", .higher, 9, nil, false), ("new", .lower, 9, nil, false),
        ] as [(String, Figure.Better, Int, Int?, Bool)])
    func comparesInTheRightDirection(
        name: String, better: Figure.Better, median: Int, change: Int?, isWorse: Bool
    ) throws {
        let earlier = try EarlierReport(Array(Self.document.utf8))
        let figure = Figure(name, "", better: better, runs: [median])
        #expect(earlier.change(of: figure) == change)
        #expect(earlier.isWorse(figure, tolerancePercent: 15) == isWorse)
    }

    @Test(arguments: [
        ("{", EarlierReport.Failure.notJSON), ("{}", .notAReport), (#"{"kind":"GuildList","items":[]}"#, .notAReport),
        (#"{"kind":"BenchReport","scenario":"x","figures":[{"figure":"a"}]}"#, .notAReport),
    ])
    func refusesWhatIsNoReport(text: String, failure: EarlierReport.Failure) {
        #expect(throws: failure) { try EarlierReport(Array(text.utf8)) }
    }
}
