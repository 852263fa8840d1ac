extension AdminClient {
    /// How a list is walked through.
    package struct Walk: Sendable {
        /// The query's name for the place to go on from: `after`, `before`.
        package var parameter: String
        package var start: String?
        /// Items that one request may ask for.
        package var pageMax: Int
        /// Whether the next page follows the first item of this one, not the last: messages after an id come newest
        /// first.
        package var continuesFromFirst: Bool

        package init(_ parameter: String, start: String? = nil, pageMax: Int, continuesFromFirst: Bool = false) {
            self.parameter = parameter
            self.start = start
            self.pageMax = pageMax
            self.continuesFromFirst = continuesFromFirst
        }
    }

    /// Asks for page after page until the list ends or `limit` items came; `nil` for all.
    /// - Parameters:
    ///   - identifier: the id of an item, by which the walk goes on.
    ///   - body: called with each page.
    /// - Returns: where to go on when there may be more, else `nil`.
    package func pages<Item: Codable & Sendable>(
        _ path: [String], query: [(String, String)] = [], _ walk: Walk, limit: Int?, identifier: (Item) -> String,
        _ body: ([Item]) async throws -> Void
    ) async throws -> String? {
        var left = limit ?? .max
        var cursor = walk.start
        while left > 0 {
            let asked = min(left, walk.pageMax)
            var query = query + [("limit", String(asked))]
            if let cursor { query.append((walk.parameter, cursor)) }
            let page = try await get(path, query: query, as: AdminList<Item>.self)
            // A node that gives more than was asked for must not make the walk go wrong.
            let items = Array(page.items.prefix(asked))
            try await body(items)
            let edge = walk.continuesFromFirst ? items.first : items.last
            guard page.next != nil, let edge else { return nil }
            let next = identifier(edge)
            guard next != cursor else {
                throw AdminClientError.notUnderstood(detail: "the list does not go on after \(next)")
            }
            cursor = next
            left -= items.count
        }
        return cursor
    }
}
