/// A path, in bytes: file names need not be text.
package struct Path: Hashable, Sendable, ExpressibleByStringLiteral {
    /// 1 to 4095 bytes, none of them NUL.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(stringLiteral value: String) {
        bytes = Array(value.utf8)
    }

    /// The path for messages, invalid sequences replaced.
    package var display: String { String(decoding: bytes, as: UTF8.self) }
}

extension ValueType where Value == Path {
    /// A path to a file.
    package static var file: ValueType { path(.file, "FILE") }
    /// A path to a directory.
    package static var directory: ValueType { path(.directory, "DIR") }

    private static func path(_ kind: ValueKind, _ placeholder: String) -> ValueType {
        ValueType(
            kind, placeholder: placeholder, expectation: "a path such as ./name (1 to 4095 bytes)", example: "./name",
            readingWords: { (word: Word) throws(ValueProblem) -> Path in
                guard !word.bytes.isEmpty else { throw ValueProblem("the value is empty") }
                guard word.bytes.count <= 4095 else { throw ValueProblem("the path is longer than 4095 bytes") }
                guard !word.bytes.contains(0) else { throw ValueProblem("the path contains a NUL byte") }
                return Path(bytes: word.bytes)
            },
            // Bytes that are no text have no spelling; the copy in hex keeps two such paths apart.
            print: { path in
                Word(bytes: path.bytes).text ?? path.bytes.map { String($0, radix: 16) }.joined(separator: ":")
            }
        )
    }
}

/// A value, or `-` for standard input or output.
package enum StreamOr<Value: Sendable>: Sendable {
    case standardStream
    case value(Value)
}

extension StreamOr: Equatable where Value: Equatable {}

extension ValueType {
    /// `type`, or `-`.
    package static func orDash<Inner>(_ type: ValueType<Inner>) -> ValueType where Value == StreamOr<Inner> {
        ValueType(
            type.kind, placeholder: type.placeholder + "|-", expectation: type.expectation + ", or -",
            example: type.example,
            readingWords: { (word: Word) throws(ValueProblem) -> StreamOr<Inner> in
                word == "-" ? .standardStream : .value(try type.read(word))
            },
            print: { value in
                switch value {
                case .standardStream: "-"
                case .value(let inner): type.print(inner)
                }
            }
        )
    }
}
