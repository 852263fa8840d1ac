/// A stretch of a channel's history that is stored together: a UTC day, or a part of a busy one.
///
/// Written `YYYY-MM-DD`; a day of a channel that passes ``messagesMax`` messages rolls on to `YYYY-MM-DD.1`, `.2` and so on.
package struct Bucket: Hashable, Comparable, Sendable {
    /// A bucket takes this many messages before the day rolls on.
    package static let messagesMax = 50_000

    /// Days since 1970-01-01.
    package var day: UInt32
    /// 0 for the day's first part.
    package var part: UInt32

    package init(day: UInt32, part: UInt32 = 0) {
        self.day = day
        self.part = part
    }

    /// The first bucket of the day in which an id was minted.
    package init(dayOf id: MessageID) {
        // 42 bits of milliseconds are less than 2^26 days: the conversion cannot fail.
        self.init(day: UInt32(truncatingIfNeeded: id.unixMilliseconds / 86_400_000))
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let halves = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = halves.first, date.utf8.count == 10 else { return nil }
        let fields = date.split(separator: "-", omittingEmptySubsequences: false)
        guard fields.count == 3, let year = Snowflake.parse(decimal: fields[0]),
            let month = Snowflake.parse(decimal: fields[1]), let dayOfMonth = Snowflake.parse(decimal: fields[2]),
            (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(dayOfMonth)
        else { return nil }
        let date3 = CivilDate(year: Int(year), month: Int(month), day: Int(dayOfMonth))
        var part: UInt32 = 0
        if halves.count == 2 {
            guard let number = Snowflake.parse(decimal: halves[1]), number > 0, number <= UInt64(UInt32.max) else {
                return nil
            }
            part = UInt32(number)
        }
        self.init(day: UInt32(truncatingIfNeeded: date3.daysSinceEpoch), part: part)
        // Refuses the likes of February 30th and `.01`, which would be second spellings.
        guard description == text else { return nil }
    }

    package static func < (left: Bucket, right: Bucket) -> Bool {
        (left.day, left.part) < (right.day, right.part)
    }
}

extension Bucket: CustomStringConvertible {
    package var description: String {
        let date = CivilDate(daysSinceEpoch: Int(day))
        return part == 0 ? date.description : date.description + "." + String(part)
    }
}

/// A date of the proleptic Gregorian calendar, in UTC.
package struct CivilDate: Hashable, Sendable, CustomStringConvertible {
    package var year: Int
    package var month: Int
    package var day: Int

    package init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// The date a number of days after 1970-01-01; years are counted from March, so that the leap day comes last.
    package init(daysSinceEpoch: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    package var daysSinceEpoch: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package var description: String {
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        return padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }
}
