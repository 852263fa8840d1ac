/// A parsed JSON text. Accessors answer `nil` for another kind of value, so that a chain of them reads as one question.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    package var bool: Bool? {
        if case .bool(let flag) = self { flag } else { nil }
    }

    package var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    package var number: JSONNumber? {
        if case .number(let number) = self { number } else { nil }
    }

    /// An integer written without fraction and exponent that fits; `nil` for 1.5, 1.0, 2⁶³ and 1e3.
    package var int: Int? { number?.int64.map(Int.init) }

    /// The same for the whole range of `UInt64`.
    package var uint64: UInt64? { number?.uint64 }

    /// Any finite number, rounded to the nearest double.
    package var double: Double? { number?.double }

    /// An ``int`` that lies in `range`.
    package func int(in range: ClosedRange<Int>) -> Int? {
        guard let int, range.contains(int) else { return nil }
        return int
    }

    /// An id, which clients send as a string of decimal digits or as an integer. `nil` for signs, leading zeros, spaces
    /// and everything above 2⁶⁴ - 1.
    package var snowflake: UInt64? {
        switch self {
        case .number(let number): number.uint64
        case .string(let string): UInt64(canonicalDecimal: string)
        case .null, .bool, .array, .object: nil
        }
    }

    /// The member of that name; `nil` when there is none or this is no object.
    package subscript(key: String) -> JSONValue? { object?[key] }
}

/// A JSON number, kept exactly.
package enum JSONNumber: Hashable, Sendable {
    /// Written without fraction and exponent, and in the range of `Int64`.
    case integer(Int64)
    /// Written without fraction and exponent, and above the range of `Int64`.
    case unsigned(UInt64)
    /// Everything else, as it was written: a number by the grammar of RFC 8259, 6.
    case other(String)

    package var int64: Int64? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    package var uint64: UInt64? {
        switch self {
        case .integer(let integer): UInt64(exactly: integer)
        case .unsigned(let integer): integer
        case .other: nil
        }
    }

    /// The nearest double; `nil` for what is beyond the largest, as 1e999.
    package var double: Double? {
        switch self {
        case .integer(let integer): return Double(integer)
        case .unsigned(let integer): return Double(integer)
        case .other(let text):
            guard let number = Double(text), number.isFinite else { return nil }
            return number
        }
    }
}

/// The members of a JSON object in the order in which their keys first appeared. Of a repeated key the last value counts.
package struct JSONObject: Hashable, Sendable {
    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: JSONValue
    }

    /// Up to so many members a search from the front is faster than hashing.
    private static let linearSearchMax = 16

    package private(set) var members: [Member] = []

    /// Where each key stands in ``members``; built when the object outgrows the linear search.
    private var positions: [String: Int] = [:]

    package init() {}

    package var count: Int { members.count }

    package subscript(key: String) -> JSONValue? {
        position(of: key).map { members[$0].value }
    }

    /// Adds a member, or replaces the value of the one with that key.
    package mutating func set(_ key: String, _ value: JSONValue) {
        if let position = position(of: key) {
            members[position].value = value
            return
        }
        members.append(Member(key: key, value: value))
        if !positions.isEmpty {
            positions[key] = members.count - 1
        } else if members.count > Self.linearSearchMax {
            for (position, member) in members.enumerated() { positions[member.key] = position }
        }
    }

    private func position(of key: String) -> Int? {
        positions.isEmpty ? members.firstIndex { $0.key == key } : positions[key]
    }
}

extension UInt64 {
    /// Reads decimal digits in their only canonical form: no sign, no leading zero but in "0" itself.
    init?(canonicalDecimal text: String) {
        let digits = text.utf8
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return nil }
        guard !digits.isEmpty, digits.count <= 20, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        self.init(text)
    }
}
