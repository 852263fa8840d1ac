import Chat
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Interface
import NIOCore
import Services
import Wire

/// Files of messages, for whoever has their address: client libraries fetch it as it is, without a token.
///
/// What is served must not be able to do anything in a browser: its type comes from its bytes and is never one that
/// runs, it may not be sniffed for another, and it is shown in a sandbox if at all.
enum AttachmentRoutes {
    static func add(to routes: RouteTable) {
        routes.addAtRoot("/attachments/{channel}/{attachment}/{name}", .get(serve).limited(by: .file))
    }

    /// `ex`, `m` and `hm` as ``Wire/AttachmentLinks`` writes them; one part of the file with `Range`.
    private static func serve(_ call: APICall) async throws -> Response {
        guard let ticket = try ticket(call), let signature = call.query.string("hm"),
            let file = try await call.services.attachments.open(ticket, signature: signature)
        else { throw APIError.unknownRoute }
        var headers = headers(of: file)
        switch ByteRange(call.request.headers[.range], size: file.size) {
        case .whole:
            return Response(
                status: .ok, headers: headers, body: body(of: file, 0, file.size, call.services.attachments))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(file.size)"
            return Response(
                status: .partialContent, headers: headers,
                body: body(
                    of: file, range.lowerBound, range.upperBound - range.lowerBound + 1, call.services.attachments))
        case .unsatisfiable:
            var response = APIError(.rangeNotSatisfiable, code: 0, "416: Range Not Satisfiable").response()
            response.headers[.contentRange] = "bytes */\(file.size)"
            return response
        }
    }

    /// What is no id or number names nothing, and is not said to be anything else.
    private static func ticket(_ call: APICall) throws -> FileTicket? {
        guard let channel = ChannelID(decimal: try call.segment("channel")),
            let attachment = AttachmentID(decimal: try call.segment("attachment")),
            let message = call.query.string("m").flatMap({ MessageID(decimal: $0) }),
            let expiresAt = call.query.string("ex").flatMap({ UInt64($0) })
        else { return nil }
        return FileTicket(channel: channel, message: message, attachment: attachment, expiresAt: expiresAt)
    }

    private static func headers(of file: Attachment) -> HTTPFields {
        let type = file.contentType.flatMap(MediaType.init(rawValue:)) ?? .unknown
        var headers = SafeHeaders.make(type)
        headers[.contentDisposition] =
            (type.isShownInPlace ? "inline" : "attachment") + "; " + ContentDisposition.parameters(file.filename)
        headers[.acceptRanges] = "bytes"
        return headers
    }

    /// Read from the store a piece at a time, as fast as the client takes it.
    private static func body(
        of file: Attachment, _ start: UInt64, _ count: UInt64, _ attachments: AttachmentService
    ) -> ResponseBody {
        ResponseBody(contentLength: Int(clamping: count)) { writer in
            var offset = start
            let end = start + count
            while offset < end {
                let bytes = try await attachments.read(file, from: offset, count: end - offset)
                // Its message was deleted meanwhile: an answer that is too short says so.
                guard let bytes, !bytes.isEmpty else { throw APIError.internalFailure }
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += UInt64(bytes.count)
            }
            try await writer.finish(nil)
        }
    }
}

/// What goes with the bytes of strangers, so that no browser runs them.
enum SafeHeaders {
    static func make(_ type: Chat.MediaType) -> HTTPFields {
        var headers = HTTPFields()
        headers[.contentType] = type.rawValue
        headers[.xContentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        if let name = HTTPField.Name("Referrer-Policy") { headers[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { headers[name] = "cross-origin" }
        return headers
    }
}

/// How a file's name stands in `Content-Disposition` (RFC 6266, 4.3): whole for those who read RFC 8187, and in ASCII
/// for the others.
enum ContentDisposition {
    static func parameters(_ filename: String) -> String {
        let plain = filename.unicodeScalars.map { scalar -> Character in
            scalar.isASCII && scalar.value >= 0x20 && !["\"", "\\", "%", "\u{7F}"].contains(scalar)
                ? Character(scalar) : "_"
        }
        return "filename=\"\(String(plain))\"; filename*=UTF-8''\(encoded(filename))"
    }

    /// All but RFC 8187's attr-char percent-encoded.
    private static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
            if isPlain || "!#$&+-.^_`|~".unicodeScalars.contains(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "%" + Hexadecimal.text([byte]).uppercased()
            }
        }
        return result
    }
}
