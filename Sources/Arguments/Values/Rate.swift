/// So many things in a second, minute or hour. Equal and ordered by speed: 60/min is 1/s.
package struct Rate: Comparable, Hashable, Sendable {
    package enum Interval: Int, CaseIterable, Hashable, Sendable {
        case second = 1, minute = 60, hour = 3600

        var name: String {
            switch self {
            case .second: "s"
            case .minute: "min"
            case .hour: "h"
            }
        }

        init?(spelling: Substring) {
            switch spelling {
            case "s", "sec": self = .second
            case "min", "m": self = .minute
            case "h", "hour": self = .hour
            default: return nil
            }
        }
    }

    /// How many per interval, 0 to 4 294 967 295.
    package let count: UInt32
    package let interval: Interval

    package init(_ count: UInt32, per interval: Interval) {
        self.count = count
        self.interval = interval
    }

    package var perSecond: Double { perHour / 3600 }

    private var perHour: Double { Double(count) * Double(3600 / interval.rawValue) }

    package static func == (left: Rate, right: Rate) -> Bool { left.perHour == right.perHour }
    package static func < (left: Rate, right: Rate) -> Bool { left.perHour < right.perHour }
    package func hash(into hasher: inout Hasher) { hasher.combine(perHour) }

    var text: String { "\(count)/\(interval.name)" }

    static func read(_ text: String, within range: ClosedRange<Rate>) throws(ValueProblem) -> Rate {
        let quoted = SafeText.quoted(text)
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let digits = parts.first, Digits.areAll(digits) else { throw ValueProblem("\(quoted) is not a rate") }
        guard parts.count == 2 else { throw ValueProblem("\(quoted) has no unit") }
        guard let interval = Interval(spelling: parts[1]) else {
            throw ValueProblem("\(quoted) has an unknown unit", at: digits.count + 1..<text.count)
        }
        let rate = Rate(Digits.value(digits) ?? .max, per: interval)
        try range.check(rate, typed: text) { $0.text }
        return rate
    }
}

/// A rate, or the tool's own choice of one.
package enum Pace: Hashable, Sendable {
    case auto
    case fixed(Rate)
}

/// Slowest and fastest rate accepted where the command says nothing else.
private let usualRates = Rate(1, per: .minute)...Rate(10_000, per: .second)

extension ValueType where Value == Rate {
    /// 1/min to 10000/s.
    package static var rate: ValueType { .rate(usualRates) }

    package static func rate(_ range: ClosedRange<Rate>) -> ValueType {
        ValueType(
            .rate, placeholder: "RATE",
            expectation: "a rate such as 500/s or 30/min (\(range.lowerBound.text) to \(range.upperBound.text))",
            example: "500/s",
            read: { (text: String) throws(ValueProblem) -> Rate in try Rate.read(text, within: range) },
            print: { $0.text }
        )
    }
}

extension ValueType where Value == Pace {
    /// `auto`, or 1/min to 10000/s.
    package static var pace: ValueType { .pace(usualRates) }

    package static func pace(_ range: ClosedRange<Rate>) -> ValueType {
        ValueType(
            .rate, placeholder: "RATE|auto",
            expectation:
                "auto or a rate such as 500/s or 30/min (\(range.lowerBound.text) to \(range.upperBound.text))",
            example: "500/s",
            read: { (text: String) throws(ValueProblem) -> Pace in
                text == "auto" ? .auto : .fixed(try Rate.read(text, within: range))
            },
            print: { pace in
                switch pace {
                case .auto: "auto"
                case .fixed(let rate): rate.text
                }
            }
        )
    }
}
