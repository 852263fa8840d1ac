/// `application/x-www-form-urlencoded`, as clients write their queries.
package enum FormDecoder {
    /// The pairs of a query in their order. A name without `=` has an empty value; empty pairs are left out.
    ///
    /// - Throws: a refusal with 400 for more than ``WireLimits/handshakeParametersMax`` pairs, a percent sign without two
    ///   hexadecimal digits, or bytes that are not UTF-8.
    static func parameters(of query: String) throws(HandshakeRefusal) -> [HandshakeRequest.Parameter] {
        var parameters: [HandshakeRequest.Parameter] = []
        for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
            guard parameters.count < WireLimits.handshakeParametersMax else {
                throw HandshakeRefusal(.badRequest, "There are too many query parameters.")
            }
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(halves[0]), let value = halves.count == 2 ? decode(halves[1]) : "" else {
                throw HandshakeRefusal(.badRequest, "The query is not properly percent-encoded UTF-8.")
            }
            parameters.append(HandshakeRequest.Parameter(name: name, value: value))
        }
        return parameters
    }

    /// Turns `%41` into `A` and, in queries, `+` into a space; `nil` for a broken escape or bytes that are not UTF-8.
    /// - Parameter plusIsSpace: false for segments of a path, where a plus is a plus.
    package static func decode(_ encoded: some Sequence<UInt8>, plusIsSpace: Bool = true) -> String? {
        var decoded: [UInt8] = []
        var iterator = encoded.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace:
                decoded.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(nibble), let low = iterator.next().flatMap(nibble) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default:
                decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
