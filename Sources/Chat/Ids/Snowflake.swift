/// The arithmetic of snowflakes: where the bits of an id lie.
package enum Snowflake {
    /// 2015-01-01T00:00:00Z in milliseconds of the Unix epoch, as in Discord's API.
    package static let epochUnixMilliseconds: UInt64 = 1_420_070_400_000
    /// How many low bits tell apart the ids of one millisecond.
    package static let lowBits: UInt64 = 22
    /// All of the low bits.
    package static let lowMask: UInt64 = (1 << lowBits) - 1
    /// The last millisecond since the Unix epoch that 42 bits can hold (in the year 2154).
    package static let maxUnixMilliseconds: UInt64 = epochUnixMilliseconds + (1 << 42) - 1

    /// Builds an id; the time is clamped to what 42 bits hold, the low bits are masked.
    package static func make(unixMilliseconds: UInt64, low: UInt64) -> UInt64 {
        let clamped = min(max(unixMilliseconds, epochUnixMilliseconds), maxUnixMilliseconds)
        return (clamped - epochUnixMilliseconds) << lowBits | low & lowMask
    }

    /// Milliseconds since the Unix epoch in an id.
    package static func unixMilliseconds(of id: UInt64) -> UInt64 {
        (id >> lowBits) + epochUnixMilliseconds
    }

    /// The 22 low bits of an id.
    package static func low(of id: UInt64) -> UInt64 { id & lowMask }

    /// Reads 1 to 20 decimal digits; `nil` for anything else and for values beyond 64 bits.
    package static func parse(decimal text: some StringProtocol) -> UInt64? {
        var value: UInt64 = 0
        var digits = 0
        for byte in text.utf8 {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), digits < 20 else { return nil }
            let (product, overflowedProduct) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowedSum) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !overflowedProduct, !overflowedSum else { return nil }
            value = sum
            digits += 1
        }
        return digits > 0 ? value : nil
    }
}
