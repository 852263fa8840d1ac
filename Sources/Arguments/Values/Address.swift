/// A host and a port to listen on or to reach.
package struct Address: Hashable, Sendable {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    package let host: String
    /// 0 lets the system choose.
    package let port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    static func read(_ text: String) throws(ValueProblem) -> Address {
        let quoted = SafeText.quoted(text)
        guard let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") else {
            throw ValueProblem("\(quoted) has no port")
        }
        let portText = text[text.index(after: colon)...]
        let portStart = text.distance(from: text.startIndex, to: colon) + 1
        guard let port: UInt16 = Digits.value(portText) else {
            throw ValueProblem("\(quoted) has no port from 0 to 65535", at: portStart..<max(portStart + 1, text.count))
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else {
            throw ValueProblem(
                "\(quoted) has no host", hint: "write '127.0.0.1:\(port)', or '[::]:\(port)' for every interface")
        }
        if host.contains(":"), !isBracketed {
            throw ValueProblem("\(quoted) has an IPv6 address without brackets", hint: "write '[\(host)]:\(port)'")
        }
        let isHost = host.allSatisfy { character in
            guard character.isASCII else { return false }
            return isBracketed
                ? character.isHexDigit || ":.%".contains(character) || character.isLetter
                : character.isLetter || character.isNumber || ".-_".contains(character)
        }
        guard isHost, host.utf8.count <= 253, !isBracketed || host.contains(":") else {
            throw ValueProblem("\(quoted) has no valid host")
        }
        return Address(host: String(host), port: port)
    }
}

extension ValueType where Value == Address {
    /// `HOST:PORT`; IPv6 addresses in brackets.
    package static var address: ValueType {
        ValueType(
            .address, placeholder: "ADDR",
            expectation: "an address such as 127.0.0.1:8080 or [::1]:8080 (port 0 to 65535)", example: "127.0.0.1:8080",
            read: Address.read,
            print: { $0.text }
        )
    }
}

/// A URL whose scheme is known; the rest is for whoever opens it.
package struct URLText: Hashable, Sendable {
    /// In lower case.
    package let scheme: String
    /// All of it, as typed.
    package let text: String

    /// The same without the password, for messages and logs.
    package var masked: String { Credentials.masked(text) }
}

extension ValueType where Value == URLText {
    /// Any absolute URL up to 2048 bytes.
    package static var url: ValueType { .url(schemes: []) }

    /// An absolute URL of one of `schemes`; none means any.
    package static func url(schemes: [String]) -> ValueType {
        let names = schemes.map { $0 + ":" }.joined(separator: ", ")
        let example = schemes.isEmpty || schemes.contains("https") ? "https://admin.example:7443" : schemes[0] + ":x"
        return ValueType(
            .url, placeholder: "URL",
            expectation: "a URL such as \(example)\(schemes.isEmpty ? "" : " (\(names))"), up to 2048 bytes",
            example: example,
            read: { (text: String) throws(ValueProblem) -> URLText in
                let quoted = SafeText.quoted(text)
                guard text.utf8.count <= 2048 else { throw ValueProblem("\(quoted) is longer than 2048 bytes") }
                let scheme = text.prefix { $0 != ":" }.lowercased()
                let isScheme = scheme.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
                guard scheme.utf8.count < text.utf8.count, scheme.first?.isLetter == true, isScheme else {
                    throw ValueProblem("\(quoted) has no scheme")
                }
                let hasGap = text.unicodeScalars.contains { $0.properties.isWhitespace || SafeText.isUnsafe($0) }
                guard !hasGap else { throw ValueProblem("\(quoted) contains a blank or a control character") }
                guard schemes.isEmpty || schemes.contains(scheme) else {
                    throw ValueProblem("\(quoted) has a scheme that is not accepted here", at: 0..<scheme.count)
                }
                return URLText(scheme: scheme, text: text)
            },
            print: { $0.text }
        )
    }
}
