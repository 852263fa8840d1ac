internal import Chat

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
package struct JSONWriter: ~Copyable {
    private var builder: ByteBuilder

    /// Whether the next key or element comes after another one of the same container.
    private var needsComma = false

    /// - Parameter reservingBytes: room to allocate at once.
    package init(reservingBytes: Int = 1_024) {
        builder = ByteBuilder(capacity: reservingBytes)
    }

    /// Continues behind bytes of the caller's own.
    init(behind builder: consuming ByteBuilder) {
        self.builder = builder
    }

    /// The text so far.
    package var bytes: [UInt8] { builder.bytes }

    /// What ``init(behind:)`` was given, with the text behind it.
    consuming func finish() -> ByteBuilder { builder }

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
        builder.append(UInt8(ascii: "\""))
        builder.append(literal: key)
        builder.append(UInt8(ascii: "\""))
        builder.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a key that is known only at run time, escaped; exactly one value must follow.
    package mutating func key(dynamic key: String) {
        separate()
        quote(key)
        builder.append(UInt8(ascii: ":"))
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
        if integer < 0 { builder.append(UInt8(ascii: "-")) }
        builder.append(decimal: integer.magnitude)
    }

    package mutating func value(_ integer: UInt64) {
        separate()
        builder.append(decimal: integer)
    }

    package mutating func value(_ flag: Bool) {
        separate()
        builder.append(literal: flag ? "true" : "false")
    }

    /// Writes the shortest text that reads back as the same number. JSON has no infinities and no NaN: those become null.
    package mutating func value(_ number: Double) {
        guard number.isFinite else { return null() }
        separate()
        builder.append(number.description)
    }

    package mutating func null() {
        separate()
        builder.append(literal: "null")
    }

    /// Writes an id the way Discord does: a string of decimal digits.
    package mutating func snowflake(_ id: UInt64) {
        separate()
        builder.append(UInt8(ascii: "\""))
        builder.append(decimal: id)
        builder.append(UInt8(ascii: "\""))
    }

    /// Writes a point in time as a string, `2015-01-01T00:00:00.000000+00:00`: see ``Timestamp``.
    package mutating func timestamp(unixMilliseconds: Int64) {
        separate()
        builder.append(UInt8(ascii: "\""))
        Timestamp.append(unixMilliseconds: unixMilliseconds, to: &builder)
        builder.append(UInt8(ascii: "\""))
    }

    /// Writes a JSON value that has been encoded before, as it is.
    package mutating func raw(_ encoded: [UInt8]) {
        separate()
        builder.append(encoded)
    }

    /// Writes a JSON value that has been encoded before, as it is.
    package mutating func raw(_ encoded: UnsafeRawBufferPointer) {
        separate()
        builder.append(encoded)
    }

    // MARK: Machinery

    private mutating func open(_ bracket: UInt8) {
        separate()
        builder.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        builder.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { builder.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func quote(_ string: String) {
        builder.append(UInt8(ascii: "\""))
        string.utf8Span.span.withUnsafeBytes { text in
            var rest = text
            while true {
                let plain = PlainText.length(of: rest)
                builder.append(UnsafeRawBufferPointer(rebasing: rest[..<plain]))
                guard plain < rest.count else { return }
                escape(rest[plain])
                rest = UnsafeRawBufferPointer(rebasing: rest[(plain + 1)...])
            }
        }
        builder.append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: builder.append(literal: #"\""#)
        case 0x5C: builder.append(literal: #"\\"#)
        case 0x08: builder.append(literal: #"\b"#)
        case 0x09: builder.append(literal: #"\t"#)
        case 0x0A: builder.append(literal: #"\n"#)
        case 0x0C: builder.append(literal: #"\f"#)
        case 0x0D: builder.append(literal: #"\r"#)
        default:
            builder.append(literal: #"\u00"#)
            builder.append(hexDigit(byte >> 4))
            builder.append(hexDigit(byte & 0xF))
        }
    }
}

private func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + (nibble - 10)
}
