import Bench
import Testing

@Suite("Slopes") struct SlopeTests {
    @Test func aLineIsFoundAgain() throws {
        let slope = try #require(Slope([(100, 5_100), (200, 5_200), (400, 5_400)]))
        #expect(slope.perUnit == 1)
        #expect(slope.base == 5_000)
        #expect(slope.value(at: 100_000) == 105_000)
    }

    @Test func noiseIsAveragedOut() throws {
        let slope = try #require(Slope([(0, 10), (1, 1_990), (2, 4_010), (3, 5_990)]))
        #expect(abs(slope.perUnit - 2_000) < 10)
    }

    @Test(arguments: [[], [7.0], [7.0, 7.0]])
    func onePlaceHasNoSlope(units: [Double]) {
        #expect(Slope(units.map { ($0, 1) }) == nil)
    }
}
