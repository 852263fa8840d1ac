import Arguments
import Chat
import Operations

/// What somebody typed after `search`: words to look for, and filters among them as users know them from the client:
/// `from:@ada in:home/general has:link deploy`.
struct SearchLine: Sendable {
    static let features = ["link", "embed", "file", "image", "video", "sound"]

    var words: [String] = []
    var channels: [ChannelReference] = []
    var authors: [UserReference] = []
    var mentioned: [UserReference] = []
    var features: [String] = []
    var filenames: [String] = []
    var extensions: [String] = []
    /// As it was written; the clock makes times of it.
    var before: InstantExpression?
    var after: InstantExpression?

    /// - Throws: ``CommandFailure`` for a filter whose value cannot be.
    init(_ text: String) throws(CommandFailure) {
        var isQuoted = false
        for word in text.split(separator: " ") {
            let quotes = word.count { $0 == "\"" }
            defer { if !quotes.isMultiple(of: 2) { isQuoted.toggle() } }
            if !isQuoted, quotes == 0, try take(word) { continue }
            words.append(String(word))
        }
    }

    /// Takes a word for a filter, if it is one.
    private mutating func take(_ word: Substring) throws(CommandFailure) -> Bool {
        guard let colon = word.firstIndex(of: ":") else { return false }
        let value = String(word[word.index(after: colon)...])
        guard !value.isEmpty else { return false }
        do throws(ValueProblem) {
            switch word[..<colon] {
            case "from": authors.append(try ValueType<UserReference>.userRef.value(of: value))
            case "mentions": mentioned.append(try ValueType<UserReference>.userRef.value(of: value))
            case "in": channels.append(try ValueType<ChannelReference>.channelRef.value(of: value))
            case "has": features.append(try ValueType<String>.choice(Self.features).value(of: value))
            case "filename": filenames.append(value)
            case "extension": extensions.append(value)
            case "before": before = try ValueType<InstantExpression>.instant.value(of: value)
            case "after": after = try ValueType<InstantExpression>.instant.value(of: value)
            default: return false
            }
            return true
        } catch {
            throw CommandFailure(
                .badData, code: "invalid", "in the query, \(SafeLine.text(String(word))): \(error.message)",
                hint: error.hint ?? "put it in double quotes to search for it as text")
        }
    }

    var text: String { words.joined(separator: " ") }
}
