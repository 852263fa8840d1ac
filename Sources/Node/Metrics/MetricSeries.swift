import Synchronization

/// A value that only rises. Any thread may add to it.
final class CounterSeries: Sendable {
    private let total = Atomic<Int>(0)

    func add(_ amount: Int) { total.wrappingAdd(amount, ordering: .relaxed) }

    func reset() { total.store(0, ordering: .relaxed) }

    var value: Int { total.load(ordering: .relaxed) }
}

/// A value that rises and falls. Any thread may set it.
final class GaugeSeries: Sendable {
    private let bits = Atomic<UInt64>(0)

    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(expected: current, desired: next, ordering: .relaxed)
            guard !exchanged else { return }
            current = original
        }
    }

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
}

/// How often values fell below each of a few bounds, and their sum.
final class HistogramSeries: Sendable {
    struct Reading {
        /// Cumulative, one for each bound; the count of all values stands in `count`.
        var cumulative: [Int]
        var count: Int
        var sum: Double
    }

    let bounds: [Double]
    private let state: Mutex<(counts: [Int], sum: Double)>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex((Array(repeating: 0, count: bounds.count + 1), 0))
    }

    func observe(_ value: Double, count: Int = 1) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += count
            state.sum += value * Double(count)
        }
    }

    func read() -> Reading {
        state.withLock { state in
            var running = 0
            let cumulative = state.counts.dropLast().map { count in
                running += count
                return running
            }
            return Reading(cumulative: cumulative, count: running + (state.counts.last ?? 0), sum: state.sum)
        }
    }
}
