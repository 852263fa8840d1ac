import Glibc

/// The proxies whose word on where a request comes from is taken. What others write into `X-Forwarded-For` means nothing.
package struct TrustedProxies: Hashable, Sendable {
    private struct Network: Hashable, Sendable {
        var octets: [UInt8]
        var bits: Int

        /// Reads an address, or a network as `10.0.0.0/8`.
        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let address = parts.first, let octets = TrustedProxies.octets(of: String(address)) else { return nil }
            self.octets = octets
            bits = octets.count * 8
            guard parts.count == 2 else { return }
            guard let length = Int(parts[1]), (0...bits).contains(length) else { return nil }
            bits = length
        }

        func contains(_ address: [UInt8]) -> Bool {
            guard address.count == octets.count else { return false }
            let (whole, rest) = bits.quotientAndRemainder(dividingBy: 8)
            guard address[..<whole] == octets[..<whole] else { return false }
            return rest == 0 || (address[whole] ^ octets[whole]) >> UInt8(8 - rest) == 0
        }
    }

    private var networks: [Network] = []

    /// Nobody.
    package static let none = TrustedProxies()

    private init() {}

    /// - Parameter entries: addresses and networks; what is neither is passed over, see ``firstUnreadable(of:)``.
    package init(_ entries: [String]) {
        networks = entries.compactMap { Network($0) }
    }

    /// The first entry that is neither an address nor a network; `nil` when all are.
    package static func firstUnreadable(of entries: [String]) -> String? {
        entries.first { Network($0) == nil }
    }

    package var isEmpty: Bool { networks.isEmpty }

    /// - Parameter address: 4 or 16 octets; an IPv4 address may be in its mapped form.
    package func contains(_ address: [UInt8]) -> Bool {
        guard !networks.isEmpty else { return false }
        let address = Self.unmapped(address)
        return networks.contains { $0.contains(address) }
    }

    /// Who is behind a connection: its peer, or if that is a trusted proxy, the nearest one that is not.
    /// - Parameters:
    ///   - peer: the connection's other end.
    ///   - forwarded: the elements of `X-Forwarded-For` in their order: each proxy adds at the end whom it heard. Behind one that cannot be
    ///     read nobody is looked for: the last proxy before it stands for them.
    package func origin(of peer: [UInt8], forwarded: [String]) -> [UInt8] {
        var origin = peer
        for element in forwarded.reversed() {
            guard contains(origin), let next = Self.octets(of: Self.withoutPort(element)) else { break }
            origin = next
        }
        return origin
    }

    /// `192.0.2.1:80` and `[2001:db8::1]:80` without what is behind the address; others as they are.
    private static func withoutPort(_ text: String) -> String {
        if text.first == "[" { return String(text.dropFirst().prefix { $0 != "]" }) }
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[0]) : text
    }

    private static func unmapped(_ octets: [UInt8]) -> [UInt8] {
        let isMapped = octets.count == 16 && octets.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        return isMapped ? Array(octets[12...]) : octets
    }

    /// The octets of a numeric address, in network order; `nil` for anything else.
    private static func octets(of text: String) -> [UInt8]? {
        var (v4, v6) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, text, &v4) == 1 { return withUnsafeBytes(of: v4) { Array($0) } }
        if inet_pton(AF_INET6, text, &v6) == 1 { return withUnsafeBytes(of: v6) { unmapped(Array($0)) } }
        return nil
    }
}
