package import Chat

/// Points in time as Discord's clients parse them: `YYYY-MM-DDTHH:MM:SS.ffffff+00:00`, always UTC, always six digits of
/// fraction, because Python before 3.11 parses nothing else.
package enum Timestamp {
    /// First and last millisecond of the years 0000 to 9999, which is all the format can say.
    private static let representable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    private static let millisecondsPerDay: Int64 = 86_400_000

    /// Appends the text of a point in time, given in milliseconds since 1970-01-01T00:00:00Z. What lies outside the years
    /// 0000 to 9999 is written as the nearest end.
    package static func append(unixMilliseconds: Int64, to bytes: inout ByteBuilder) {
        let instant = min(max(unixMilliseconds, representable.lowerBound), representable.upperBound)
        var millisecond = instant % millisecondsPerDay
        if millisecond < 0 { millisecond += millisecondsPerDay }
        let date = civilDate(daysSinceEpoch: (instant - millisecond) / millisecondsPerDay)

        bytes.append(decimal: UInt64(date.year), digits: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: UInt64(date.month), digits: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.append(decimal: UInt64(date.day), digits: 2)
        bytes.append(UInt8(ascii: "T"))
        bytes.append(decimal: UInt64(millisecond / 3_600_000), digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: UInt64(millisecond / 60_000 % 60), digits: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: UInt64(millisecond / 1_000 % 60), digits: 2)
        bytes.append(UInt8(ascii: "."))
        bytes.append(decimal: UInt64(millisecond % 1_000 * 1_000), digits: 6)
        bytes.append(literal: "+00:00")
    }

    /// The same as a string.
    package static func text(unixMilliseconds: Int64) -> String {
        var builder = ByteBuilder(capacity: 32)
        append(unixMilliseconds: unixMilliseconds, to: &builder)
        return String(decoding: builder.bytes, as: UTF8.self)
    }

    /// The Gregorian date of a day. Years are taken to begin in March, so that the leap day is a year's last and the
    /// months' lengths follow one line, (153 m + 2) / 5; 400 such years are 146,097 days.
    private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // 719,468 days lie between 0000-03-01 and 1970-01-01; one more cycle keeps January 0000 from being negative.
        let days = daysSinceEpoch + 719_468 + 146_097
        let cycle = days / 146_097
        let dayOfCycle = days % 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = (cycle - 1) * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        return (year, month, day)
    }
}
