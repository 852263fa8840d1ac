import Bench
import Testing

@Suite("Histogram with logarithmic buckets")
struct LogHistogramTests {
    @Test func isEmptyAtFirst() {
        let histogram = LogHistogram()
        #expect(histogram.count == 0)
        #expect(histogram.value(at: 0.5) == 0)
    }

    @Test(arguments: [0, 1, 127, 128, 129, 255, 256, 1_000, 123_456, 1_000_000_007, (1 << 40) - 1])
    func tellsASingleValueExactly(value: UInt64) {
        var histogram = LogHistogram()
        histogram.record(value)
        for quantile in [0.0, 0.5, 0.999, 1.0] { #expect(histogram.value(at: quantile) == value) }
    }

    @Test func takesWhatIsTooLargeAsTheLargest() {
        var histogram = LogHistogram()
        histogram.record(.max)
        #expect(histogram.maximum == .max)
        #expect(histogram.value(at: 0.5) == (1 << 40) - 1)
    }

    @Test(arguments: [0.01, 0.25, 0.5, 0.9, 0.99, 0.999])
    func isOffByLessThanOnePercent(quantile: Double) {
        var histogram = LogHistogram()
        for value in 1...100_000 { histogram.record(UInt64(value) * 1_000) }
        let exact = (quantile * 100_000).rounded(.up) * 1_000
        let told = Double(histogram.value(at: quantile))
        #expect(told >= exact)
        #expect(told <= exact * 1.008)
    }

    @Test func mergesTwoIntoWhatOneWouldHaveCounted() {
        var low = LogHistogram()
        var high = LogHistogram()
        var both = LogHistogram()
        for value in 0..<500 {
            low.record(UInt64(value))
            high.record(UInt64(value) * 10_000)
            both.record(UInt64(value))
            both.record(UInt64(value) * 10_000)
        }
        low.merge(high)
        #expect(low.count == both.count)
        #expect(low.maximum == both.maximum)
        for quantile in [0.1, 0.5, 0.75, 0.99] { #expect(low.value(at: quantile) == both.value(at: quantile)) }
    }
}
