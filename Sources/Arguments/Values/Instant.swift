/// A point in time as it was written; it becomes absolute once the clock and the zone are known.
package enum InstantExpression: Hashable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z, from an RFC 3339 text.
    case absolute(unixMilliseconds: Int64)
    /// So long before now.
    case ago(Duration)
    /// A wall-clock time so many days before today, in the operator's zone; minutes since midnight.
    case day(daysBack: Int, minutes: Int)
    /// Midnight that starts a day, in the operator's zone; days since 1970-01-01.
    case date(unixDay: Int64)

    /// Milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// - Parameters:
    ///   - now: the clock, in the same unit; meant for the years 1 to 9999.
    ///   - zoneOffset: seconds east of UTC, within ±18 h.
    package func unixMilliseconds(now: Int64, zoneOffset: Int64) -> Int64 {
        let day: Int64 = 86_400_000
        let offset = min(max(zoneOffset, -64_800), 64_800) * 1000
        switch self {
        case .absolute(let value): return value
        case .ago(let duration): return now.subtractingClamped(DurationText.nanoseconds(of: duration) / 1_000_000)
        case .date(let unixDay): return (unixDay * day).subtractingClamped(offset)
        case .day(let daysBack, let minutes):
            let local = now.subtractingClamped(-offset)
            let remainder = local % day
            let midnight = local.subtractingClamped(remainder < 0 ? remainder + day : remainder)
            return midnight.subtractingClamped(Int64(daysBack) * day - Int64(minutes) * 60_000 + offset)
        }
    }
}

extension Int64 {
    fileprivate func subtractingClamped(_ other: Int64) -> Int64 {
        let (difference, overflowed) = subtractingReportingOverflow(other)
        return overflowed ? (other > 0 ? .min : .max) : difference
    }
}

extension ValueType where Value == InstantExpression {
    /// RFC 3339 (years 1970 to 9999), a day, `2h` (ago, up to 36500d), `today 14:00`, `yesterday 09:30`, `now`.
    package static var instant: ValueType {
        ValueType(
            .instant, placeholder: "TIME",
            expectation: "a time such as 2h (ago, up to 36500d), 'today 14:00' or 2026-03-01T14:00:00Z (1970 to 9999)",
            example: "2h",
            read: InstantText.read,
            print: InstantText.text
        )
    }
}

private enum InstantText {
    static let dayNames = ["today", "yesterday"]

    static func read(_ text: String) throws(ValueProblem) -> InstantExpression {
        if text == "now" { return .ago(.zero) }
        let words = text.split(separator: " ")
        if let first = words.first, let daysBack = dayNames.firstIndex(of: String(first)), words.count <= 2 {
            guard words.count == 2 else { return .day(daysBack: daysBack, minutes: 0) }
            guard let minutes = minutes(words[1]) else {
                throw ValueProblem("\(SafeText.quoted(text)) has no time of day such as 14:00")
            }
            return .day(daysBack: daysBack, minutes: minutes)
        }
        let bytes = Array(text.utf8)
        if bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-") {
            guard let value = absolute(bytes) else {
                throw ValueProblem("\(SafeText.quoted(text)) is not a time of RFC 3339")
            }
            return value
        }
        // `-15m` and `15m` both mean 15 minutes ago: a time in the future selects nothing.
        let ago = text.hasPrefix("-") ? String(text.dropFirst()) : text
        guard ago.first?.isNumber == true else { throw ValueProblem("\(SafeText.quoted(text)) is not a time") }
        return .ago(try ValueType<Duration>.duration.value(of: ago))
    }

    static func text(_ value: InstantExpression) -> String {
        switch value {
        case .ago(let duration): return ValueType<Duration>.duration.print(duration)
        case .day(let daysBack, let minutes):
            let name = dayNames.indices.contains(daysBack) ? dayNames[daysBack] : dayNames[0]
            return "\(name) \(two(minutes / 60)):\(two(minutes % 60))"
        case .date(let unixDay): return CivilDate(unixDay: unixDay).text
        case .absolute(let milliseconds):
            let (day, rest) = milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
            let time = "\(two(Int(rest / 3_600_000))):\(two(Int(rest / 60_000 % 60))):\(two(Int(rest / 1000 % 60)))"
            let fraction = rest % 1000 == 0 ? "" : "." + String(1000 + rest % 1000).dropFirst()
            return "\(CivilDate(unixDay: day).text)T\(time)\(fraction)Z"
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard
            parts.count == 2, let hour: Int = Digits.value(parts[0]), let minute: Int = Digits.value(parts[1]),
            parts[1].count == 2, hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    /// `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS[.fff…](Z|±HH:MM)`; a leap second counts as the next.
    private static func absolute(_ bytes: [UInt8]) -> InstantExpression? {
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return Digits.value(String(decoding: bytes[range], as: UTF8.self))
        }
        guard
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        if bytes.count == 10 { return .date(unixDay: date.unixDay) }
        guard
            bytes.count >= 20, [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var milliseconds = 0
        if bytes[index] == UInt8(ascii: ".") {
            let digits = bytes[(index + 1)...].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            guard !digits.isEmpty, digits.count <= 9 else { return nil }
            let padded = (digits.prefix(3).map { Int($0) - 48 } + [0, 0]).prefix(3)
            milliseconds = padded.reduce(0) { $0 * 10 + $1 }
            index += 1 + digits.count
        }
        guard let zone = zoneMinutes(bytes[min(index, bytes.count)...]) else { return nil }
        let seconds = date.unixDay * 86_400 + Int64(hour * 3600 + minute * 60 + second - zone * 60)
        return seconds < 0 ? nil : .absolute(unixMilliseconds: seconds * 1000 + Int64(milliseconds))
    }

    private static func zoneMinutes(_ bytes: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: bytes, as: UTF8.self)
        if text == "Z" || text == "z" { return 0 }
        guard let sign = text.first, sign == "+" || sign == "-", text.count == 6 else { return nil }
        return minutes(text.dropFirst()).map { sign == "-" ? -$0 : $0 }
    }
}

/// A day of the proleptic Gregorian calendar, 1970 to 9999.
private struct CivilDate {
    var year: Int
    var month: Int
    var day: Int

    init?(year: Int, month: Int, day: Int) {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard (1970...9999).contains(year), (1...12).contains(month), (1...lengths[month - 1]).contains(day) else {
            return nil
        }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Counting in years that start in March makes the leap day the last of its year.
    init(unixDay: Int64) {
        let shifted = Int(clamping: unixDay) &+ 719_468
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var unixDay: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return Int64(era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468)
    }

    var text: String {
        let digits = { (number: Int, width: Int) in
            let plain = String(number)
            return String(repeating: "0", count: max(0, width - plain.count)) + plain
        }
        return "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
    }
}
