/// A frame a gateway client sent: `{"op":…,"d":…,"s":…,"t":…}`, of which only `op` must be there. Other keys are ignored.
package struct GatewayPayload: Hashable, Sendable {
    /// Clients may name an operation or give its number.
    package enum Operation: Hashable, Sendable {
        case number(Int)
        case name(String)
    }

    package var operation: Operation
    /// `d`; null when the key is absent.
    package var data: JSONValue
    /// `s`; only servers have a use for it.
    package var sequence: UInt64?
    /// `t`; likewise.
    package var event: String?

    /// Reads a payload. The commonest, a heartbeat `{"op":1,"d":251}`, is read without building a tree; whatever is not
    /// exactly of that form goes the long way, which alone decides what is refused.
    ///
    /// - Throws: ``JSONError``, with code `notAPayload` for JSON that is no object, has no `op`, has an `op` that is
    ///   neither an integer nor a string, or an `s` or `t` of the wrong type.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: JSONLimits = JSONLimits(bytes: WireLimits.messageBytesMax)
    ) throws(JSONError) -> GatewayPayload {
        if bytes.count <= limits.bytes, let payload = heartbeatLike(bytes) { return payload }
        return try GatewayPayload(try JSONReader.parse(bytes, limits: limits))
    }

    /// Reads the members of an already parsed object.
    package init(_ value: JSONValue) throws(JSONError) {
        guard let object = value.object, let operation = object["op"] else { throw JSONError(.notAPayload, at: 0) }
        if let number = operation.int {
            self.operation = .number(number)
        } else if let name = operation.string {
            self.operation = .name(name)
        } else {
            throw JSONError(.notAPayload, at: 0)
        }
        data = object["d"] ?? .null
        switch object["s"] {
        case nil, .null: sequence = nil
        case .some(let value):
            guard let number = value.uint64 else { throw JSONError(.notAPayload, at: 0) }
            sequence = number
        }
        switch object["t"] {
        case nil, .null: event = nil
        case .string(let name): event = name
        case .some: throw JSONError(.notAPayload, at: 0)
        }
    }

    private init(operation: Int, data: JSONValue) {
        self.operation = .number(operation)
        self.data = data
    }

    /// Reads `{"op":N,"d":M}`, with M a number of up to 18 digits or null, the two keys in either order, white space
    /// wherever JSON allows it; `nil` for anything else.
    private static func heartbeatLike(_ bytes: UnsafeRawBufferPointer) -> GatewayPayload? {
        var cursor = ByteCursor(bytes: bytes)
        var operation: Int64?
        var data: JSONValue?
        cursor.skipWhiteSpace()
        guard cursor.take(UInt8(ascii: "{")) else { return nil }
        for isLast in [false, true] {
            cursor.skipWhiteSpace()
            guard cursor.take(UInt8(ascii: "\"")), let key = cursor.next() else { return nil }
            switch key {
            case UInt8(ascii: "o"):
                guard operation == nil, cursor.take(UInt8(ascii: "p")), cursor.takeEndOfKey() else { return nil }
                guard let number = smallNumber(&cursor) else { return nil }
                operation = number
            case UInt8(ascii: "d"):
                guard data == nil, cursor.takeEndOfKey(), let value = smallNumberOrNull(&cursor) else { return nil }
                data = value
            default:
                return nil
            }
            cursor.skipWhiteSpace()
            guard cursor.take(isLast ? UInt8(ascii: "}") : UInt8(ascii: ",")) else { return nil }
        }
        cursor.skipWhiteSpace()
        guard cursor.isAtEnd, let operation, let data else { return nil }
        return GatewayPayload(operation: Int(operation), data: data)
    }

    /// Takes 1 to 18 digits without a leading zero: too few to overflow.
    private static func smallNumber(_ cursor: inout ByteCursor) -> Int64? {
        let start = cursor.offset
        let isZeroFirst = cursor.peek == UInt8(ascii: "0")
        let count = cursor.skipDigits()
        guard 1...18 ~= count, count == 1 || !isZeroFirst else { return nil }
        return cursor.taken(since: start).reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    private static func smallNumberOrNull(_ cursor: inout ByteCursor) -> JSONValue? {
        guard cursor.peek == UInt8(ascii: "n") else { return smallNumber(&cursor).map { .number(.integer($0)) } }
        return cursor.take(word: "null") ? .null : nil
    }
}
