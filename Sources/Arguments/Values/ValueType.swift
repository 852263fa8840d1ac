/// Why a word is not a value of its type.
package struct ValueProblem: Error, Hashable, Sendable {
    /// What is wrong, starting with the quoted value: `'500' has no unit`.
    package var message: String
    /// Characters of the value before the place, and how many are meant; nil means all of it.
    package var place: Range<Int>?
    /// What to write instead, when something near exists.
    package var hint: String?

    package init(_ message: String, at place: Range<Int>? = nil, hint: String? = nil) {
        self.message = message
        self.place = place
        self.hint = hint
    }
}

/// What a value is, for help, completions and manual pages.
package enum ValueKind: Hashable, Sendable {
    case duration, rate, bytes, percent, count, decimal, instant, idRange
    case snowflake, userReference, channelReference, nodeReference, contextReference, selector
    case address, url, file, directory, keyValue, comparison, glob, text
    /// One of a closed set of words.
    case choice([String])
    /// Either of two kinds.
    indirect case either(ValueKind, ValueKind)
}

/// A type of value: how it is read, printed, named and explained. One value per type, shared by all options.
package struct ValueType<Value: Sendable>: Sendable {
    package typealias Reader = @Sendable (Word) throws(ValueProblem) -> Value

    package var kind: ValueKind
    /// The word that stands for the value in a synopsis: `DUR`.
    package var placeholder: String
    /// What is expected, with an example, range and unit: `a rate such as 500/s or 30/min (1/min to 10000/s)`.
    package var expectation: String
    /// A value that parses.
    package var example: String
    /// Reads a word; never traps, whatever the bytes.
    package var read: Reader
    /// Prints a value so that `read` gives it back.
    package var print: @Sendable (Value) -> String

    /// A type over any bytes, valid text or not.
    package init(
        _ kind: ValueKind, placeholder: String, expectation: String, example: String,
        readingWords read: @escaping Reader, print: @escaping @Sendable (Value) -> String
    ) {
        self.kind = kind
        self.placeholder = placeholder
        self.expectation = expectation
        self.example = example
        self.read = read
        self.print = print
    }

    /// A type over text that is not empty.
    package init(
        _ kind: ValueKind, placeholder: String, expectation: String, example: String,
        read: @escaping @Sendable (String) throws(ValueProblem) -> Value, print: @escaping @Sendable (Value) -> String
    ) {
        self.init(
            kind, placeholder: placeholder, expectation: expectation, example: example,
            readingWords: { (word: Word) throws(ValueProblem) -> Value in
                let text = try word.validText()
                guard !text.isEmpty else { throw ValueProblem("the value is empty") }
                return try read(text)
            },
            print: print
        )
    }

    /// The same type under another name in the synopsis: `.count.named("PORT")`.
    package func named(_ placeholder: String) -> ValueType {
        var copy = self
        copy.placeholder = placeholder
        return copy
    }

    /// The value of a text; for tests and for configuration that shares the types.
    package func value(of text: String) throws(ValueProblem) -> Value {
        try read(Word(text))
    }
}

extension Word {
    /// The text, or the offset of the first byte that makes it none.
    func validText() throws(ValueProblem) -> String {
        if let text { return text }
        let offset = firstInvalidByte ?? 0
        let before = String(decoding: bytes.prefix(offset), as: UTF8.self).count
        throw ValueProblem("the value is not valid UTF-8 at byte \(offset)", at: before..<before + 1)
    }
}

/// A value type without its Swift type, as declarations keep it.
package struct AnyValueType: Sendable {
    /// A value and its canonical spelling, by which two occurrences are compared.
    struct Parsed: Sendable {
        var value: any Sendable
        var canonical: String
    }

    package let kind: ValueKind
    package let placeholder: String
    package let expectation: String
    package let example: String
    let parse: @Sendable (Word) throws(ValueProblem) -> Parsed

    init<Value>(_ type: ValueType<Value>) {
        kind = type.kind
        placeholder = type.placeholder
        expectation = type.expectation
        example = type.example
        parse = { (word: Word) throws(ValueProblem) -> Parsed in
            let value = try type.read(word)
            return Parsed(value: value, canonical: type.print(value))
        }
    }

    /// Whether the word is a value of the type.
    package func accepts(_ word: Word) -> Bool {
        (try? parse(word)) != nil
    }
}
