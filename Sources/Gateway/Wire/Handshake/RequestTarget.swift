/// The request line of a handshake, taken apart (RFC 9112, 3).
struct RequestTarget {
    /// Still percent-encoded; begins with a slash.
    var path: String
    /// Without the question mark; empty when there is none.
    var query: String
    /// The authority, if the target was in absolute form, which then counts more than `Host` (RFC 9112, 3.2.2).
    var authority: String?

    init(requestLine: some Collection<UInt8>, limits: HandshakeLimits) throws(HandshakeRefusal) {
        // Exactly one space between the parts: a lenient reader and a strict one would see different targets.
        let parts = requestLine.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard parts.count == 3, HeaderFields.isToken(parts[0]) else {
            throw HandshakeRefusal(.badRequest, "The request line must be a method, a target and a version.")
        }
        try Self.check(version: parts[2])
        guard parts[0].elementsEqual("GET".utf8) else {
            throw HandshakeRefusal(.methodNotAllowed, "A WebSocket is opened with GET.")
        }
        guard parts[1].count <= limits.targetBytes else {
            throw HandshakeRefusal(.uriTooLong, "The request target is too long.")
        }
        guard !parts[1].isEmpty, parts[1].allSatisfy(Self.isTargetByte) else {
            throw HandshakeRefusal(.badRequest, "The request target holds a character that must be percent-encoded.")
        }
        try self.init(target: String(decoding: parts[1], as: UTF8.self))
    }

    private init(target: String) throws(HandshakeRefusal) {
        var rest = target[...]
        for scheme in ["http://", "https://", "ws://", "wss://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            let name = String(rest[..<end])
            guard Self.isAuthority(name) else {
                throw HandshakeRefusal(.badRequest, "The authority of the request target is not valid.")
            }
            authority = name
            rest = rest[end...]
            break
        }
        guard rest.hasPrefix("/") || authority != nil else {
            throw HandshakeRefusal(.badRequest, "The request target must begin with a slash.")
        }
        let question = rest.firstIndex(of: "?") ?? rest.endIndex
        path = question == rest.startIndex ? "/" : String(rest[..<question])
        query = String(rest[question...].dropFirst())
    }

    /// Whether this may be a host with an optional port (RFC 3986, 3.2): no user, no path.
    static func isAuthority(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default:
                    // Unreserved, percent, sub-delimiters, and what literal addresses and ports need.
                    "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
                }
            }
    }

    private static func check(version: some Collection<UInt8>) throws(HandshakeRefusal) {
        guard !version.elementsEqual("HTTP/1.1".utf8) else { return }
        let bytes = Array(version)
        let digits: ClosedRange<UInt8> = 0x30...0x39
        guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), bytes[6] == UInt8(ascii: "."),
            digits.contains(bytes[5]), digits.contains(bytes[7])
        else {
            throw HandshakeRefusal(.badRequest, "The request line must end with HTTP/1.1.")
        }
        throw HandshakeRefusal(.httpVersionNotSupported, "A WebSocket is opened over HTTP/1.1.")
    }

    /// Visible ASCII, less what RFC 3986 keeps out of every part of a URI and the fragment mark, which is never sent.
    private static func isTargetByte(_ byte: UInt8) -> Bool {
        0x21...0x7E ~= byte && !##""#<>\^`{|}"##.utf8.contains(byte)
    }
}
