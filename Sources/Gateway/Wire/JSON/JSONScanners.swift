/// Strings of RFC 8259, 7.
enum JSONStringScanner {
    /// Reads a string from its opening quote, which the caller has seen, to past its closing one.
    static func scan(_ cursor: inout ByteCursor) throws(JSONError) -> String {
        cursor.advance()
        let start = cursor.offset
        cursor.skipPlainStringBytes()
        if cursor.peek == UInt8(ascii: "\"") {
            let text = try text(of: cursor.taken(since: start), at: start)
            cursor.advance()
            return text
        }

        var unescaped: [UInt8] = []
        var runStart = start
        while true {
            let run = cursor.taken(since: runStart)
            if case .valid = UTF8Validator.scan(run) {
                unescaped.append(contentsOf: run)
            } else {
                throw invalidUTF8(run, at: runStart)
            }
            guard let byte = cursor.peek else { throw JSONError(.unexpectedEnd, at: cursor.offset) }
            switch byte {
            case UInt8(ascii: "\""):
                cursor.advance()
                return String(decoding: unescaped, as: UTF8.self)
            case UInt8(ascii: "\\"):
                try escape(&cursor, into: &unescaped)
            default:
                throw JSONError(.controlCharacter, at: cursor.offset)
            }
            runStart = cursor.offset
            cursor.skipPlainStringBytes()
        }
    }

    private static func text(of run: UnsafeRawBufferPointer, at start: Int) throws(JSONError) -> String {
        do {
            return String(copying: try UTF8Span(validating: run.assumingMemoryBound(to: UInt8.self).span))
        } catch {
            throw invalidUTF8(run, at: start)
        }
    }

    private static func invalidUTF8(_ run: UnsafeRawBufferPointer, at start: Int) -> JSONError {
        switch UTF8Validator.scan(run) {
        case .invalid(let offset), .incomplete(let offset): JSONError(.invalidUTF8, at: start + offset)
        case .valid: JSONError(.invalidUTF8, at: start)
        }
    }

    /// Reads one escape, or the two that spell a scalar beyond U+FFFF.
    private static func escape(_ cursor: inout ByteCursor, into output: inout [UInt8]) throws(JSONError) {
        let start = cursor.offset
        cursor.advance()
        guard let kind = cursor.next() else { throw JSONError(.unexpectedEnd, at: cursor.offset) }
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): output.append(kind)
        case UInt8(ascii: "b"): output.append(0x08)
        case UInt8(ascii: "f"): output.append(0x0C)
        case UInt8(ascii: "n"): output.append(0x0A)
        case UInt8(ascii: "r"): output.append(0x0D)
        case UInt8(ascii: "t"): output.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try codeUnit(&cursor)
            let scalar: UInt32
            if 0xD800...0xDBFF ~= unit {
                guard cursor.take(UInt8(ascii: "\\")), cursor.take(UInt8(ascii: "u")) else {
                    throw JSONError(cursor.isAtEnd ? .unexpectedEnd : .loneSurrogate, at: start)
                }
                let low = try codeUnit(&cursor)
                guard 0xDC00...0xDFFF ~= low else { throw JSONError(.loneSurrogate, at: start) }
                scalar = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            } else {
                scalar = unit
            }
            // Refuses what is left: a low surrogate on its own.
            guard let valid = Unicode.Scalar(scalar) else { throw JSONError(.loneSurrogate, at: start) }
            output.append(contentsOf: UTF8.encode(valid).map { Array($0) } ?? [])
        default:
            throw JSONError(.invalidEscape, at: start)
        }
    }

    private static func codeUnit(_ cursor: inout ByteCursor) throws(JSONError) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = cursor.peek else { throw JSONError(.unexpectedEnd, at: cursor.offset) }
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(digit - UInt8(ascii: "A") + 10)
            default: throw JSONError(.invalidEscape, at: cursor.offset)
            }
            cursor.advance()
        }
        return unit
    }
}

/// Numbers of RFC 8259, 6.
enum JSONNumberScanner {
    /// Reads a number from its first byte, a minus sign or a digit.
    static func scan(_ cursor: inout ByteCursor) throws(JSONError) -> JSONNumber {
        let start = cursor.offset
        let isNegative = cursor.take(UInt8(ascii: "-"))
        let digitsStart = cursor.offset
        if cursor.take(UInt8(ascii: "0")) {
            guard cursor.skipDigits() == 0 else { throw JSONError(.invalidNumber, at: digitsStart) }
        } else {
            try digits(&cursor)
        }
        let magnitude = magnitude(of: cursor.taken(since: digitsStart))

        var isInteger = true
        if cursor.take(UInt8(ascii: ".")) {
            isInteger = false
            try digits(&cursor)
        }
        if cursor.peek == UInt8(ascii: "e") || cursor.peek == UInt8(ascii: "E") {
            isInteger = false
            cursor.advance()
            _ = cursor.take(UInt8(ascii: "+")) || cursor.take(UInt8(ascii: "-"))
            try digits(&cursor)
        }

        if isInteger, let magnitude {
            if let integer = Int64(exactly: magnitude) { return .integer(isNegative ? -integer : integer) }
            if isNegative, magnitude == Int64.min.magnitude { return .integer(.min) }
            if !isNegative { return .unsigned(magnitude) }
        }
        return .other(String(decoding: cursor.taken(since: start), as: UTF8.self))
    }

    private static func digits(_ cursor: inout ByteCursor) throws(JSONError) {
        guard cursor.skipDigits() > 0 else {
            throw JSONError(cursor.isAtEnd ? .unexpectedEnd : .invalidNumber, at: cursor.offset)
        }
    }

    /// The value of a run of digits; `nil` beyond `UInt64`.
    private static func magnitude(of digits: UnsafeRawBufferPointer) -> UInt64? {
        var total: UInt64 = 0
        for digit in digits {
            let (product, productOverflow) = total.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflow) = product.addingReportingOverflow(UInt64(digit & 0x0F))
            guard !productOverflow, !sumOverflow else { return nil }
            total = sum
        }
        return total
    }
}
