extension ValueType where Value == String {
    /// Text of 1 to 4000 characters.
    package static var string: ValueType { .string(charactersMax: 4000) }

    /// Text of 1 to `charactersMax` characters.
    package static func string(charactersMax: Int) -> ValueType {
        ValueType(
            .text, placeholder: "TEXT", expectation: "text of 1 to \(charactersMax) characters", example: "text",
            read: { (text: String) throws(ValueProblem) -> String in
                // Bytes bound the work of counting characters.
                guard text.utf8.count <= charactersMax.multipliedReportingOverflow(by: 64).partialValue.magnitude,
                    text.count <= charactersMax
                else { throw ValueProblem("the value has more than \(charactersMax) characters") }
                return text
            },
            print: { $0 }
        )
    }

    /// An identifier that starts with `prefix`, as `dlq_9f2c`: then 1 to 64 letters, digits, `-`, `_`.
    package static func identifier(prefix: String, placeholder: String = "ID") -> ValueType {
        ValueType(
            .text, placeholder: placeholder, expectation: "an id such as \(prefix)9f2c (up to 64 characters)",
            example: prefix + "9f2c",
            read: { (text: String) throws(ValueProblem) -> String in
                let rest = text.dropFirst(prefix.count)
                let isValid = rest.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
                guard text.hasPrefix(prefix), !rest.isEmpty, rest.count <= 64, isValid else {
                    throw ValueProblem("\(SafeText.quoted(text)) is not an id that starts with '\(prefix)'")
                }
                return text
            },
            print: { $0 }
        )
    }

    /// One of `names`, exactly as spelled.
    package static func choice(_ names: [String], placeholder: String? = nil) -> ValueType {
        ValueType(names: names, placeholder: placeholder, value: { $0 }, name: { $0 })
    }
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the cases of an enumeration, by raw value.
    package static func choice(of type: Value.Type = Value.self, placeholder: String? = nil) -> ValueType {
        ValueType(
            names: Value.allCases.map(\.rawValue), placeholder: placeholder,
            value: { Value(rawValue: $0) }, name: { $0.rawValue }
        )
    }
}

extension ValueType {
    fileprivate init(
        names: [String], placeholder: String?,
        value: @escaping @Sendable (String) -> Value?, name: @escaping @Sendable (Value) -> String
    ) {
        self.init(
            .choice(names), placeholder: placeholder ?? names.joined(separator: "|"),
            expectation: names.count == 1 ? names[0] : "one of \(names.joined(separator: ", "))",
            example: names.first ?? "",
            read: { (text: String) throws(ValueProblem) -> Value in
                if names.contains(text), let value = value(text) { return value }
                throw ValueProblem(
                    "\(SafeText.quoted(text)) is not a known value",
                    hint: Suggestions.didYouMean(EditDistance.nearest(to: text, among: names))
                )
            },
            print: name
        )
    }
}

/// A comparison with a whole number: `>=3`.
package struct Comparison: Hashable, Sendable {
    package enum Operator: String, CaseIterable, Hashable, Sendable {
        case atLeast = ">=", atMost = "<=", notEqual = "!=", more = ">", less = "<", equal = "="
    }

    package let relation: Operator
    package let number: Int

    package init(_ relation: Operator, _ number: Int) {
        self.relation = relation
        self.number = number
    }

    package func holds(for value: Int) -> Bool {
        switch relation {
        case .atLeast: value >= number
        case .atMost: value <= number
        case .notEqual: value != number
        case .more: value > number
        case .less: value < number
        case .equal: value == number
        }
    }
}

extension ValueType where Value == Comparison {
    /// An operator (`=` when left out) and a number, 0 to 1 000 000 000.
    package static var comparison: ValueType {
        ValueType(
            .comparison, placeholder: "COMPARISON",
            expectation: "a comparison such as '>=3' (>=, <=, !=, >, <, =; 0 to 1000000000)", example: ">=3",
            read: { (text: String) throws(ValueProblem) -> Comparison in
                // The longer spellings come first in the enumeration, so `>=` is not read as `>`.
                let relation = Comparison.Operator.allCases.first { text.hasPrefix($0.rawValue) }
                let digits = text.dropFirst(relation?.rawValue.count ?? 0)
                guard Digits.areAll(digits) else { throw ValueProblem("\(SafeText.quoted(text)) is not a comparison") }
                return Comparison(relation ?? .equal, try ValueType<Int>.count.value(of: String(digits)))
            },
            print: { "\($0.relation.rawValue)\($0.number)" }
        )
    }
}

/// A pattern with `*` (any characters) and `?` (one character).
package struct Glob: Hashable, Sendable {
    /// 1 to 256 characters.
    package let pattern: String

    package init(_ pattern: String) {
        self.pattern = pattern
    }

    /// Whether all of `text` matches. Time is at most pattern × text: only the last star is ever retried.
    package func matches(_ text: String) -> Bool {
        let pattern = Array(pattern)
        let text = Array(text)
        var (p, t) = (0, 0)
        var star: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.text + 1)
                p = last.pattern + 1
                t = last.text + 1
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}

extension ValueType where Value == Glob {
    package static var glob: ValueType {
        ValueType(
            .glob, placeholder: "GLOB",
            expectation: "a pattern such as 'store.*' (* any characters, ? one; up to 256 characters)",
            example: "store.*",
            read: { (text: String) throws(ValueProblem) -> Glob in
                guard text.utf8.count <= 1024, text.count <= 256 else {
                    throw ValueProblem("the pattern has more than 256 characters")
                }
                return Glob(text)
            },
            print: { $0.pattern }
        )
    }
}
