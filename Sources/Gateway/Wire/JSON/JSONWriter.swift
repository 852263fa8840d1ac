/// Writes one JSON text (RFC 8259) straight into bytes, with commas put where they belong.
///
///     var json = JSONWriter()
///     json.object {
///         $0.field("id", snowflake: 81_384_788_765_712_384)
///         $0.array("tags") { $0.value("a"); $0.value("b") }
///     }
///
/// The caller keeps the grammar: one value at the top, a key before each value of an object, none in an array. Keys are
/// literals, written as they are: they must not hold characters that JSON escapes.
package struct JSONWriter: Sendable {
    /// The text so far.
    package private(set) var bytes: [UInt8] = []

    /// Whether the next key or element comes after another one of the same container.
    private var needsComma = false

    /// - Parameter reservingBytes: room to allocate at once.
    package init(reservingBytes: Int = 1_024) {
        bytes.reserveCapacity(reservingBytes)
    }

    // MARK: Structure

    /// Writes `{`, what `members` writes, `}`.
    package mutating func object(_ members: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "{"))
        members(&self)
        close(UInt8(ascii: "}"))
    }

    /// Writes `[`, what `elements` writes, `]`.
    package mutating func array(_ elements: (inout JSONWriter) -> Void) {
        open(UInt8(ascii: "["))
        elements(&self)
        close(UInt8(ascii: "]"))
    }

    /// Writes a key; exactly one value must follow.
    package mutating func key(_ key: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(ascii: key)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a key that is known only at run time, escaped; exactly one value must follow.
    package mutating func key(dynamic key: String) {
        separate()
        quote(key)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    /// Writes a string, escaping what RFC 8259, 7 demands: the quote, the backslash and control characters.
    package mutating func value(_ string: String) {
        separate()
        quote(string)
    }

    package mutating func value(_ integer: Int) {
        value(Int64(integer))
    }

    package mutating func value(_ integer: Int64) {
        separate()
        if integer < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(decimal: integer.magnitude)
    }

    package mutating func value(_ integer: UInt64) {
        separate()
        bytes.append(decimal: integer)
    }

    package mutating func value(_ flag: Bool) {
        separate()
        bytes.append(ascii: flag ? "true" : "false")
    }

    /// Writes the shortest text that reads back as the same number. JSON has no infinities and no NaN: those become null.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        bytes.append(contentsOf: number.description.utf8)
    }

    package mutating func null() {
        separate()
        bytes.append(ascii: "null")
    }

    /// Writes an id the way Discord does: a string of decimal digits.
    package mutating func snowflake(_ id: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(decimal: id)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a point in time as a string, `2015-01-01T00:00:00.000000+00:00`: see ``Timestamp``.
    package mutating func timestamp(unixMilliseconds: Int64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        Timestamp.append(unixMilliseconds: unixMilliseconds, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes a JSON value that has been encoded before, as it is.
    package mutating func raw(_ encoded: [UInt8]) {
        separate()
        bytes.append(contentsOf: encoded)
    }

    /// Writes a JSON value that has been encoded before, as it is.
    package mutating func raw(_ encoded: UnsafeRawBufferPointer) {
        separate()
        bytes.append(contentsOf: encoded)
    }

    // MARK: Machinery

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ string: String) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { text in
            var runStart = 0
            for index in text.indices where text[index] < 0x20 || text[index] == 0x22 || text[index] == 0x5C {
                bytes.append(contentsOf: text[runStart..<index])
                escape(text[index])
                runStart = index + 1
            }
            bytes.append(contentsOf: text[runStart...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: bytes.append(ascii: #"\""#)
        case 0x5C: bytes.append(ascii: #"\\"#)
        case 0x08: bytes.append(ascii: #"\b"#)
        case 0x09: bytes.append(ascii: #"\t"#)
        case 0x0A: bytes.append(ascii: #"\n"#)
        case 0x0C: bytes.append(ascii: #"\f"#)
        case 0x0D: bytes.append(ascii: #"\r"#)
        default:
            bytes.append(ascii: #"\u00"#)
            bytes.append(hexDigit(byte >> 4))
            bytes.append(hexDigit(byte & 0xF))
        }
    }
}

private func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + (nibble - 10)
}
