package import Interface

/// The address of a push service, taken apart.
package struct PushEndpoint: Hashable, Sendable {
    /// Bytes of an endpoint; browsers' have some 200.
    package static let bytesMax = 1_024

    package let isSecure: Bool
    /// In lower case; a numeric address without brackets.
    package let host: String
    package let port: UInt16
    /// Path and query.
    package let target: String

    /// Reads an absolute URL of https or http without user name and fragment; `nil` for anything else.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let lowered = text.lowercased()
        let scheme = ["https://", "http://"].first { lowered.hasPrefix($0) }
        guard let scheme else { return nil }
        isSecure = scheme == "https://"
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let behind = rest[authority.endIndex...]
        guard !authority.contains("@"), !authority.contains("\\"), !behind.contains("#") else { return nil }
        target = behind.isEmpty ? "/" : behind.first == "/" ? String(behind) : "/" + behind
        let place: (host: Substring, port: Substring)
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            place = (authority[authority.index(after: authority.startIndex)..<end], authority[end...].dropFirst())
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            place = (authority[..<colon], authority[colon...])
        }
        host = place.host.lowercased()
        guard !host.isEmpty, host.utf8.count <= 253, !host.contains("%") else { return nil }
        if place.port.isEmpty {
            port = isSecure ? 443 : 80
        } else {
            guard place.port.first == ":", let number = UInt16(place.port.dropFirst()), number > 0 else { return nil }
            port = number
        }
    }

    /// `host:port`, as an operator names one that is trusted.
    package var place: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    /// Scheme and place, as RFC 8292 names a push service.
    package var origin: String {
        let usual = port == (isSecure ? 443 : 80)
        let name = host.contains(":") ? "[\(host)]" : host
        return (isSecure ? "https://" : "http://") + (usual ? name : "\(name):\(port)")
    }
}

/// Where this node lets itself be sent by strangers: https, and addresses of the public internet. What an operator has
/// named is trusted in either regard.
package struct EndpointRule: Sendable {
    private let trusted: Set<String>

    /// - Parameter trusted: places, `host:port`.
    package init(trusted: [String] = []) {
        self.trusted = Set(trusted.map { $0.lowercased() })
    }

    package func isTrusted(_ endpoint: PushEndpoint) -> Bool { trusted.contains(endpoint.place) }

    /// Whether it may be subscribed with; to which address its name leads is seen when it is used.
    package func allows(_ endpoint: PushEndpoint) -> Bool { endpoint.isSecure || isTrusted(endpoint) }

    /// The address to connect to: the first one, if all of them may be. A name that leads inside with one of its
    /// addresses is nobody's honest push service.
    package func choose(from addresses: [NetworkAddress], for endpoint: PushEndpoint) -> NetworkAddress? {
        guard allows(endpoint), isTrusted(endpoint) || addresses.allSatisfy(\.isPublic) else { return nil }
        return addresses.first
    }
}

extension NetworkAddress {
    /// Whether it is a host's on the public internet: not this machine, not a network behind it, not a group, not what
    /// is reserved (IANA's registries of special-purpose addresses, RFC 6890).
    package var isPublic: Bool {
        switch bytes.count {
        case 4: Self.isPublic4(bytes)
        case 16: Self.isPublic6(bytes)
        default: false
        }
    }

    private static func isPublic4(_ bytes: [UInt8]) -> Bool {
        switch (bytes[0], bytes[1], bytes[2]) {
        case (0, _, _), (10, _, _), (127, _, _), (224...255, _, _): false
        case (100, 64...127, _), (169, 254, _), (172, 16...31, _), (192, 168, _), (198, 18...19, _): false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 51, 100), (203, 0, 113): false
        default: true
        }
    }

    private static func isPublic6(_ bytes: [UInt8]) -> Bool {
        func begins(_ prefix: [UInt8]) -> Bool { bytes.starts(with: prefix) }
        let zeros = [UInt8](repeating: 0, count: 10)
        // IPv4 in other clothes: mapped, translated (RFC 6052), tunnelled (6to4).
        if begins(zeros + [0xFF, 0xFF]) { return isPublic4(Array(bytes[12...])) }
        if begins([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return isPublic4(Array(bytes[12...])) }
        if begins([0x20, 0x02]) { return isPublic4(Array(bytes[2..<6])) }
        // Only 2000::/3 is given out; in it, Teredo and what belongs to protocols and documentation is not.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if begins([0x20, 0x01, 0x0D, 0xB8]) || begins([0x3F, 0xFF]) { return false }
        return !(begins([0x20, 0x01]) && bytes[2] < 2)
    }
}
