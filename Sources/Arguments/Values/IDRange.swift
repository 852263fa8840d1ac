/// A set of small numbers such as partitions: `0-31,40`. Sorted, without overlaps.
package struct IDRange: Hashable, Sendable {
    package let ranges: [ClosedRange<Int>]

    /// Sorts, and joins what touches or overlaps.
    package init(_ ranges: [ClosedRange<Int>]) {
        var joined: [ClosedRange<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound || range.lowerBound - 1 == last.upperBound {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        self.ranges = joined
    }

    package func contains(_ id: Int) -> Bool { ranges.contains { $0.contains(id) } }

    /// How many numbers there are, at most 65 536.
    package var count: Int { ranges.reduce(0) { $0 + $1.count } }
}

extension ValueType where Value == IDRange {
    /// Numbers and ranges of numbers, 0 to 65 535, up to 1024 of them.
    package static var idRange: ValueType {
        ValueType(
            .idRange, placeholder: "RANGE",
            expectation: "numbers and ranges such as 0-31,40 (0 to 65535)", example: "0-31,40",
            read: { (text: String) throws(ValueProblem) -> IDRange in
                let parts = text.split(separator: ",", maxSplits: 1024, omittingEmptySubsequences: false)
                guard parts.count <= 1024 else { throw ValueProblem("the value has more than 1024 parts") }
                var ranges: [ClosedRange<Int>] = []
                for part in parts {
                    let start = text.distance(from: text.startIndex, to: part.startIndex)
                    let place = start..<start + part.count
                    let bounds = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
                    guard let first = bounds.first, let last = bounds.last, bounds.allSatisfy({ Digits.areAll($0) })
                    else {
                        throw ValueProblem("\(SafeText.quoted(String(part))) is not a number or a range", at: place)
                    }
                    guard let low: UInt16 = Digits.value(first), let high: UInt16 = Digits.value(last) else {
                        throw ValueProblem(
                            "\(SafeText.quoted(String(part))) is above the greatest value, 65535", at: place)
                    }
                    guard low <= high else {
                        throw ValueProblem("\(SafeText.quoted(String(part))) runs backwards", at: place)
                    }
                    ranges.append(Int(low)...Int(high))
                }
                return IDRange(ranges)
            },
            print: { value in
                value.ranges
                    .map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
                    .joined(separator: ",")
            }
        )
    }
}
