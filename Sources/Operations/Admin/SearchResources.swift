// What the admin API says about searching and about the index.

/// A part of a snippet.
package struct SnippetPartResource: Codable, Hashable, Sendable {
    package var text: String
    package var match: Bool

    package init(text: String, match: Bool) {
        self.text = text
        self.match = match
    }
}

/// A message that was found: an item of `GET /v1/search`.
package struct SearchHitResource: Codable, Hashable, Sendable {
    package var id: String
    package var channelID: String
    package var channel: String
    package var authorID: String
    package var author: String
    package var at: String
    /// Thousandths, comparable within one answer; 0 unless it was sorted by relevance.
    package var score: Int
    /// Only when it was asked for in a user's name, or with a reason.
    package var snippet: [SnippetPartResource]?

    package init(
        id: String, channelID: String, channel: String, authorID: String, author: String, at: String, score: Int,
        snippet: [SnippetPartResource]?
    ) {
        self.id = id
        self.channelID = channelID
        self.channel = channel
        self.authorID = authorID
        self.author = author
        self.at = at
        self.score = score
        self.snippet = snippet
    }
}

/// Answer of `GET /v1/search`.
package struct SearchPageResource: Codable, Hashable, Sendable {
    package var items: [SearchHitResource]
    /// Matches in all pages; a lower bound unless ``isTotalExact``.
    package var total: Int
    package var isTotalExact: Bool
    /// What was said up to then can be found; `nil` when that is not known.
    package var indexedThrough: String?
    /// Stored events that are not indexed yet; `nil` from nodes that do not say.
    package var lag: UInt64?

    package init(
        items: [SearchHitResource], total: Int, isTotalExact: Bool, indexedThrough: String?, lag: UInt64? = nil
    ) {
        self.items = items
        self.total = total
        self.isTotalExact = isTotalExact
        self.indexedThrough = indexedThrough
        self.lag = lag
    }
}

/// `POST /v1/index/jobs`
package struct IndexJobForm: Codable, Hashable, Sendable {
    /// `rebuild`, `verify`, `repair`.
    package var kind: String
    /// Id or `GUILD/CHANNEL`; not for a rebuild.
    package var channel: String?
    /// Of a hundred messages so many are compared.
    package var samplePercent: UInt64?
    /// Messages a second at most.
    package var ratePerSecond: UInt64?
    package var reason: String?

    package init(
        kind: String, channel: String? = nil, samplePercent: UInt64? = nil, ratePerSecond: UInt64? = nil,
        reason: String? = nil
    ) {
        self.kind = kind
        self.channel = channel
        self.samplePercent = samplePercent
        self.ratePerSecond = ratePerSecond
        self.reason = reason
    }
}

/// Long work on the index, and what came of it: answer of `POST /v1/index/jobs` and part of `GET /v1/index`.
package struct IndexJobResource: Codable, Hashable, Sendable {
    /// `rebuild`, `verify`, `repair`.
    package var job: String
    /// `running`, `done`.
    package var state: String
    package var startedAt: String
    package var endedAt: String?
    /// Messages that were looked at.
    package var scanned: Int
    /// Messages that can be read and not be found.
    package var missing: Int
    /// Messages that are found by what they said before.
    package var outdated: Int
    /// Messages that are found and cannot be read any more.
    package var surplus: Int
    package var repaired: Int

    package init(
        job: String, state: String, startedAt: String, endedAt: String?, scanned: Int, missing: Int, outdated: Int,
        surplus: Int, repaired: Int
    ) {
        self.job = job
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.scanned = scanned
        self.missing = missing
        self.outdated = outdated
        self.surplus = surplus
        self.repaired = repaired
    }

    package var differences: Int { missing + outdated + surplus }
}

/// Answer of `GET /v1/index`.
package struct IndexResource: Codable, Hashable, Sendable {
    package var name: String
    /// Messages that can be found.
    package var documents: Int
    /// Stored events that are not indexed yet.
    package var lag: UInt64
    package var bytes: Int
    /// `ready`; `building` for the first time; `rebuilding` beside the one in use.
    package var state: String
    package var indexedThrough: String
    package var job: IndexJobResource?

    package init(
        name: String, documents: Int, lag: UInt64, bytes: Int, state: String, indexedThrough: String,
        job: IndexJobResource?
    ) {
        self.name = name
        self.documents = documents
        self.lag = lag
        self.bytes = bytes
        self.state = state
        self.indexedThrough = indexedThrough
        self.job = job
    }
}
