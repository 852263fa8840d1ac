import Glibc

/// The mark that a bench's message carries in its content: `~`, the intended send time in nanoseconds of the monotonic
/// clock (19 digits), `.`, the message's number in its room (10 digits), `~`.
///
/// It is found by searching for its first byte, which occurs nowhere else in what the node sends; no JSON is parsed.
package struct Stamp: Hashable, Sendable {
    package static let bytes = 32
    private static let mark = UInt8(ascii: "~")
    private static let timeDigits = 19
    private static let sequenceDigits = 10

    package var nanoseconds: UInt64
    package var sequence: UInt32

    package init(nanoseconds: UInt64, sequence: UInt32) {
        self.nanoseconds = nanoseconds
        self.sequence = sequence
    }

    /// Writes the mark at `offset`, where ``bytes`` bytes of room must be.
    package func write(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        buffer[offset] = Self.mark
        Self.write(nanoseconds, digits: Self.timeDigits, into: buffer, at: offset + 1)
        buffer[offset + 20] = UInt8(ascii: ".")
        Self.write(UInt64(sequence), digits: Self.sequenceDigits, into: buffer, at: offset + 21)
        buffer[offset + 31] = Self.mark
    }

    /// Writes a number right-aligned after zeros.
    static func write(_ number: UInt64, digits: Int, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        var rest = number
        for index in stride(from: offset + digits - 1, through: offset, by: -1) {
            buffer[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// The first mark in `payload`.
    package static func first(in payload: UnsafeRawBufferPointer) -> Stamp? {
        guard let base = payload.baseAddress else { return nil }
        var offset = 0
        while payload.count - offset >= bytes,
            let found = memchr(base + offset, Int32(mark), payload.count - offset - bytes + 1)
        {
            let start = UnsafeRawPointer(found) - base
            if payload[start + 20] == UInt8(ascii: "."), payload[start + 31] == mark,
                let time = number(payload, at: start + 1, digits: timeDigits),
                let sequence = number(payload, at: start + 21, digits: sequenceDigits).flatMap(UInt32.init(exactly:))
            {
                return Stamp(nanoseconds: time, sequence: sequence)
            }
            offset = start + 1
        }
        return nil
    }

    /// At most 19 digits, which always fit.
    private static func number(_ payload: UnsafeRawBufferPointer, at offset: Int, digits: Int) -> UInt64? {
        var value: UInt64 = 0
        for index in offset..<offset + digits {
            let digit = payload[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        return value
    }
}
