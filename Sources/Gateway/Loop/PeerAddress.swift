/// Who is at the other end, as the socket says: 128 bits, an IPv4 address in its mapped form (`::ffff:a.b.c.d`, RFC
/// 4291 section 2.5.5.2). A peer without one, as over a Unix socket, is `unknown`.
package struct PeerAddress: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// `::`, which no connected peer can have.
    package static let unknown = PeerAddress(high: 0, low: 0)

    package var isIPv4: Bool { high == 0 && low >> 32 == 0xffff }

    /// Its 16 octets in network order; none of an unknown one.
    package var octets: [UInt8] {
        guard self != .unknown else { return [] }
        return [high, low].flatMap { half in
            stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
    }
}

extension PeerAddress: CustomStringConvertible {
    /// Dotted decimals, or eight groups of hexadecimals without the `::` abbreviation.
    package var description: String {
        if isIPv4 {
            return "\(low >> 24 & 255).\(low >> 16 & 255).\(low >> 8 & 255).\(low & 255)"
        }
        var text = ""
        for half in [high, low] {
            for shift in stride(from: UInt64(48), through: 0, by: -16) {
                if !text.isEmpty { text += ":" }
                text += String(half >> shift & 0xffff, radix: 16)
            }
        }
        return text
    }
}
