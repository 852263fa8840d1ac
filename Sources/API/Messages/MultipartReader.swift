import Glibc
import NIOCore
import Wire

/// Reads `multipart/form-data` (RFC 7578) as it comes, piece by piece: what it holds back is never more than one part's
/// header or one delimiter. No I/O: bytes go in, events come out.
///
///     preamble ──delimiter──► header ──blank line──► content ──delimiter──► header …
///                                └──"--"──► closed
struct MultipartReader {
    enum Event: Equatable {
        case part(PartHeader)
        /// Of the part that began last.
        case content(ByteBuffer)
        case partEnd
    }

    /// Parts of a form; ten files, their JSON, and room.
    static let partsMax = 32
    /// Bytes of one part's header.
    static let headerBytesMax = 4_096
    /// Characters of a boundary (RFC 2046, 5.1.1).
    private static let boundaryCharactersMax = 70

    private enum State { case preamble, header, content, closed }
    private enum Reading { case part(PartHeader), closed, incomplete }

    private let delimiter: [UInt8]
    // The first delimiter may stand at the very beginning, without the line break that belongs to all others.
    private var buffer = ByteBuffer(string: "\r\n")
    private var state = State.preamble
    private var parts = 0

    init(boundary: String) {
        delimiter = Array("\r\n--\(boundary)".utf8)
    }

    /// Whether a content type is a form's.
    static func isMultipart(_ contentType: String) -> Bool {
        contentType.lowercased().hasPrefix("multipart/form-data")
    }

    /// The boundary that a content type names, quoted or not.
    static func boundary(in contentType: String) -> String? {
        guard let value = HeaderParameters(contentType)["boundary"] else { return nil }
        return (1...boundaryCharactersMax).contains(value.utf8.count) ? value : nil
    }

    /// Takes the next bytes of the body. ``next()`` is to be called until it has nothing before more come.
    mutating func feed(_ bytes: ByteBuffer) {
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(bytes)
    }

    /// The next event; `nil` when more bytes are needed, or the form is over.
    /// - Throws: 400 for what is no form, and for one beyond the limits.
    mutating func next() throws(APIError) -> Event? {
        while true {
            switch state {
            case .preamble:
                guard let distance = distanceToDelimiter() else {
                    keepTail()
                    return nil
                }
                buffer.moveReaderIndex(forwardBy: distance + delimiter.count)
                state = .header
            case .header:
                switch try readHeader() {
                case .incomplete: return nil
                case .closed: state = .closed
                case .part(let header):
                    state = .content
                    return .part(header)
                }
            case .content:
                if let distance = distanceToDelimiter() {
                    if distance > 0 { return .content(take(distance)) }
                    buffer.moveReaderIndex(forwardBy: delimiter.count)
                    state = .header
                    return .partEnd
                }
                let certain = buffer.readableBytes - (delimiter.count - 1)
                return certain > 0 ? .content(take(certain)) : nil
            case .closed:
                // What follows the last delimiter means nothing (RFC 2046, 5.1.1).
                buffer.clear()
                return nil
            }
        }
    }

    /// - Throws: 400 unless the form was closed.
    func finish() throws(APIError) {
        guard state == .closed else { throw .malformedBody }
    }

    /// What stands behind a delimiter: the rest of its line, header lines, an empty line; or the end of the form.
    private mutating func readHeader() throws(APIError) -> Reading {
        guard buffer.readableBytes >= 2 else { return .incomplete }
        if buffer.readableBytesView.starts(with: "--".utf8) { return .closed }
        let blank = Array("\r\n\r\n".utf8)
        guard let end = distance(to: blank) else {
            guard buffer.readableBytes <= Self.headerBytesMax else { throw .malformedBody }
            return .incomplete
        }
        parts += 1
        guard end <= Self.headerBytesMax, parts <= Self.partsMax,
            let text = buffer.getBytes(at: buffer.readerIndex, length: end)
                .flatMap({ String(validating: $0, as: UTF8.self) }),
            let header = PartHeader(text)
        else { throw .malformedBody }
        buffer.moveReaderIndex(forwardBy: end + blank.count)
        return .part(header)
    }

    private mutating func take(_ count: Int) -> ByteBuffer { buffer.readSlice(length: count) ?? ByteBuffer() }

    private mutating func keepTail() {
        buffer.moveReaderIndex(forwardBy: max(0, buffer.readableBytes - (delimiter.count - 1)))
    }

    private func distanceToDelimiter() -> Int? { distance(to: delimiter) }

    /// How far ahead a sequence of bytes first stands. Its first byte is found by the C library: files are large.
    private func distance(to pattern: [UInt8]) -> Int? {
        buffer.withUnsafeReadableBytes { bytes -> Int? in
            guard let base = bytes.baseAddress, let first = pattern.first else { return nil }
            var start = 0
            while start + pattern.count <= bytes.count {
                guard let found = memchr(base + start, Int32(first), bytes.count - pattern.count - start + 1) else {
                    return nil
                }
                let index = base.distance(to: UnsafeRawPointer(found))
                if bytes[index..<index + pattern.count].elementsEqual(pattern) { return index }
                start = index + 1
            }
            return nil
        }
    }
}

/// What stands above a part's content.
struct PartHeader: Equatable {
    var name: String
    /// What the client calls the file, for a part that is one.
    var filename: String?

    /// `nil` without a name.
    init?(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let halves = line.split(separator: ":", maxSplits: 1)
            guard halves.count == 2, halves[0].spaceless.lowercased() == "content-disposition" else { continue }
            let parameters = HeaderParameters(String(halves[1]))
            guard let encoded = parameters["name"] else { return nil }
            // Some libraries percent-encode the brackets of `files[0]`, and the names of files.
            name = FormDecoder.decode(encoded.utf8, plusIsSpace: false) ?? encoded
            filename =
                parameters.extended("filename")
                ?? parameters["filename"].map { plain in
                    FormDecoder.decode(plain.utf8, plusIsSpace: false) ?? plain
                }
            return
        }
        return nil
    }
}
