/// Reads the HTTP/1.1 request that opens a WebSocket (RFC 6455, 4.2.1; RFC 9112), as strictly as the RFCs allow: two
/// parties that read a request differently are how requests are smuggled.
package enum HandshakeParser {
    /// Judges the bytes received so far, from the first of the connection on.
    ///
    /// A line may end in nothing but CR LF. Some faults are seen before the block is whole, so that a stranger who speaks
    /// another protocol is answered at once.
    ///
    /// - Parameter scanned: how many bytes an earlier call answered with `incomplete`; they are not searched again, so
    ///   that bytes that trickle in singly cost no more than bytes that come together.
    package static func parse(
        _ bytes: UnsafeRawBufferPointer,
        limits: HandshakeLimits = HandshakeLimits(),
        scanned: Int = 0
    ) -> HandshakeOutcome {
        switch endOfBlock(bytes, limits: limits, scanned: scanned) {
        case .notYet:
            return .incomplete
        case .refused(let refusal):
            return .refused(refusal)
        case .found(let end):
            do throws(HandshakeRefusal) {
                let lines = Lines(block: bytes[..<end])
                return .request(try request(lines, limits: limits), consumed: end)
            } catch {
                return .refused(error)
            }
        }
    }

    // MARK: The block

    private enum BlockEnd {
        case notYet
        case found(Int)
        case refused(HandshakeRefusal)
    }

    /// Finds the empty line, refusing on the way every control character that could hide a second request.
    private static func endOfBlock(_ bytes: UnsafeRawBufferPointer, limits: HandshakeLimits, scanned: Int) -> BlockEnd {
        let searched = min(bytes.count, max(limits.headerBytes, 0))
        // The last byte is judged again: if it was a CR, what may follow it has come only now.
        var index = min(max(scanned - 1, 0), searched)
        while index < searched {
            switch bytes[index] {
            case 0x0A:
                guard index > 0, bytes[index - 1] == 0x0D else {
                    return .refused(HandshakeRefusal(.badRequest, "A line must end with CR LF."))
                }
                // An empty first line ends the block too, which then has no request line.
                if index == 1 || bytes[index - 2] == 0x0A { return .found(index + 1) }
            case 0x0D:
                guard index + 1 >= bytes.count || bytes[index + 1] == 0x0A else {
                    return .refused(HandshakeRefusal(.badRequest, "CR must not stand without LF."))
                }
            case 0x09, 0x20...0x7E, 0x80...0xFF:
                break
            default:
                return .refused(HandshakeRefusal(.badRequest, "Control characters are not allowed in a request."))
            }
            index += 1
        }
        guard bytes.count >= limits.headerBytes else { return .notYet }
        guard bytes[..<searched].contains(0x0A) else {
            return .refused(HandshakeRefusal(.uriTooLong, "The request line is too long."))
        }
        return .refused(HandshakeRefusal(.requestHeaderFieldsTooLarge, "The header block is too long."))
    }

    // MARK: The request

    private static func request(_ lines: Lines, limits: HandshakeLimits) throws(HandshakeRefusal) -> HandshakeRequest {
        var lines = lines
        guard let requestLine = lines.next() else {
            throw HandshakeRefusal(.badRequest, "The request line is missing.")
        }
        let target = try RequestTarget(requestLine: requestLine, limits: limits)
        let fields = try HeaderFields(lines, limits: limits)
        try refuseBody(fields)
        let host = try fields.single("host")
        guard let host, RequestTarget.isAuthority(host) else {
            throw HandshakeRefusal(.badRequest, "The request needs exactly one valid Host field.")
        }

        guard fields.tokens("upgrade").contains(where: { $0.lowercased() == "websocket" }) else {
            throw HandshakeRefusal(
                .upgradeRequired,
                "This is the gateway: it speaks WebSocket only. Connect with a WebSocket client; REST is on another port."
            )
        }
        guard fields.tokens("connection").contains(where: { $0.lowercased() == "upgrade" }) else {
            throw HandshakeRefusal(.badRequest, "The Connection field must list upgrade.")
        }
        guard try fields.single("sec-websocket-version") == "13" else {
            throw HandshakeRefusal(.upgradeRequired, "Only WebSocket version 13 is supported.")
        }
        guard let key = try fields.single("sec-websocket-key"), Base64.decode(key.utf8)?.count == 16 else {
            throw HandshakeRefusal(.badRequest, "Sec-WebSocket-Key must be the base64 of 16 bytes.")
        }
        let protocols = fields.tokens("sec-websocket-protocol")
        guard protocols.allSatisfy({ HeaderFields.isToken($0.utf8) }) else {
            throw HandshakeRefusal(.badRequest, "Sec-WebSocket-Protocol must be a list of tokens.")
        }

        return HandshakeRequest(
            path: target.path,
            query: target.query,
            parameters: try FormDecoder.parameters(of: target.query),
            host: target.authority ?? host,
            origin: try fields.single("origin"),
            userAgent: try fields.single("user-agent"),
            protocols: protocols,
            forwardedFor: fields.tokens("x-forwarded-for"),
            key: key
        )
    }

    /// An upgrade has no body; what would pretend to be one would be read as frames here and as a body by a proxy.
    private static func refuseBody(_ fields: HeaderFields) throws(HandshakeRefusal) {
        guard !fields.contains("transfer-encoding") else {
            throw HandshakeRefusal(.badRequest, "Transfer-Encoding is not allowed in a handshake.")
        }
        if let length = try fields.single("content-length"), length != "0" {
            throw HandshakeRefusal(.badRequest, "A handshake must not have a body.")
        }
    }
}

/// The lines of a header block whose line ends have been checked, without their CR LF and without the empty last one.
struct Lines: Sequence, IteratorProtocol {
    private var rest: Slice<UnsafeRawBufferPointer>

    /// - Parameter block: the whole block, the empty line included.
    init(block: Slice<UnsafeRawBufferPointer>) {
        rest = block
    }

    mutating func next() -> Slice<UnsafeRawBufferPointer>? {
        guard let end = rest.firstIndex(of: 0x0D), end > rest.startIndex else { return nil }
        defer { rest = rest[(end + 2)...] }
        return rest[..<end]
    }
}
