extension ValueType where Value == Int {
    /// A whole number, 0 to 1 000 000 000.
    package static var count: ValueType { .count(0...1_000_000_000) }

    /// A whole number within `range`.
    package static func count(_ range: ClosedRange<Int>) -> ValueType {
        let example = Swift.min(Swift.max(10, range.lowerBound), range.upperBound)
        return ValueType(
            .count, placeholder: "N",
            expectation: "a whole number such as \(example) (\(range.lowerBound) to \(range.upperBound))",
            example: String(example),
            read: { (text: String) throws(ValueProblem) -> Int in
                let isNegative = text.hasPrefix("-")
                guard Digits.areAll(text.dropFirst(isNegative ? 1 : 0)) else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not a whole number")
                }
                // A number that fits no integer is outside every range, on the side of its sign.
                try range.check(Int(text) ?? (isNegative ? .min : .max), typed: text) { String($0) }
                guard let value = Int(text) else { throw ValueProblem("\(SafeText.quoted(text)) is too large") }
                return value
            },
            print: { String($0) }
        )
    }
}

extension ValueType where Value == Double {
    /// A decimal number, 0 to 1 000 000, such as a weight or a ratio.
    package static var decimal: ValueType { .decimal(0...1_000_000) }

    /// A decimal number within `range`, written without an exponent.
    package static func decimal(_ range: ClosedRange<Double>) -> ValueType {
        ValueType(
            .decimal, placeholder: "X",
            expectation: "a number such as 1.1 (\(decimalText(range.lowerBound)) to \(decimalText(range.upperBound)))",
            example: "1.1",
            read: { (text: String) throws(ValueProblem) -> Double in
                let unsigned = text.hasPrefix("-") ? text.dropFirst() : Substring(text)
                let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count <= 2, parts.allSatisfy({ Digits.areAll($0) }), let value = Double(text) else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not a number")
                }
                try range.check(value, typed: text, print: decimalText)
                return value
            },
            print: decimalText
        )
    }
}

/// A number without exponent and without a needless `.0`; up to nine decimals.
private func decimalText(_ value: Double) -> String {
    let plain = "\(value)"
    if plain.hasSuffix(".0") { return String(plain.dropLast(2)) }
    guard plain.contains("e"), value.magnitude < 1e9 else { return plain }
    let billionths = Int64((value.magnitude * 1e9).rounded())
    let fraction = String(billionths % 1_000_000_000)
    let padded = String(repeating: "0", count: 9 - fraction.count) + fraction
    return (value < 0 ? "-" : "") + "\(billionths / 1_000_000_000)." + padded
}

/// A share of a whole, exact to a ten-thousandth of a percent.
package struct Percent: Hashable, Comparable, Sendable {
    /// 10 000 is one percent.
    package let partsPerMillion: Int

    package init(partsPerMillion: Int) {
        self.partsPerMillion = partsPerMillion
    }

    package static func percent(_ whole: Int) -> Percent {
        Percent(partsPerMillion: whole.multipliedReportingOverflow(by: 10_000).partialValue)
    }

    /// The share as a fraction: 0.05 for 5 %.
    package var fraction: Double { Double(partsPerMillion) / 1_000_000 }

    package static func < (left: Percent, right: Percent) -> Bool {
        left.partsPerMillion < right.partsPerMillion
    }

    var text: String {
        let (whole, part) = partsPerMillion.quotientAndRemainder(dividingBy: 10_000)
        guard part != 0 else { return "\(whole)%" }
        var digits = String(10_000 + part).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)%"
    }
}

extension ValueType where Value == Percent {
    /// 0 % to 100 %.
    package static var percent: ValueType { .percent(.percent(0) ... .percent(100)) }

    /// A percentage within `range` (at least 0 %), with up to four decimals.
    package static func percent(_ range: ClosedRange<Percent>) -> ValueType {
        ValueType(
            .percent, placeholder: "PCT",
            expectation: "a percentage such as 5% or 0.5% (\(range.lowerBound.text) to \(range.upperBound.text))",
            example: "5%",
            read: { (text: String) throws(ValueProblem) -> Percent in
                guard text.hasSuffix("%") else {
                    let what = Digits.areAll(text.filter { $0 != "." }) ? "has no '%'" : "is not a percentage"
                    throw ValueProblem("\(SafeText.quoted(text)) \(what)")
                }
                let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count <= 2, let whole = parts.first, parts.allSatisfy({ Digits.areAll($0) }) else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not a percentage")
                }
                let decimals = parts.count == 2 ? String(parts[1]) : ""
                guard decimals.count <= 4 else {
                    throw ValueProblem("\(SafeText.quoted(text)) has more than four decimals")
                }
                let parsed = Digits.value(
                    whole + decimals + String(repeating: "0", count: 4 - decimals.count), as: Int.self)
                let value = Percent(partsPerMillion: parsed ?? .max)
                try range.check(value, typed: text) { $0.text }
                return value
            },
            print: { $0.text }
        )
    }
}
