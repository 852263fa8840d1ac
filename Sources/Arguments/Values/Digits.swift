/// Reading of unsigned decimal digits, common to the numeric types.
enum Digits {
    /// The leading digits of `text` and the rest. nil digits when `text` starts with something else.
    static func split(_ text: Substring) -> (digits: Substring, rest: Substring) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        return (digits, text[digits.endIndex...])
    }

    /// The value of decimal digits; nil on overflow, on an empty text and on anything that is not a digit.
    static func value<Number: FixedWidthInteger>(_ digits: some StringProtocol, as type: Number.Type = Number.self)
        -> Number?
    {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else {
            return nil
        }
        return Number(digits)
    }

    static func areAll(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
    }
}

extension ClosedRange {
    /// The problem of a value outside the range, told with the bound that it passed.
    func check(_ value: Bound, typed: String, print: (Bound) -> String) throws(ValueProblem) {
        if value < lowerBound {
            throw ValueProblem("\(SafeText.quoted(typed)) is below the least value, \(print(lowerBound))")
        }
        if value > upperBound {
            throw ValueProblem("\(SafeText.quoted(typed)) is above the greatest value, \(print(upperBound))")
        }
    }
}
