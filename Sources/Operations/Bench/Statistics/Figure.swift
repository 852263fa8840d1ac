/// One measured quantity over several runs. All numbers are whole, in a unit small enough to lose nothing.
package struct Figure: Hashable, Sendable {
    /// Which direction is an improvement.
    package enum Better: String, Hashable, Sendable {
        case lower, higher
        /// Told for understanding, never compared.
        case neither
    }

    /// Stable, lower-case, words joined by hyphens: `cpu-per-delivery`.
    package let name: String
    /// `ns`, `us`, `bytes`, `1/s`, `%`, or empty for a count.
    package let unit: String
    package let better: Better
    /// One value a run, in the order of the runs; never empty.
    package let runs: [Int]

    package init(_ name: String, _ unit: String, better: Better, runs: [Int]) {
        precondition(!runs.isEmpty, "a figure needs a run")
        self.name = name
        self.unit = unit
        self.better = better
        self.runs = runs
    }

    /// The middle value; of an even number of runs the mean of the two middle ones.
    package var median: Int {
        let sorted = runs.sorted()
        let middle = sorted.count / 2
        guard sorted.count.isMultiple(of: 2) else { return sorted[middle] }
        let (low, high) = (sorted[middle - 1], sorted[middle])
        return low + (high - low) / 2
    }

    package var minimum: Int { runs.min() ?? 0 }
    package var maximum: Int { runs.max() ?? 0 }
}

/// Collects the figures of run after run.
struct FigureTable {
    private var order: [String] = []
    private var rows: [String: (unit: String, better: Figure.Better, runs: [Int])] = [:]

    mutating func add(_ name: String, _ unit: String, better: Figure.Better, _ value: Int) {
        if rows[name] == nil { order.append(name) }
        rows[name, default: (unit, better, [])].runs.append(value)
    }

    mutating func add(_ name: String, _ unit: String, better: Figure.Better, _ value: Double) {
        add(
            name, unit, better: better,
            value.isFinite ? Int(clamping: Int64(max(-9e18, min(9e18, value.rounded())))) : 0)
    }

    /// The three quantiles of a histogram of nanoseconds, in microseconds.
    mutating func add(latency name: String, _ histogram: LogHistogram) {
        for (label, quantile) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
            add("\(name)-\(label)", "us", better: .lower, Int(histogram.value(at: quantile) / 1_000))
        }
    }

    var figures: [Figure] {
        order.compactMap { name in
            rows[name].map { Figure(name, $0.unit, better: $0.better, runs: $0.runs) }
        }
    }
}
