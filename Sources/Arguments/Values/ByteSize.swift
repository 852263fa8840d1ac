/// Spelling of sizes: `64MiB`, `10MB`.
private enum ByteSizeText {
    /// Units from the largest; binary before decimal so that a power of two prints as one.
    static let units: [(name: String, bytes: Int64)] = [
        ("PiB", 1 << 50), ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
        ("PB", 1_000_000_000_000_000), ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000),
        ("kB", 1_000), ("B", 1),
    ]

    static func bytes(_ text: String) throws(ValueProblem) -> Int64 {
        let quoted = SafeText.quoted(text)
        let isNegative = text.hasPrefix("-")
        let (digits, unit) = Digits.split(text.dropFirst(isNegative ? 1 : 0))
        guard Digits.areAll(digits) else { throw ValueProblem("\(quoted) is not a size") }
        guard !unit.isEmpty else { throw ValueProblem("\(quoted) has no unit") }
        let spelling = unit == "KB" ? "kB" : unit
        guard let factor = units.first(where: { $0.name == spelling })?.bytes else {
            let start = text.count - unit.count
            let near = units.first { $0.name.lowercased() == unit.lowercased() }
            throw ValueProblem(
                "\(quoted) has an unknown unit", at: start..<text.count,
                hint: near.map { "did you mean '\(text.prefix(start))\($0.name)'?" }
            )
        }
        guard let count = Digits.value(digits, as: Int64.self) else { throw ValueProblem("\(quoted) is too large") }
        let (product, overflowed) = count.multipliedReportingOverflow(by: factor)
        guard !overflowed else { throw ValueProblem("\(quoted) is too large") }
        return isNegative ? -product : product
    }

    static func text(_ bytes: Int64) -> String {
        let unit = bytes == 0 ? nil : units.first { bytes % $0.bytes == 0 }
        return unit.map { "\(bytes / $0.bytes)\($0.name)" } ?? "0B"
    }
}

extension ValueType where Value == Int64 {
    /// 0 B to 1 PiB.
    package static var bytes: ValueType { .bytes(0...(1 << 50)) }

    /// A size in bytes within `range`, with a binary or a decimal unit.
    package static func bytes(_ range: ClosedRange<Int64>) -> ValueType {
        let bounds = "\(ByteSizeText.text(range.lowerBound)) to \(ByteSizeText.text(range.upperBound))"
        return ValueType(
            .bytes, placeholder: "SIZE",
            expectation: "a size such as 64MiB or 10MB (\(bounds))",
            example: "64MiB",
            read: { (text: String) throws(ValueProblem) -> Int64 in
                let value = try ByteSizeText.bytes(text)
                try range.check(value, typed: text, print: ByteSizeText.text)
                return value
            },
            print: ByteSizeText.text
        )
    }
}
