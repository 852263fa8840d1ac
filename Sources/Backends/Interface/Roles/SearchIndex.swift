package import Chat

/// An index that is being built beside the one in use.
package struct SearchBuild: Hashable, Sendable {
    /// Messages in it.
    package var documents: Int
    /// The last message of the store that was looked at; `nil` at the beginning.
    package var place: MessageLocation?

    package init(documents: Int, place: MessageLocation?) {
        self.documents = documents
        self.place = place
    }
}

/// What there is to say about the index.
package struct SearchIndexStatus: Hashable, Sendable {
    /// False until the first build is finished: there is nothing to ask yet.
    package var isBuilt: Bool
    /// Messages that can be found.
    package var documents: Int
    package var build: SearchBuild?
    /// By partition of the topic `messages-stored`; those of which nothing was indexed yet are left out.
    package var indexed: [Int: IndexedThrough]
    /// What it takes on the disk.
    package var bytes: Int

    package init(
        isBuilt: Bool, documents: Int, build: SearchBuild?, indexed: [Int: IndexedThrough], bytes: Int
    ) {
        self.isBuilt = isBuilt
        self.documents = documents
        self.build = build
        self.indexed = indexed
        self.bytes = bytes
    }
}

/// Finds messages by what they say. What it holds can be made again from the message store at any time.
///
/// Every change is guarded by the message's version and removals are final: repeating changes, in any order, leaves the
/// same index, so that a late replay cannot bring back what was edited or deleted. A reader sees a batch once the call
/// has returned.
///
/// A build goes on beside the index in use: from ``beginBuild()`` on live changes reach both, so that nothing is lost
/// between the scan of the store and ``finishBuild()``, which puts the new one in the place of the old one at once.
package protocol SearchIndex: Sendable {
    /// Carries out at most 10,000 changes, all or none, and moves the partitions on with them. A power failure may take
    /// back the last calls as a whole: the partitions say which.
    func apply(_ changes: [SearchChange], indexed: [Int: IndexedThrough]) async throws(BackendError)

    /// A page of matches; `nil` while nothing was ever built.
    /// - Throws: `.timedOut` when the query takes more time than one query may; `.rejected` beyond the bounds of
    ///   ``SearchQuery``.
    func search(_ query: SearchQuery) async throws(BackendError) -> SearchPage?

    func status() async throws(BackendError) -> SearchIndexStatus

    /// The versions under which messages (at most 10,000) can be found; those that cannot are left out.
    func versions(of ids: [MessageID]) async throws(BackendError) -> [MessageID: UInt64]

    /// What can be found, ascending by channel and id, behind a place; at most `limit` (1 to 1,000).
    /// - Parameter channel: only this one.
    func entries(
        after place: MessageLocation?, in channel: ChannelID?, limit: Int
    ) async throws(BackendError) -> [SearchEntry]

    /// Starts to build anew; what was built so far and not finished goes.
    func beginBuild() async throws(BackendError)

    /// Adds at most 10,000 messages of the store to the build, and notes how far the store was looked at.
    /// - Throws: `.conflict` when no build is under way.
    func extendBuild(_ documents: [SearchDocument], through place: MessageLocation) async throws(BackendError)

    /// Puts what was built in the place of what is in use.
    /// - Throws: `.conflict` when no build is under way.
    func finishBuild() async throws(BackendError)
}
