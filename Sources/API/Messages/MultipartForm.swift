import NIOCore
import Wire

/// A small reader of `multipart/form-data` (RFC 7578) over a body that is already within its limit.
enum MultipartForm {
    struct Part {
        var name: String
        var content: ByteBuffer
    }

    /// Parts of a form; ten files, their JSON, and room.
    private static let partsMax = 32
    /// Bytes of one part's header.
    private static let headerBytesMax = 4_096
    /// Characters of a boundary (RFC 2046, 5.1.1).
    private static let boundaryCharactersMax = 70

    static func isMultipart(_ contentType: String) -> Bool {
        contentType.lowercased().hasPrefix("multipart/form-data")
    }

    /// The boundary that a content type names, quoted or not.
    static func boundary(in contentType: String) -> String? {
        for parameter in contentType.split(separator: ";").dropFirst() {
            let halves = parameter.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, halves[0].trimmed.lowercased() == "boundary" else { continue }
            let value = halves[1].trimmed.unquoted
            return (1...boundaryCharactersMax).contains(value.utf8.count) ? value : nil
        }
        return nil
    }

    /// - Throws: 400 unless the body is a closed form of named parts within the limits.
    static func parts(of body: ByteBuffer, boundary: String) throws(APIError) -> [Part] {
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The first delimiter may stand at the very beginning, without the line break that belongs to all others.
        let bytes = Array("\r\n".utf8) + body.readableBytesView
        guard var position = bytes.firstIndex(of: delimiter, from: 0).map({ $0 + delimiter.count }) else {
            throw .malformedBody
        }
        var parts: [Part] = []
        while !bytes.starts(with: "--", at: position) {
            guard parts.count < partsMax, let next = bytes.firstIndex(of: delimiter, from: position) else {
                throw .malformedBody
            }
            parts.append(try part(bytes[position..<next]))
            position = next + delimiter.count
        }
        return parts
    }

    /// Reads what stands between two delimiters: the rest of the delimiter's line, header lines, an empty line, the
    /// content.
    private static func part(_ bytes: ArraySlice<UInt8>) throws(APIError) -> Part {
        let blank = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstIndex(of: blank, from: bytes.startIndex), end - bytes.startIndex <= headerBytesMax,
            let header = String(validating: bytes[bytes.startIndex..<end], as: UTF8.self)
        else { throw .malformedBody }
        for line in header.split(whereSeparator: \.isNewline) {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2, halves[0].trimmed.lowercased() == "content-disposition" else { continue }
            guard let name = name(in: halves[1]) else { throw .malformedBody }
            return Part(name: name, content: ByteBuffer(bytes: bytes[(end + blank.count)...]))
        }
        throw .malformedBody
    }

    /// `form-data; name="payload_json"`.
    private static func name(in disposition: Substring) -> String? {
        for parameter in disposition.split(separator: ";").dropFirst() {
            let halves = parameter.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, halves[0].trimmed.lowercased() == "name" else { continue }
            let encoded = halves[1].trimmed.unquoted
            // Some libraries percent-encode the brackets of `files[0]`.
            return FormDecoder.decode(encoded.utf8) ?? encoded
        }
        return nil
    }
}

extension RandomAccessCollection where Element == UInt8, Index == Int {
    /// Where a sequence of bytes first stands at or after an index.
    fileprivate func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, endIndex - start >= pattern.count else { return nil }
        var index = start
        let last = endIndex - pattern.count
        while index <= last {
            guard let candidate = self[index...last].firstIndex(of: first) else { return nil }
            if self[candidate..<candidate + pattern.count].elementsEqual(pattern) { return candidate }
            index = candidate + 1
        }
        return nil
    }

    fileprivate func starts(with text: StaticString, at start: Int) -> Bool {
        text.withUTF8Buffer { pattern in
            endIndex - start >= pattern.count && self[start..<start + pattern.count].elementsEqual(pattern)
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let front = drop { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" }
        return front.lastIndex { $0 != " " && $0 != "\t" && $0 != "\r" && $0 != "\n" }.map { front[...$0] } ?? ""
    }

    /// Without the quotes around it, and the backslashes that a quoted text needs.
    fileprivate var unquoted: String {
        guard count >= 2, first == "\"", last == "\"" else { return String(self) }
        var result = ""
        var isEscaped = false
        for character in dropFirst().dropLast() {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                result.append(character)
                isEscaped = false
            }
        }
        return result
    }
}
