/// Reads payloads of the form `{"op":N,"d":{…}}` without building a tree, where `d` holds nothing but strings, integers, booleans and
/// nulls, and its keys no escapes. It decides nothing: whatever is not of that form, wrong or not, is for ``GatewayPayload``.
package enum FlatPayload {
    package enum Value {
        case string(String)
        case integer(Int64)
        case bool(Bool)
        case null
    }

    /// Goes through the members of `d`.
    /// - Parameter take: is given each member in turn; answers false for one that the caller does not want to read this way.
    /// - Returns: whether the whole text is of that form, has this operation, and all its members were taken.
    package static func read(
        _ bytes: UnsafeRawBufferPointer, operation: Int64, take: (_ key: UnsafeRawBufferPointer, Value) -> Bool
    ) -> Bool {
        var cursor = ByteCursor(bytes: bytes)
        cursor.skipWhiteSpace()
        guard cursor.take(UInt8(ascii: "{")), key(&cursor).map({ $0.elementsEqual("op".utf8) }) == true,
            case .integer(operation)? = value(&cursor), next(&cursor),
            key(&cursor).map({ $0.elementsEqual("d".utf8) }) == true,
            cursor.take(UInt8(ascii: "{"))
        else { return false }
        var isFirst = true
        while isFirst || next(&cursor) {
            isFirst = false
            guard let key = key(&cursor), let value = value(&cursor), take(key, value) else { return false }
        }
        return end(&cursor) && end(&cursor) && cursor.isAtEnd
    }

    /// A key without escapes, up to where its value begins.
    private static func key(_ cursor: inout ByteCursor) -> UnsafeRawBufferPointer? {
        cursor.skipWhiteSpace()
        guard cursor.take(UInt8(ascii: "\"")) else { return nil }
        let start = cursor.offset
        cursor.skipPlainStringBytes()
        let key = cursor.taken(since: start)
        return cursor.takeEndOfKey() ? key : nil
    }

    private static func value(_ cursor: inout ByteCursor) -> Value? {
        guard let byte = cursor.peek else { return nil }
        switch byte {
        case UInt8(ascii: "\""):
            return (try? JSONStringScanner.scan(&cursor)).map { .string($0) }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            guard case .integer(let integer)? = try? JSONNumberScanner.scan(&cursor) else { return nil }
            return .integer(integer)
        case UInt8(ascii: "t"): return cursor.take(word: "true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return cursor.take(word: "false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return cursor.take(word: "null") ? .null : nil
        default: return nil
        }
    }

    /// Whether another member follows.
    private static func next(_ cursor: inout ByteCursor) -> Bool {
        cursor.skipWhiteSpace()
        return cursor.take(UInt8(ascii: ","))
    }

    private static func end(_ cursor: inout ByteCursor) -> Bool {
        cursor.skipWhiteSpace()
        guard cursor.take(UInt8(ascii: "}")) else { return false }
        cursor.skipWhiteSpace()
        return true
    }
}
