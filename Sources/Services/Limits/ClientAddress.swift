/// Where a request came from, as far as it is limited by that: an IPv4 address, or the 64 bits of an IPv6 network, in which a single
/// customer has all the addresses.
package struct ClientAddress: Hashable, Sendable {
    /// What it is counted under.
    let network: UInt64

    /// - Parameters:
    ///   - octets: 4 or 16 of them, in network order; `nil` for any other number.
    ///   - exemptsLoopback: whether it is `nil` for the machine itself, too: behind a proxy on it everybody has its address.
    package init?(octets: [UInt8], exemptsLoopback: Bool = true) {
        let isMapped = octets.count == 16 && octets.starts(with: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
        let significant: ArraySlice<UInt8>
        switch octets.count {
        case 4: significant = octets[...]
        case 16 where isMapped: significant = octets[12...]
        case 16: significant = octets[..<8]
        default: return nil
        }
        let isSelf = octets.count == 16 && octets.last == 1 && octets.dropLast().allSatisfy { $0 == 0 }
        if exemptsLoopback, isSelf || significant.count == 4 && significant.first == 127 { return nil }
        // No IPv6 network begins with 32 zero bits but those that are reserved: the two kinds do not meet.
        network = significant.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
