/// The straight line through points by least squares: what one more of something takes, apart from what is taken once.
package struct Slope: Hashable, Sendable {
    package let perUnit: Double
    /// Where the line begins, at zero units.
    package let base: Double

    /// - Returns: `nil` for fewer than two different numbers of units.
    package init?(_ points: [(units: Double, value: Double)]) {
        let count = Double(points.count)
        let meanUnits = points.reduce(0) { $0 + $1.units } / max(1, count)
        let meanValue = points.reduce(0) { $0 + $1.value } / max(1, count)
        let spread = points.reduce(0) { $0 + ($1.units - meanUnits) * ($1.units - meanUnits) }
        guard spread > 0 else { return nil }
        let joint = points.reduce(0) { $0 + ($1.units - meanUnits) * ($1.value - meanValue) }
        perUnit = joint / spread
        base = meanValue - perUnit * meanUnits
    }

    package func value(at units: Double) -> Double { base + perUnit * units }
}
