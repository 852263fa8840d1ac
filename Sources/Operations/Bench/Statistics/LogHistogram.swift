/// Counts of values in buckets that grow with the value: 128 to an octave, so that a quantile is off by less than
/// 0.8 %. Values are 0 to 2^40 - 1 (18 minutes in nanoseconds); larger ones count as the largest.
package struct LogHistogram: Sendable {
    private static let bits = 7
    private static let octaves = 40

    private var buckets = [UInt64](repeating: 0, count: (octaves - bits + 1) << bits)
    package private(set) var count: UInt64 = 0
    /// Largest value recorded, exact; 0 when there is none.
    package private(set) var maximum: UInt64 = 0

    package init() {}

    package mutating func record(_ value: UInt64) {
        buckets[Self.bucket(of: value)] &+= 1
        count &+= 1
        if value > maximum { maximum = value }
    }

    package mutating func merge(_ other: LogHistogram) {
        for index in buckets.indices { buckets[index] &+= other.buckets[index] }
        count &+= other.count
        maximum = max(maximum, other.maximum)
    }

    /// The smallest bound that no more than a share `1 - quantile` of the values lies above; 0 when there is no value.
    /// - Parameter quantile: 0 to 1.
    package func value(at quantile: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let wanted = min(count, max(1, UInt64((quantile * Double(count)).rounded(.up))))
        var seen: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            seen &+= bucket
            if seen >= wanted { return min(Self.upperBound(of: index), maximum) }
        }
        return maximum
    }

    private static func bucket(of value: UInt64) -> Int {
        let value = min(value, 1 << octaves - 1)
        guard value >= 1 << bits else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        let shift = exponent - bits
        return (shift + 1) << bits + Int((value >> shift) & (1 << bits - 1))
    }

    /// Largest value that falls into a bucket.
    private static func upperBound(of index: Int) -> UInt64 {
        guard index >= 1 << bits else { return UInt64(index) }
        let shift = index >> bits - 1
        let mantissa = UInt64(index & (1 << bits - 1)) + 1 << bits
        return (mantissa + 1) << shift - 1
    }
}
