/// A key and its value: `gw-3=2`.
package struct KeyValue<Value: Sendable>: Sendable {
    package var key: String
    package var value: Value

    package init(key: String, value: Value) {
        self.key = key
        self.value = value
    }
}

extension KeyValue: Equatable where Value: Equatable {}
extension KeyValue: Hashable where Value: Hashable {}

/// One of two types of value.
package enum Either<First: Sendable, Second: Sendable>: Sendable {
    case first(First)
    case second(Second)
}

extension Either: Equatable where First: Equatable, Second: Equatable {}

extension ValueType {
    /// `KEY=value`; keys have 1 to 128 letters, digits, `-`, `_`, `.`.
    package static func keyValue<Inner>(_ type: ValueType<Inner>, key: String = "KEY") -> ValueType
    where Value == KeyValue<Inner> {
        ValueType(
            .keyValue, placeholder: "\(key)=\(type.placeholder)",
            expectation: "\(key)=\(type.placeholder), the value being \(type.expectation)",
            example: "name=\(type.example)",
            read: { (text: String) throws(ValueProblem) -> KeyValue<Inner> in
                let quoted = SafeText.quoted(text)
                guard let equals = text.firstIndex(of: "=") else { throw ValueProblem("\(quoted) has no '='") }
                let name = text[..<equals]
                let isKey = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
                guard !name.isEmpty, name.utf8.count <= 128, isKey else {
                    throw ValueProblem("\(quoted) has no valid key before '='", at: 0..<max(1, name.count))
                }
                let start = name.count + 1
                do throws(ValueProblem) {
                    return KeyValue(key: String(name), value: try type.read(Word(text.dropFirst(start))))
                } catch {
                    let place = error.place.map { $0.lowerBound + start..<$0.upperBound + start }
                    throw ValueProblem(error.message, at: place ?? start..<max(start + 1, text.count), hint: error.hint)
                }
            },
            print: { "\($0.key)=\(type.print($0.value))" }
        )
    }

    /// A value of `first`, else of `second`. Where both accept a word the first has it.
    package static func either<First, Second>(_ first: ValueType<First>, _ second: ValueType<Second>) -> ValueType
    where Value == Either<First, Second> {
        ValueType(
            .either(first.kind, second.kind), placeholder: "\(first.placeholder)|\(second.placeholder)",
            expectation: "\(first.expectation), or \(second.expectation)", example: first.example,
            readingWords: { (word: Word) throws(ValueProblem) -> Either<First, Second> in
                do { return .first(try first.read(word)) } catch {}
                return .second(try second.read(word))
            },
            print: { value in
                switch value {
                case .first(let value): first.print(value)
                case .second(let value): second.print(value)
                }
            }
        )
    }
}
