/// Finds whom a text mentions: `<@id>`, `<@!id>`, `<@&id>`, `@everyone` and `@here`.
///
/// What stands in code (between runs of backticks of one length) mentions nobody, as in Discord. Time and memory are
/// linear in the text. Whether the mentioned exist, and may be mentioned, is for others to find out.
package struct MentionParser {
    private let bytes: [UInt8]
    private var offset = 0
    private var users = Found<UserKind>()
    private var roles = Found<RoleKind>()
    private var everyone = false

    private init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// The mentions of a text, each once, ascending; of more than ``Limits/mentionsPerMessageMax`` users or roles the
    /// first ones count.
    package static func mentions(in text: String) -> Mentions {
        var parser = MentionParser(text)
        // Every mention needs an `@`, and most messages have none.
        guard parser.bytes.contains(UInt8(ascii: "@")) else { return Mentions() }
        parser.run()
        return Mentions(users: parser.users.ids.sorted(), roles: parser.roles.ids.sorted(), everyone: parser.everyone)
    }

    private mutating func run() {
        let codeEnds = endsOfCode()
        while offset < bytes.count {
            switch bytes[offset] {
            case UInt8(ascii: "`"):
                offset = codeEnds[offset] ?? offset + runLength(at: offset)
            case UInt8(ascii: "<"):
                if !takeReference() { offset += 1 }
            case UInt8(ascii: "@"):
                if take("@everyone") || take("@here") { everyone = true } else { offset += 1 }
            default:
                offset += 1
            }
        }
    }

    /// Reads `<@…>` at the offset; false, and nothing moved, when none stands there.
    private mutating func takeReference() -> Bool {
        let start = offset
        guard take("<@") else { return false }
        let isRole = take("&")
        if !isRole { _ = take("!") }
        var digits = offset
        while digits < bytes.count, digits - offset <= 20,
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[digits])
        {
            digits += 1
        }
        let number = Snowflake.parse(decimal: Substring(decoding: bytes[offset..<digits], as: UTF8.self))
        guard let number, digits < bytes.count, bytes[digits] == UInt8(ascii: ">") else {
            offset = start
            return false
        }
        if isRole { roles.add(RoleID(number)) } else { users.add(UserID(number)) }
        offset = digits + 1
        return true
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        guard bytes.count - offset >= wanted.count, bytes[offset..<(offset + wanted.count)].elementsEqual(wanted) else {
            return false
        }
        offset += wanted.count
        return true
    }

    private func runLength(at start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] == UInt8(ascii: "`") { end += 1 }
        return end - start
    }

    /// For each run of backticks that a later run of the same length closes: where the closing run ends.
    private func endsOfCode() -> [Int: Int] {
        var runs: [(start: Int, length: Int)] = []
        var position = 0
        while position < bytes.count {
            let length = runLength(at: position)
            if length > 0 { runs.append((position, length)) }
            position += max(1, length)
        }
        var ends: [Int: Int] = [:]
        var endOfNext: [Int: Int] = [:]
        for run in runs.reversed() {
            ends[run.start] = endOfNext[run.length]
            endOfNext[run.length] = run.start + run.length
        }
        return ends
    }
}

/// Distinct ids up to the bound, in the order in which they were found.
private struct Found<Kind> {
    private(set) var ids: Set<ID<Kind>> = []

    mutating func add(_ id: ID<Kind>) {
        guard ids.count < Limits.mentionsPerMessageMax else { return }
        ids.insert(id)
    }
}
