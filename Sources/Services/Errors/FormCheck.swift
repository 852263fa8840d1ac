/// Collects what is wrong with a form, so that a client learns of every mistake at once.
struct FormCheck {
    private(set) var errors: [FieldError] = []

    /// - Throws: `.invalidForm` when anything was wrong.
    func finish() throws(ServiceError) {
        guard errors.isEmpty else { throw ServiceError(.invalidForm(errors)) }
    }

    mutating func refuse(_ path: [String], _ code: String, _ message: String) {
        errors.append(FieldError(path: path, code: code, message: message))
    }

    /// A name as it will be kept: without white space around it, of an allowed length in Unicode scalars, without
    /// control characters and those that would reach beyond the name, and with something to see. It is not normalised
    /// otherwise: what was accepted is read back as it was sent.
    mutating func name(_ text: String, _ field: String, scalars: ClosedRange<Int>) -> String {
        let name = text.trimmed
        length(name, field, scalars: scalars)
        let scalars = name.unicodeScalars
        if scalars.contains(where: { $0.isControl || $0.isDisruptive }) {
            refuseCharacters(field)
        } else if !scalars.isEmpty, !scalars.contains(where: \.isVisible) {
            refuseCharacters(field)
        }
        return name
    }

    /// A text of several lines as it will be kept: like a name, but line feeds and tabs may stand in it, and an empty
    /// one is `nil`.
    mutating func text(_ text: String?, _ field: String, scalarsMax: Int) -> String? {
        guard let text = text?.trimmed, !text.isEmpty else { return nil }
        if text.unicodeScalars.count > scalarsMax {
            refuse([field], "BASE_TYPE_MAX_LENGTH", "Must be \(scalarsMax) or fewer in length.")
        }
        if text.unicodeScalars.contains(where: { $0.isControl && $0 != "\n" && $0 != "\t" }) { refuseCharacters(field) }
        return text
    }

    mutating func length(_ text: String, _ field: String, scalars: ClosedRange<Int>) {
        guard !scalars.contains(text.unicodeScalars.count) else { return }
        refuse(
            [field], "BASE_TYPE_BAD_LENGTH",
            "Must be between \(scalars.lowerBound) and \(scalars.upperBound) in length."
        )
    }

    mutating func refuseCharacters(_ field: String) {
        refuse([field], "STRING_TYPE_REGEX", "The text holds characters that are not allowed here.")
    }

    /// A number brought to its type, if it lies in the range; otherwise the range's nearer end, and a mistake.
    mutating func number<Value: FixedWidthInteger>(_ value: Int64, _ field: String, in range: ClosedRange<Value>)
        -> Value
    {
        guard let number = Value(exactly: value), range.contains(number) else {
            if value < Int64(clamping: range.lowerBound) {
                refuse([field], "NUMBER_TYPE_MIN", "int value should be greater than or equal to \(range.lowerBound).")
                return range.lowerBound
            }
            refuse([field], "NUMBER_TYPE_MAX", "int value should be less than or equal to \(range.upperBound).")
            return range.upperBound
        }
        return number
    }

    /// The hash of an image: hexadecimal digits, letters and `_`, as clients put it into an address.
    mutating func imageHash(_ hash: String?, _ field: String) -> String? {
        guard let hash else { return nil }
        if !(1...64).contains(hash.utf8.count) || !hash.utf8.allSatisfy({ $0.isWordCharacter }) {
            refuseCharacters(field)
        }
        return hash
    }
}

extension String {
    /// Without white space at its ends.
    var trimmed: String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return String(scalars[first...last])
    }
}

extension Unicode.Scalar {
    /// NUL and the other controls of C0 and C1, and DEL.
    var isControl: Bool { properties.generalCategory == .control }

    /// Turns the text around it, breaks its line, or is there without being seen: overrides and isolates of direction, line and paragraph
    /// separators, annotation marks, and zero-width characters that join nothing. (Those that join belong to scripts and emojis.)
    var isDisruptive: Bool {
        switch value {
        case 0x202A...0x202E, 0x2066...0x2069, 0x2028, 0x2029, 0xFFF9...0xFFFB, 0x200B, 0x2060...0x2064, 0xFEFF: true
        default: false
        }
    }

    /// Whether there is something to see.
    var isVisible: Bool {
        !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint && properties.generalCategory != .format
    }
}

extension UInt8 {
    /// An ASCII letter or digit, or `_`.
    var isWordCharacter: Bool { isASCIILetterOrDigit || self == UInt8(ascii: "_") }

    var isASCIILetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
