/// The second spelling of a message id, `{12 hex}-{16 hex}`: milliseconds since the Unix epoch, then 64 bits that are the
/// snowflake's 22 low bits followed by 42 bits of a fixed hash of the id.
///
/// It is a bijection, sorts like the id, and shows the timestamp to whoever reads hexadecimal.
package enum TimeUUIDSpelling {
    private static let hashBits: UInt64 = 42
    private static let length = 12 + 1 + 16

    /// The spelling of an id, in lower case.
    package static func spell(_ id: MessageID) -> String {
        let low = Snowflake.low(of: id.rawValue) << hashBits | hash(id.rawValue)
        return hexadecimal(id.unixMilliseconds, digits: 12) + "-" + hexadecimal(low, digits: 16)
    }

    /// Reads a spelling; `nil` unless it is exactly what ``spell(_:)`` gives (either letter case), hash included.
    package static func parse(_ text: some StringProtocol) -> MessageID? {
        guard text.utf8.count == length else { return nil }
        var milliseconds: UInt64 = 0
        var low: UInt64 = 0
        for (index, byte) in text.utf8.enumerated() {
            if index == 12 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = hexadecimalDigit(byte) else { return nil }
            if index < 12 { milliseconds = milliseconds << 4 | digit } else { low = low << 4 | digit }
        }
        guard milliseconds >= Snowflake.epochUnixMilliseconds, milliseconds <= Snowflake.maxUnixMilliseconds else {
            return nil
        }
        let id = Snowflake.make(unixMilliseconds: milliseconds, low: low >> hashBits)
        guard hash(id) == low & ((1 << hashBits) - 1) else { return nil }
        return MessageID(id)
    }

    /// Reads either spelling of a message id: decimal, or the one with a dash.
    package static func parseEither(_ text: some StringProtocol) -> MessageID? {
        MessageID(decimal: text) ?? parse(text)
    }

    /// 42 bits of a finalizer in the manner of SplitMix64: a fixed, unkeyed mix that has to stay as it is for ever.
    private static func hash(_ id: UInt64) -> UInt64 {
        FixedHash.mix(id) >> (64 - hashBits)
    }

    private static func hexadecimal(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }

    private static func hexadecimalDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

/// A hash that is part of the data: the same in every process, version and node, unlike `Hasher`.
package enum FixedHash {
    /// The finalizer of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The partition of a key among `count` partitions. It must never change: the order of a channel hangs on it.
    package static func partition(of key: UInt64, count: Int) -> Int {
        guard count > 1 else { return 0 }
        return Int(mix(key) % UInt64(count))
    }
}
