/// Spelling of durations: `1h30m`, `250ms`. Exact to the nanosecond.
enum DurationText {
    /// Units from the largest, each with its length in nanoseconds.
    static let units: [(name: String, nanoseconds: Int64)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    static func nanoseconds(_ text: String) throws(ValueProblem) -> Int64 {
        let isNegative = text.hasPrefix("-")
        let quoted = SafeText.quoted(text)
        var rest = text.dropFirst(isNegative ? 1 : 0)
        var total: Int64 = 0
        var unitIndexMin = 0
        guard rest.first?.isNumber == true else { throw ValueProblem("\(quoted) is not a duration") }
        while !rest.isEmpty {
            let start = text.distance(from: text.startIndex, to: rest.startIndex)
            let (digits, afterDigits) = Digits.split(rest)
            let unit = afterDigits.prefix { $0.isLetter }
            rest = afterDigits[unit.endIndex...]
            let end = text.distance(from: text.startIndex, to: rest.startIndex)
            if afterDigits.first == "." || afterDigits.first == "," {
                throw ValueProblem("\(quoted) has a fraction; write it in a smaller unit, as 1500ms")
            }
            guard !digits.isEmpty, !unit.isEmpty || rest.isEmpty else {
                throw ValueProblem("\(quoted) is not a duration", at: start..<text.count)
            }
            if unit.isEmpty { throw ValueProblem("\(quoted) has no unit") }
            guard let index = units.firstIndex(where: { $0.name == unit }) else {
                throw ValueProblem(
                    "\(quoted) has an unknown unit '\(SafeText.escaped(unit.prefix(16)))'", at: start..<end)
            }
            guard index >= unitIndexMin else {
                throw ValueProblem("\(quoted) does not go from the largest unit to the smallest", at: start..<end)
            }
            unitIndexMin = index + 1
            guard let count = Digits.value(digits, as: Int64.self) else { throw ValueProblem("\(quoted) is too long") }
            let (part, overflowed) = count.multipliedReportingOverflow(by: units[index].nanoseconds)
            let (sum, overflowedToo) = total.addingReportingOverflow(part)
            guard !overflowed, !overflowedToo else { throw ValueProblem("\(quoted) is too long") }
            total = sum
        }
        return isNegative ? -total : total
    }

    static func text(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0s" }
        var result = nanoseconds < 0 ? "-" : ""
        var rest = nanoseconds.magnitude
        // Weeks are accepted but not printed: 14d reads better than 2w beside 15d.
        for unit in units.dropFirst() {
            let (count, remainder) = rest.quotientAndRemainder(dividingBy: UInt64(unit.nanoseconds))
            if count > 0 { result += "\(count)\(unit.name)" }
            rest = remainder
        }
        return result
    }

    /// Whole nanoseconds, the nearest that fit in 64 bits (±292 years).
    static func nanoseconds(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowedToo) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !overflowed, !overflowedToo else { return seconds < 0 ? -.max : .max }
        return sum
    }
}

extension ValueType where Value == Duration {
    /// 0 s to 36 500 d.
    package static var duration: ValueType { .duration(.zero ... .seconds(3_153_600_000)) }

    /// A duration within `range`; bounds are exact to the nanosecond.
    package static func duration(_ range: ClosedRange<Duration>) -> ValueType {
        let print: @Sendable (Duration) -> String = { DurationText.text(DurationText.nanoseconds(of: $0)) }
        return ValueType(
            .duration, placeholder: "DUR",
            expectation: "a duration such as 90s or 1h30m (\(print(range.lowerBound)) to \(print(range.upperBound)))",
            example: "90s",
            read: { (text: String) throws(ValueProblem) -> Duration in
                let value = Duration.nanoseconds(try DurationText.nanoseconds(text))
                try range.check(value, typed: text, print: print)
                return value
            },
            print: print
        )
    }
}
