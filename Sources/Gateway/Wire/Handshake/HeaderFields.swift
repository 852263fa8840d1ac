/// The fields of a handshake by lower-case name (RFC 9112, 5).
struct HeaderFields {
    private var values: [String: [String]] = [:]

    /// - Parameter lines: what follows the request line.
    init(_ lines: some Sequence<Slice<UnsafeRawBufferPointer>>, limits: HandshakeLimits) throws(HandshakeRefusal) {
        var count = 0
        for line in lines {
            count += 1
            guard count <= limits.fields else {
                throw HandshakeRefusal(.requestHeaderFieldsTooLarge, "There are too many header fields.")
            }
            guard line.first != 0x20, line.first != 0x09 else {
                throw HandshakeRefusal(.badRequest, "Header fields must not be folded over lines.")
            }
            // A token has no space, so a space before the colon is refused along with all else that is no name.
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), Self.isToken(line[..<colon]) else {
                throw HandshakeRefusal(.badRequest, "A header field must be a name, a colon and a value.")
            }
            let name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
            values[name, default: []].append(String(decoding: Self.trimmed(line[(colon + 1)...]), as: UTF8.self))
        }
    }

    func contains(_ name: String) -> Bool {
        values[name] != nil
    }

    /// The value of a field that may appear once; `nil` when it is absent.
    func single(_ name: String) throws(HandshakeRefusal) -> String? {
        guard let all = values[name] else { return nil }
        guard all.count == 1 else {
            throw HandshakeRefusal(.badRequest, "A header field that must be unique appears more than once.")
        }
        return all.first
    }

    /// The elements of a comma-separated list, over all fields of that name, empty ones left out (RFC 9110, 5.6.1).
    func tokens(_ name: String) -> [String] {
        (values[name] ?? []).flatMap { value in
            value.utf8.split(separator: UInt8(ascii: ",")).map { Self.trimmed($0) }.filter { !$0.isEmpty }.map {
                String(decoding: $0, as: UTF8.self)
            }
        }
    }

    /// Whether these bytes are a token of RFC 9110, 5.6.2.
    static func isToken(_ bytes: some Collection<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default:
                    "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// Without spaces and tabs at either end.
    private static func trimmed<Bytes: BidirectionalCollection<UInt8>>(_ bytes: Bytes) -> Bytes.SubSequence {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = bytes.firstIndex(where: { !isBlank($0) }),
            let last = bytes.lastIndex(where: { !isBlank($0) })
        else { return bytes[bytes.endIndex...] }
        return bytes[first...last]
    }
}
