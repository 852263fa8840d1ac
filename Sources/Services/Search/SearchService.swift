package import Chat
package import Interface
import Metrics
import Synchronization

/// A message that was found.
package struct SearchFind: Hashable, Sendable {
    package var message: HydratedMessage
    package var snippet: SearchSnippet
    package var score: Double
}

/// What a search found.
package struct SearchAnswer: Hashable, Sendable {
    package var finds: [SearchFind]
    /// Matches in all pages, at most ``Interface/SearchQuery/countMax``, of the channels that the asker may read.
    package var total: Int
    package var isTotalExact: Bool
    /// Whether the index is being built anew beside the one that answered.
    package var isBuilding: Bool
    /// Unix milliseconds up to which everything that was said can be found; 0 when that is not known.
    package var indexedThrough: UInt64
    /// Events that are stored and not indexed yet.
    package var lag: UInt64
}

package enum SearchOutcome: Hashable, Sendable {
    case found(SearchAnswer)
    /// The index is being built for the first time.
    case notReady(documents: Int, retryAfterMilliseconds: UInt64)
    /// The index does not answer, or not in time.
    case unavailable(indexedThrough: UInt64?, retryAfterMilliseconds: UInt64)
}

/// Finds what was said, for those who may read it.
///
/// The index is asked about the asker's channels alone, so that neither hits nor counts nor cursors tell of others; and
/// each hit is read from the store and checked against the permissions as they are then.
package struct SearchService: Sendable {
    private static let retryAfterMilliseconds: UInt64 = 1_000

    private let access: Access
    private let store: any MessageStore
    private let index: any SearchIndex
    private let history: HistoryService
    private let progress: SearchProgress
    private let time: any TimeSource
    private let seconds = Metrics.Timer(label: "discord_search_query_seconds", preferredDisplayUnit: .seconds)

    package init(
        access: Access, store: any MessageStore, index: any SearchIndex, history: HistoryService,
        progress: SearchProgress, time: any TimeSource
    ) {
        self.access = access
        self.store = store
        self.index = index
        self.history = history
        self.progress = progress
        self.time = time
    }

    /// Searches a guild.
    /// - Parameter query: its channels are those to look at, none for all; others than the asker may read are as if they
    ///   did not exist.
    /// - Throws: `.unknownGuild` to those who are no members; `.unavailable` when the store is down.
    package func search(
        guild: GuildID, _ query: SearchQuery, for user: UserID
    ) async throws(ServiceError) -> SearchOutcome {
        let asked = Set(query.channels)
        return try await search(query, for: user) { () async throws(ServiceError) in
            let grant = try await access.guild(guild, for: user)
            let readable = Self.readable(grant, user)
            return asked.isEmpty ? readable : readable.intersection(asked)
        }
    }

    /// Searches one channel.
    /// - Throws: what ``Access/channel(_:for:needing:)`` throws.
    package func search(
        channel: ChannelID, _ query: SearchQuery, for user: UserID
    ) async throws(ServiceError) -> SearchOutcome {
        let isAsked = query.channels.isEmpty || query.channels.contains(channel)
        return try await search(query, for: user) { () async throws(ServiceError) in
            let grant = try await access.channel(channel, for: user)
            guard grant.channel.holdsMessages else { throw ServiceError(.wrongChannelType) }
            return isAsked && grant.permissions.contains(.readMessageHistory) ? [channel] : []
        }
    }

    /// Searches as the operator, who may look everywhere; callers record why.
    package func search(everywhereIn channels: [ChannelID], _ query: SearchQuery) async throws(ServiceError)
        -> SearchOutcome
    {
        try await search(query, for: nil) { () async throws(ServiceError) in Set(channels) }
    }

    private static func readable(_ grant: Access.GuildGrant, _ user: UserID) -> Set<ChannelID> {
        let roles = grant.profile.member.roles
        let readable = grant.snapshot.channels.values.filter { channel in
            channel.holdsMessages
                && grant.snapshot.permissions(of: user, roles: roles, in: channel)
                    .isSuperset(of: [.viewChannel, .readMessageHistory])
        }
        return Set(readable.map(\.id))
    }

    /// - Parameter channels: asked before and after the index is: a permission that goes meanwhile counts.
    private func search(
        _ query: SearchQuery, for user: UserID?, _ channels: () async throws(ServiceError) -> Set<ChannelID>
    ) async throws(ServiceError) -> SearchOutcome {
        var query = query
        query.channels = try await channels().sorted()
        let start = time.monotonicMilliseconds
        let page: SearchPage?
        let state: SearchProgress.Reading
        do throws(BackendError) {
            page = try await index.search(query)
            state = try await progress.read()
        } catch {
            guard error.code != .rejected else { throw ServiceError(error) }
            return .unavailable(
                indexedThrough: progress.last, retryAfterMilliseconds: Self.retryAfterMilliseconds)
        }
        seconds.recordMilliseconds(Int64(clamping: time.monotonicMilliseconds - start))
        guard let page else {
            return .notReady(
                documents: state.status.build?.documents ?? 0, retryAfterMilliseconds: Self.retryAfterMilliseconds)
        }
        let finds = try await finds(page, readable: try await channels(), for: user)
        return .found(
            SearchAnswer(
                finds: finds, total: max(finds.count, page.total - (page.hits.count - finds.count)),
                isTotalExact: page.isTotalExact, isBuilding: state.status.build != nil,
                indexedThrough: state.indexedThrough, lag: state.lag
            )
        )
    }

    /// The hits that are still what the index took them for.
    private func finds(
        _ page: SearchPage, readable: Set<ChannelID>, for user: UserID?
    ) async throws(ServiceError) -> [SearchFind] {
        var kept: [(hit: SearchHit, message: Message)] = []
        for hit in page.hits where readable.contains(hit.place.channel) {
            let message: Message?
            do throws(BackendError) {
                message = try await store.message(hit.place.id, in: hit.place.channel, includingDeleted: false)
            } catch {
                throw ServiceError(error)
            }
            guard let message, message.version == hit.version || Self.says(message, hit.content) else { continue }
            kept.append((hit, message))
        }
        let hydrated = try await history.hydrate(kept.map(\.message), for: user)
        let byID = Dictionary(hydrated.map { ($0.message.id, $0) }, uniquingKeysWith: { first, _ in first })
        return kept.compactMap { kept in
            byID[kept.message.id].map {
                SearchFind(message: $0, snippet: kept.hit.snippet, score: kept.hit.score)
            }
        }
    }

    /// Whether a newer version of a message still says what was found: something else about it changed. What the index
    /// keeps has other control characters.
    private static func says(_ message: Message, _ indexed: String) -> Bool {
        func plain(_ text: String) -> [Unicode.Scalar] {
            text.unicodeScalars.map { $0.value <= 3 ? "\u{FFFD}" : $0 }
        }
        return plain(message.content) == plain(indexed)
    }
}
