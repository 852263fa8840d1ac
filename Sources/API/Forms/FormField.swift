import Chat
import Services
import Wire

/// One value of a form, which knows where it stands. Reading it as a type that it has not adds an error and gives
/// `nil`.
struct FormField {
    let value: JSONValue
    let path: [String]
    let errors: FormErrors

    /// Text. U+0000 is refused: not every store can keep it.
    func string() -> String? {
        guard let string = value.string else { return fail("STRING_TYPE_CONVERT", "This has to be a string.") }
        guard !string.utf8.contains(0) else {
            return fail("STRING_TYPE_CONVERT", "Text must not hold the character U+0000.")
        }
        return string
    }

    /// Text of so many Unicode scalars.
    func string(scalars range: ClosedRange<Int>) -> String? {
        guard let string = string() else { return nil }
        let count = string.unicodeScalars.count
        guard !range.contains(count) else { return string }
        if range.lowerBound == 0 {
            return fail("BASE_TYPE_MAX_LENGTH", "This may have at most \(range.upperBound) characters.")
        }
        return fail("BASE_TYPE_BAD_LENGTH", "This has to have \(range.lowerBound) to \(range.upperBound) characters.")
    }

    func bool() -> Bool? {
        guard let bool = value.bool else { return fail("BOOLEAN_TYPE_CONVERT", "This has to be true or false.") }
        return bool
    }

    /// A whole number, written without fraction and exponent.
    func integer() -> Int64? {
        guard let integer = value.number?.int64 else {
            return fail("NUMBER_TYPE_COERCE", "This has to be a whole number.")
        }
        return integer
    }

    func integer(in range: ClosedRange<Int64>) -> Int64? {
        guard let integer = integer() else { return nil }
        if integer < range.lowerBound { return fail("NUMBER_TYPE_MIN", "This has to be at least \(range.lowerBound).") }
        if integer > range.upperBound { return fail("NUMBER_TYPE_MAX", "This may be at most \(range.upperBound).") }
        return integer
    }

    /// A time in ISO 8601, in Unix milliseconds.
    func time() -> UInt64? {
        guard let text = value.string, let time = ISO8601.unixMilliseconds(text).flatMap({ UInt64(exactly: $0) }) else {
            return fail("DATETIME_TYPE_CONVERT", "This has to be a time in ISO 8601.")
        }
        return time
    }

    /// An id: a string of decimal digits, or an integer.
    func id<Kind>(_: ID<Kind>.Type) -> ID<Kind>? {
        guard let id = value.snowflake else { return fail("NUMBER_TYPE_COERCE", "This has to be an id.") }
        return ID(id)
    }

    /// A message id, which also has a second spelling.
    func messageID() -> MessageID? {
        if let text = value.string, let id = TimeUUIDSpelling.parse(text) { return id }
        return id(MessageID.self)
    }

    /// Permissions: a decimal string, or an integer.
    func permissions() -> Permissions? {
        guard let bits = value.snowflake else {
            return fail("NUMBER_TYPE_COERCE", "This has to be a set of permission bits.")
        }
        return Permissions(rawValue: bits)
    }

    /// At most so many elements.
    func list(max: Int) -> [FormField]? {
        guard let elements = value.array else { return fail("LIST_TYPE_CONVERT", "This has to be a list.") }
        guard elements.count <= max else {
            return fail("BASE_TYPE_MAX_LENGTH", "This may have at most \(max) elements.")
        }
        return elements.enumerated().map {
            FormField(value: $0.element, path: path + [String($0.offset)], errors: errors)
        }
    }

    func object() -> FormReader? {
        guard let object = value.object else { return fail("DICT_TYPE_CONVERT", "This has to be an object.") }
        return FormReader(object: object, path: path, errors: errors)
    }

    /// Adds an error about this field.
    func fail<Value>(_ code: String, _ message: String) -> Value? {
        errors.add(FieldError(path: path, code: code, message: message))
        return nil
    }

    /// Whether there is nothing in it: null, an empty list, an empty object.
    var isEmpty: Bool {
        switch value {
        case .null: true
        case .array(let elements): elements.isEmpty
        case .object(let object): object.count == 0
        case .bool, .number, .string: false
        }
    }
}
