/// Reads JSON from strangers, strictly by RFC 8259: no trailing commas, no comments, no raw control characters, no unknown
/// escapes, no lone surrogates, no byte order mark, nothing but UTF-8. Of a repeated key the last value counts.
///
/// Nothing is allocated by a claim: what is kept grows with the bytes read, at most ``JSONLimits/nodes`` values.
package enum JSONReader {
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: JSONLimits = JSONLimits()
    ) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.document()
    }

    package static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONValue {
        let outcome: Result<JSONValue, JSONError> = bytes.withUnsafeBytes { buffer in
            do throws(JSONError) {
                return .success(try parse(buffer, limits: limits))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }
}

/// The recursive descent, one method a production. Lives only inside the call that lends it the bytes.
struct JSONParser {
    /// The recursion's own bound, whatever the caller's limits say: a level costs well under 1 KiB of stack.
    private static let depthMax = 512

    private var cursor: ByteCursor
    private let limits: JSONLimits
    private var nodes = 0

    init(bytes: UnsafeRawBufferPointer, limits: JSONLimits) {
        cursor = ByteCursor(bytes: bytes)
        self.limits = limits
    }

    mutating func document() throws(JSONError) -> JSONValue {
        guard cursor.count <= limits.bytes else { throw JSONError(.tooLong, at: limits.bytes) }
        cursor.skipWhiteSpace()
        let value = try value(depth: 0)
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd else { throw JSONError(.trailingBytes, at: cursor.offset) }
        return value
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        nodes += 1
        guard nodes <= limits.nodes else { throw JSONError(.tooManyNodes, at: cursor.offset) }
        guard let byte = cursor.peek else { throw JSONError(.unexpectedEnd, at: cursor.offset) }
        switch byte {
        case UInt8(ascii: "{"):
            return .object(try object(depth: try descend(from: depth)))
        case UInt8(ascii: "["):
            return .array(try array(depth: try descend(from: depth)))
        case UInt8(ascii: "\""):
            return .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return .number(try JSONNumberScanner.scan(&cursor))
        case UInt8(ascii: "t"):
            try literal("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        default:
            throw JSONError(.unexpectedByte, at: cursor.offset)
        }
    }

    /// Takes the opening bracket, having checked that there may be one more level.
    private mutating func descend(from depth: Int) throws(JSONError) -> Int {
        guard depth < min(limits.depth, Self.depthMax) else { throw JSONError(.tooDeep, at: cursor.offset) }
        cursor.advance()
        cursor.skipWhiteSpace()
        return depth + 1
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        var object = JSONObject()
        guard !cursor.take(UInt8(ascii: "}")) else { return object }
        var keys = 0
        while true {
            keys += 1
            guard keys <= limits.keysPerObject else { throw JSONError(.tooManyKeys, at: cursor.offset) }
            guard cursor.peek == UInt8(ascii: "\"") else { throw unexpected() }
            let key = try string()
            cursor.skipWhiteSpace()
            guard cursor.take(UInt8(ascii: ":")) else { throw unexpected() }
            cursor.skipWhiteSpace()
            object.set(key, try value(depth: depth))
            cursor.skipWhiteSpace()
            if cursor.take(UInt8(ascii: "}")) { return object }
            guard cursor.take(UInt8(ascii: ",")) else { throw unexpected() }
            cursor.skipWhiteSpace()
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        guard !cursor.take(UInt8(ascii: "]")) else { return elements }
        while true {
            elements.append(try value(depth: depth))
            cursor.skipWhiteSpace()
            if cursor.take(UInt8(ascii: "]")) { return elements }
            guard cursor.take(UInt8(ascii: ",")) else { throw unexpected() }
            cursor.skipWhiteSpace()
        }
    }

    private mutating func string() throws(JSONError) -> String {
        try JSONStringScanner.scan(&cursor)
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        for expected in UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount) {
            guard cursor.take(expected) else { throw unexpected() }
        }
    }

    private func unexpected() -> JSONError {
        JSONError(cursor.isAtEnd ? .unexpectedEnd : .unexpectedByte, at: cursor.offset)
    }
}
