package import Chat

/// What to look for, and where. Kinds of filters are joined by *and*; within a list any one of its values will do, but
/// for ``features``, all of which have to be there. An empty list filters nothing, except for ``channels``.
package struct SearchQuery: Hashable, Sendable {
    package enum Order: String, Hashable, Sendable, CaseIterable {
        case newest, oldest
        /// The most telling of the newest ``SearchQuery/rankedMax`` matches first, the newer of equals first.
        case relevance
    }

    /// Channels in one query.
    package static let channelsMax = 1_000
    /// Values in all the lists of one query together, besides the channels.
    package static let valuesMax = 256
    /// Matches in one page.
    package static let pageMax = 25
    /// Matches that can be skipped (Discord's API).
    package static let offsetMax = 9_975
    /// Matches that are counted: as many as pages can reach.
    package static let countMax = offsetMax + pageMax
    /// Matches that are ranked by relevance.
    package static let rankedMax = 1_000

    /// The only channels that are looked at, whatever else is asked: the caller's permissions. None finds nothing.
    package var channels: [ChannelID]
    /// All of its terms have to be there. Without terms every message passes.
    package var text: SearchText
    package var authors: [UserID] = []
    package var authorKinds: [SearchAuthorKind] = []
    package var excludedAuthorKinds: [SearchAuthorKind] = []
    package var mentionedUsers: [UserID] = []
    package var mentionedRoles: [RoleID] = []
    /// `nil` for either.
    package var mentionsEveryone: Bool?
    /// `nil` for either.
    package var isPinned: Bool?
    /// Replies to these messages.
    package var repliedToMessages: [MessageID] = []
    /// Replies to what these users wrote.
    package var repliedToUsers: [UserID] = []
    package var features: [SearchFeature] = []
    package var excludedFeatures: [SearchFeature] = []
    package var linkHosts: [String] = []
    package var embedTypes: [String] = []
    /// Whole names of files.
    package var filenames: [String] = []
    /// What stands behind the last dot of a file's name.
    package var fileExtensions: [String] = []
    /// Only messages with a greater id.
    package var after: MessageID?
    /// Only messages with a smaller id.
    package var before: MessageID?
    package var order: Order = .newest
    /// 0 to ``offsetMax``.
    package var offset = 0
    /// 1 to ``pageMax``.
    package var limit = SearchQuery.pageMax

    package init(channels: [ChannelID], text: SearchText = SearchText("")) {
        self.channels = channels
        self.text = text
    }

    /// How many values all the lists but the channels hold.
    package var valueCount: Int {
        let users = authors.count + mentionedUsers.count + mentionedRoles.count
        let kinds = authorKinds.count + excludedAuthorKinds.count + features.count + excludedFeatures.count
        let replies = repliedToMessages.count + repliedToUsers.count
        return users + kinds + replies + linkHosts.count + embedTypes.count + filenames.count + fileExtensions.count
    }
}

/// A part of what was said, around what was looked for. The parts joined are text of the message; nothing in it is
/// markup, so nothing has to be escaped before it reaches a reader's own markup.
package struct SearchSnippet: Hashable, Sendable {
    package struct Part: Hashable, Sendable {
        package var text: String
        package var isMatch: Bool

        package init(_ text: String, isMatch: Bool) {
            self.text = text
            self.isMatch = isMatch
        }
    }

    package var parts: [Part]

    package init(_ parts: [Part]) {
        self.parts = parts
    }

    package var text: String { parts.map(\.text).joined() }
}

/// A message that matches, as the index knows it. Who shows it has to ask the store what it says now.
package struct SearchHit: Hashable, Sendable {
    package var place: MessageLocation
    package var version: UInt64
    package var snippet: SearchSnippet
    /// The version's words, as far as the index keeps them: control characters may differ.
    package var content: String
    /// Greater is better; comparable within one answer. 0 without ranking.
    package var score: Double

    package init(place: MessageLocation, version: UInt64, snippet: SearchSnippet, content: String, score: Double = 0) {
        self.place = place
        self.version = version
        self.snippet = snippet
        self.content = content
        self.score = score
    }
}

/// One page of matches.
package struct SearchPage: Hashable, Sendable {
    package var hits: [SearchHit]
    /// Matches in all pages, at most ``SearchQuery/countMax``.
    package var total: Int
    /// False when there may be more than ``total``: the bound or the time was reached.
    package var isTotalExact: Bool

    package init(hits: [SearchHit], total: Int, isTotalExact: Bool) {
        self.hits = hits
        self.total = total
        self.isTotalExact = isTotalExact
    }
}
