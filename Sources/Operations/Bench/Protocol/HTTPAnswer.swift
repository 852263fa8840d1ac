/// One answer of an HTTP/1.1 server, found at the beginning of bytes.
package struct HTTPAnswer: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        case answer(HTTPAnswer)
        case incomplete
        /// No HTTP, a head longer than ``headBytesMax``, or a body of unknown or too great length.
        case invalid
    }

    package static let headBytesMax = 16_384
    package static let bodyBytesMax = 2 << 20

    package var status: Int
    /// Where the body lies in the bytes; empty for a chunked one, which is only skipped.
    package var body: Range<Int>
    /// Where the next answer begins.
    package var end: Int

    package static func first(in bytes: UnsafeRawBufferPointer) -> Step {
        guard let headEnd = end(of: bytes) else { return bytes.count > headBytesMax ? .invalid : .incomplete }
        let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first, first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3))
        else {
            return .invalid
        }
        guard status >= 200, status != 204, status != 304 else {
            return .answer(HTTPAnswer(status: status, body: headEnd..<headEnd, end: headEnd))
        }
        var length: Int?
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].drop { $0 == " " }
            switch parts[0].lowercased() {
            case "content-length": length = Int(value)
            case "transfer-encoding" where value.lowercased() == "chunked":
                return chunked(bytes, from: headEnd, status: status)
            default: break
            }
        }
        guard let length, 0...bodyBytesMax ~= length else { return .invalid }
        guard bytes.count - headEnd >= length else { return .incomplete }
        return .answer(HTTPAnswer(status: status, body: headEnd..<headEnd + length, end: headEnd + length))
    }

    /// Where the head's empty line ends.
    private static func end(of bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 0
        let limit = min(bytes.count, headBytesMax)
        while index + 3 < limit {
            if bytes[index] == 13, bytes[index + 1] == 10, bytes[index + 2] == 13, bytes[index + 3] == 10 {
                return index + 4
            }
            index += 1
        }
        return nil
    }

    private static func chunked(_ bytes: UnsafeRawBufferPointer, from start: Int, status: Int) -> Step {
        var offset = start
        while true {
            guard let lineEnd = bytes[offset...].firstIndex(of: 10) else {
                return bytes.count - offset > 64 ? .invalid : .incomplete
            }
            let digits = bytes[offset..<lineEnd].prefix { $0 != 13 && $0 != UInt8(ascii: ";") }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), 0...bodyBytesMax ~= size else {
                return .invalid
            }
            offset = lineEnd + 1 + size + 2
            guard offset - start <= bodyBytesMax else { return .invalid }
            guard offset <= bytes.count else { return .incomplete }
            if size == 0 { return .answer(HTTPAnswer(status: status, body: start..<start, end: offset)) }
        }
    }
}
