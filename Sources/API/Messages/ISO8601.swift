import Chat

/// Reads the forms of ISO 8601 that clients write: `2026-08-01T12:30`, with seconds, a fraction of up to nine digits,
/// and `Z` or an offset.
enum ISO8601 {
    /// Unix milliseconds; `nil` for anything that is no such time. Without an offset it is UTC.
    static func unixMilliseconds(_ text: String) -> Int64? {
        var scanner = Scanner(Array(text.utf8))
        guard
            let year = scanner.number(digits: 4, in: 1...9_999), scanner.take("-"),
            let month = scanner.number(digits: 2, in: 1...12),
            scanner.take("-"), let day = scanner.number(digits: 2, in: 1...31), scanner.take("T") || scanner.take(" "),
            let hour = scanner.number(digits: 2, in: 0...23), scanner.take(":"),
            let minute = scanner.number(digits: 2, in: 0...59)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        // Refuses the likes of February 30th.
        guard CivilDate(daysSinceEpoch: date.daysSinceEpoch) == date else { return nil }
        var second = 0
        var millisecond = 0
        if scanner.take(":") {
            guard let number = scanner.number(digits: 2, in: 0...59) else { return nil }
            second = number
            if scanner.take(".") {
                guard let number = scanner.milliseconds() else { return nil }
                millisecond = number
            }
        }
        guard let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
        let minutes = Int64(date.daysSinceEpoch) * 1_440 + Int64(hour * 60 + minute - offset)
        return (minutes * 60 + Int64(second)) * 1_000 + Int64(millisecond)
    }

    private struct Scanner {
        private var bytes: ArraySlice<UInt8>

        init(_ bytes: [UInt8]) {
            self.bytes = bytes[...]
        }

        var isAtEnd: Bool { bytes.isEmpty }

        mutating func take(_ character: Character) -> Bool {
            guard let byte = bytes.first, byte == character.asciiValue else { return false }
            bytes = bytes.dropFirst()
            return true
        }

        mutating func digit() -> Int? {
            guard let byte = bytes.first, (0x30...0x39).contains(byte) else { return nil }
            bytes = bytes.dropFirst()
            return Int(byte - 0x30)
        }

        mutating func number(digits: Int, in range: ClosedRange<Int>) -> Int? {
            var number = 0
            for _ in 0..<digits {
                guard let digit = digit() else { return nil }
                number = number * 10 + digit
            }
            return range.contains(number) ? number : nil
        }

        /// One to nine digits of a fraction of a second, cut to milliseconds.
        mutating func milliseconds() -> Int? {
            var result = 0
            var count = 0
            while count < 9, let digit = digit() {
                if count < 3 { result = result * 10 + digit }
                count += 1
            }
            guard count > 0 else { return nil }
            for _ in min(count, 3)..<3 { result *= 10 }
            return result
        }

        /// `Z`, nothing, `+02:00`, `-0330`, `+02`.
        mutating func offsetMinutes() -> Int? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isPositive = take("+")
            guard isPositive || take("-"), let hours = number(digits: 2, in: 0...23) else { return nil }
            _ = take(":")
            var minutes = 0
            if !isAtEnd {
                guard let number = number(digits: 2, in: 0...59) else { return nil }
                minutes = number
            }
            return (isPositive ? 1 : -1) * (hours * 60 + minutes)
        }
    }
}
