package import Metrics
import Synchronization

/// Every metric of the process, and their text for a Prometheus server.
///
/// It stands behind swift-metrics, so that libraries report here as well. The number of series is bounded (invariant I7): beyond
/// ``seriesMax`` a new combination of labels is counted under `overflow="true"` of its metric.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    package static let seriesMax = 10_000
    /// Bounds of every histogram of seconds, as the design lists them.
    private static let secondsBounds = [0.01, 0.05, 0.1, 0.25, 0.5, 1]

    private enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    private struct Key: Hashable {
        var name: String
        var labels: String
    }

    private struct State {
        var series: [Key: Series] = [:]
        var gauges: [String: @Sendable () -> [(labels: [(String, String)], value: Double)]] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Adds a gauge that is read when somebody asks. Label values have to come from closed sets.
    package func addGauge(
        _ name: String, _ read: @escaping @Sendable () -> [(labels: [(String, String)], value: Double)]
    ) {
        state.withLock { $0.gauges[name] = read }
    }

    // MARK: swift-metrics

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Counter(series: counter(label, dimensions))
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? Recorder(observe: { [histogram = histogram(label, dimensions)] in histogram.observe($0) })
            : Recorder(observe: { [gauge = gauge(label, dimensions)] in gauge.set($0) })
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        Meter(series: gauge(label, dimensions))
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Timer(series: histogram(label, dimensions))
    }

    package func destroyCounter(_: any CounterHandler) {}
    package func destroyRecorder(_: any RecorderHandler) {}
    package func destroyMeter(_: any MeterHandler) {}
    package func destroyTimer(_: any TimerHandler) {}

    private final class Counter: CounterHandler {
        private let series: CounterSeries

        init(series: CounterSeries) { self.series = series }

        func increment(by amount: Int64) { series.add(Int(amount)) }
        func reset() { series.reset() }
    }

    private final class Recorder: RecorderHandler {
        private let observe: @Sendable (Double) -> Void

        init(observe: @escaping @Sendable (Double) -> Void) { self.observe = observe }

        func record(_ value: Int64) { observe(Double(value)) }
        func record(_ value: Double) { observe(value) }
    }

    private final class Meter: MeterHandler {
        private let series: GaugeSeries

        init(series: GaugeSeries) { self.series = series }

        func set(_ value: Int64) { series.set(Double(value)) }
        func set(_ value: Double) { series.set(value) }
        func increment(by amount: Double) { series.add(amount) }
        func decrement(by amount: Double) { series.add(-amount) }
    }

    private final class Timer: TimerHandler {
        private let series: HistogramSeries

        init(series: HistogramSeries) { self.series = series }

        func recordNanoseconds(_ duration: Int64) { series.observe(Double(duration) / 1e9) }
    }

    // MARK: series

    private func counter(_ name: String, _ labels: [(String, String)]) -> CounterSeries {
        guard case .counter(let series) = find(name, labels, { .counter(CounterSeries()) }) else {
            return CounterSeries()
        }
        return series
    }

    private func gauge(_ name: String, _ labels: [(String, String)]) -> GaugeSeries {
        guard case .gauge(let series) = find(name, labels, { .gauge(GaugeSeries()) }) else { return GaugeSeries() }
        return series
    }

    /// The histogram of a name and labels, for callers that observe many values at once.
    func histogram(_ name: String, _ labels: [(String, String)]) -> HistogramSeries {
        let fresh = { Series.histogram(HistogramSeries(bounds: Self.secondsBounds)) }
        guard case .histogram(let series) = find(name, labels, fresh) else {
            return HistogramSeries(bounds: Self.secondsBounds)
        }
        return series
    }

    private func find(_ name: String, _ labels: [(String, String)], _ make: () -> Series) -> Series {
        let key = Key(name: Self.name(name), labels: Self.text(of: labels))
        return state.withLock { state in
            if let known = state.series[key] { return known }
            let bounded = state.series.count < Self.seriesMax ? key : Key(name: key.name, labels: "overflow=\"true\"")
            if let known = state.series[bounded] { return known }
            let fresh = make()
            state.series[bounded] = fresh
            return fresh
        }
    }

    // MARK: text

    /// All metrics in Prometheus' text format 0.0.4.
    package func exposition() -> String {
        let (series, gauges) = state.withLock { ($0.series, $0.gauges) }
        var families: [String: (type: String, lines: [String])] = [:]
        for (key, value) in series {
            switch value {
            case .counter(let counter):
                families[key.name, default: ("counter", [])].lines.append(
                    Self.line(key.name, key.labels, String(counter.value)))
            case .gauge(let gauge):
                families[key.name, default: ("gauge", [])].lines.append(
                    Self.line(key.name, key.labels, "\(gauge.value)"))
            case .histogram(let histogram):
                families[key.name, default: ("histogram", [])].lines += Self.lines(key, histogram)
            }
        }
        for (name, read) in gauges {
            families[Self.name(name), default: ("gauge", [])].lines += read().map {
                Self.line(Self.name(name), Self.text(of: $0.labels), "\($0.value)")
            }
        }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.type)\n"
            text += family.type == "histogram" ? family.lines.joined() : family.lines.sorted().joined()
        }
        return text
    }

    private static func lines(_ key: Key, _ histogram: HistogramSeries) -> [String] {
        let reading = histogram.read()
        let separator = key.labels.isEmpty ? "" : ","
        var lines = zip(histogram.bounds, reading.cumulative).map { bound, count in
            line(key.name + "_bucket", key.labels + separator + "le=\"\(bound)\"", String(count))
        }
        lines.append(line(key.name + "_bucket", key.labels + separator + "le=\"+Inf\"", String(reading.count)))
        lines.append(line(key.name + "_sum", key.labels, "\(reading.sum)"))
        lines.append(line(key.name + "_count", key.labels, String(reading.count)))
        return lines
    }

    private static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    /// Prometheus allows letters, digits, `_` and `:` in names; libraries use dots and dashes.
    private static func name(_ label: String) -> String {
        String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == ":" ? $0 : "_" })
    }

    private static func text(of labels: [(String, String)]) -> String {
        labels.sorted { $0.0 < $1.0 }.map { name($0.0) + "=\"" + escape($0.1) + "\"" }.joined(separator: ",")
    }

    private static func escape(_ value: String) -> String {
        var result = ""
        for character in value {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result
    }
}
