import Chat
import Interface

/// Queries in FTS5's language, made from our own tree: whatever comes from outside stands in a string of it, with its
/// quotes doubled, where nothing is an operator (fts5.html, 3).
///
/// Next to its words a message has labels, one word each: `c17` its channel, `a9` its author… They make every filter a
/// list of postings like any word's, so that a query never looks at a row it does not want.
struct SearchExpression: Sendable {
    /// The whole condition; `nil` when nothing can match.
    let match: String?
    /// The words alone, for highlighting; `nil` without words.
    let words: String?

    init(_ query: SearchQuery) {
        words =
            query.text.isEmpty ? nil : "content : (" + query.text.terms.map(Self.term).joined(separator: " AND ") + ")"
        guard !query.channels.isEmpty else {
            match = nil
            return
        }
        var wanted = [Self.anyOf(query.channels.map(SearchLabel.channel))]
        let lists: [[String]] = [
            query.authors.map(SearchLabel.author), query.authorKinds.map(SearchLabel.kind),
            query.mentionedUsers.map(SearchLabel.mentioned(user:)),
            query.mentionedRoles.map(SearchLabel.mentioned(role:)), query.linkHosts.map(SearchLabel.host),
            query.embedTypes.map(SearchLabel.embedType), query.filenames.map(SearchLabel.filename),
            query.fileExtensions.map(SearchLabel.fileExtension),
            query.repliedToMessages.map(SearchLabel.reply(to:)), query.repliedToUsers.map(SearchLabel.reply(toUser:)),
        ]
        wanted += lists.filter { !$0.isEmpty }.map(Self.anyOf)
        wanted += query.features.map { Self.anyOf([SearchLabel.feature($0)]) }
        var unwanted =
            query.excludedAuthorKinds.map(SearchLabel.kind) + query.excludedFeatures.map(SearchLabel.feature)
        for (isAsked, label) in [(query.mentionsEveryone, SearchLabel.everyone), (query.isPinned, SearchLabel.pinned)] {
            switch isAsked {
            case true: wanted.append(Self.anyOf([label]))
            case false: unwanted.append(label)
            case nil: break
            }
        }
        if let words { wanted.append(words) }
        let positive = "(" + wanted.joined(separator: " AND ") + ")"
        match = unwanted.isEmpty ? positive : positive + " NOT " + Self.anyOf(unwanted)
    }

    private static func anyOf(_ labels: [String]) -> String {
        "labels : (" + Set(labels).sorted().map(quoted).joined(separator: " OR ") + ")"
    }

    private static func term(_ term: SearchText.Term) -> String {
        quoted(SearchWords.indexed(term.text)) + (term.isPrefix ? " *" : "")
    }

    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            // NUL would end the expression: FTS5 reads it as a C string.
            if scalar == "\0" { continue }
            result.unicodeScalars.append(scalar)
            if scalar == "\"" { result.unicodeScalars.append(scalar) }
        }
        return result + "\""
    }
}

/// The labels of a message: one word of letters and digits each, whose first letter tells the kind.
enum SearchLabel {
    static let everyone = "everyone"
    static let pinned = "pinned"

    static func channel(_ id: ChannelID) -> String { "c\(id)" }
    static func author(_ id: UserID) -> String { "a\(id)" }
    static func kind(_ kind: SearchAuthorKind) -> String { "k" + kind.rawValue }
    static func mentioned(user id: UserID) -> String { "u\(id)" }
    static func mentioned(role id: RoleID) -> String { "r\(id)" }
    static func reply(to id: MessageID) -> String { "m\(id)" }
    static func reply(toUser id: UserID) -> String { "w\(id)" }
    static func feature(_ feature: SearchFeature) -> String { "h" + feature.rawValue }
    static func host(_ name: String) -> String { "l" + hexadecimal(name.lowercased()) }
    static func embedType(_ name: String) -> String { "t" + hexadecimal(name) }
    static func filename(_ name: String) -> String { "n" + hexadecimal(name.lowercased()) }
    static func fileExtension(_ text: String) -> String { "x" + hexadecimal(text.lowercased()) }

    /// What stands behind the last dot of a name; `nil` where there is none.
    private static func lastPart(of name: String) -> String? {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let last = parts.last, !last.isEmpty else { return nil }
        return String(last)
    }

    /// What may be any text becomes one word.
    private static func hexadecimal(_ text: String) -> String {
        text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static func all(of document: SearchDocument) -> String {
        var labels = [channel(document.channel), author(document.author), kind(document.authorKind)]
        labels += document.mentions.users.map(mentioned(user:))
        labels += document.mentions.roles.map(mentioned(role:))
        if document.mentions.everyone { labels.append(everyone) }
        if document.isPinned { labels.append(pinned) }
        if let message = document.repliedToMessage { labels.append(reply(to: message)) }
        if let user = document.repliedToUser { labels.append(reply(toUser: user)) }
        labels += document.features.map(feature)
        labels += document.linkHosts.map(host)
        labels += document.embedTypes.map(embedType)
        labels += document.filenames.map(filename)
        labels += Set(document.filenames.compactMap(lastPart)).map(fileExtension)
        return labels.joined(separator: " ")
    }
}
