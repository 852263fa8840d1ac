import Chat
package import Interface

/// The promises of ``Interface/SearchIndex``, one case each.
package enum SearchIndexContract: String, CaseIterable, Sendable {
    case nothingIsAskedBeforeTheFirstBuild, wordsAreFound, allTermsHaveToBeThere, phrasesKeepTheirOrder
    case theLastWordMayGoOn, caseAndAccentsDoNotMatter, scriptsWithoutSpacesAreFound, operatorsAreWords
    case noChannelsFindNothing, onlyTheNamedChannelsAreLookedAt
    case authorsFilter, kindsOfAuthorsFilter, mentionsFilter, featuresFilter, hostsFilter, filesFilter, pinsFilter
    case repliesFilter, idsBound
    case newestFirst, oldestFirst, relevanceRanks, pagesFollowEachOther, countsAreBounded, boundsAreHeld
    case matchesAreMarked, marksCannotBeForged, withoutWordsTheBeginningIsShown
    case newerVersionsReplace, olderVersionsDoNot, removalIsForGood, repeatingChangesNothing, progressIsKept
    case versionsAreTold, entriesWalkThroughTheIndex
    case buildsHappenBeside, liveChangesReachTheBuild, aBuildDoesNotBringBackWhatWasRemoved, beginningAgainStartsAnew
    case extendingNeedsABuild

    static let channel = ChannelID(10)

    /// - Parameter make: an index of its own for each call, never built.
    package func check(_ make: () async throws -> any SearchIndex) async throws {
        let index = try await make()
        switch self {
        case .nothingIsAskedBeforeTheFirstBuild, .buildsHappenBeside, .liveChangesReachTheBuild,
            .aBuildDoesNotBringBackWhatWasRemoved, .beginningAgainStartsAnew, .extendingNeedsABuild:
            return try await checkBuilds(of: index)
        default: break
        }
        try await index.beginBuild()
        try await index.finishBuild()
        switch self {
        case .wordsAreFound, .allTermsHaveToBeThere, .phrasesKeepTheirOrder, .theLastWordMayGoOn,
            .caseAndAccentsDoNotMatter, .scriptsWithoutSpacesAreFound, .operatorsAreWords, .noChannelsFindNothing,
            .onlyTheNamedChannelsAreLookedAt:
            try await checkWords(of: index)
        case .authorsFilter, .kindsOfAuthorsFilter, .mentionsFilter, .featuresFilter, .hostsFilter, .filesFilter,
            .pinsFilter, .repliesFilter, .idsBound:
            try await checkFilters(of: index)
        case .newestFirst, .oldestFirst, .relevanceRanks, .pagesFollowEachOther, .countsAreBounded, .boundsAreHeld,
            .matchesAreMarked, .marksCannotBeForged, .withoutWordsTheBeginningIsShown:
            try await checkPages(of: index)
        case .newerVersionsReplace, .olderVersionsDoNot, .removalIsForGood, .repeatingChangesNothing, .progressIsKept,
            .versionsAreTold, .entriesWalkThroughTheIndex:
            try await checkChanges(of: index)
        case .nothingIsAskedBeforeTheFirstBuild, .buildsHappenBeside, .liveChangesReachTheBuild,
            .aBuildDoesNotBringBackWhatWasRemoved, .beginningAgainStartsAnew, .extendingNeedsABuild:
            preconditionFailure("checked above")
        }
    }

    static func document(
        _ number: UInt64, _ content: String, in channel: ChannelID = channel, version: UInt64? = nil,
        _ change: (inout SearchDocument) -> Void = { _ in }
    ) -> SearchDocument {
        let id = Samples.messageID(number * 1_000)
        var document = SearchDocument(
            id: id, channel: channel, author: UserID(7), version: version ?? id.rawValue, content: content)
        change(&document)
        return document
    }

    static func put(_ documents: [SearchDocument], into index: any SearchIndex) async throws {
        try await index.apply(documents.map { .put($0) }, indexed: [:])
    }

    /// The numbers of the samples that a query finds, in its order.
    static func find(
        _ text: String, in index: any SearchIndex, channels: [ChannelID] = [channel],
        _ change: (inout SearchQuery) -> Void = { _ in }
    ) async throws -> [UInt64] {
        var query = SearchQuery(channels: channels, text: SearchText(text))
        change(&query)
        let page = try demandValue(try await index.search(query), "the index is built")
        return page.hits.map { number(of: $0.place.id) }
    }

    static func number(of id: MessageID) -> UInt64 {
        (id.unixMilliseconds - Samples.startUnixMilliseconds) / 1_000
    }
}

extension SearchIndexContract {
    private func checkWords(of index: any SearchIndex) async throws {
        switch self {
        case .wordsAreFound:
            try await Self.put([Self.document(1, "the quick fox"), Self.document(2, "a slow dog")], into: index)
            try demand(try await Self.find("quick", in: index), is: [1], "a word is found")
            try demand(try await Self.find("cat", in: index), is: [], "another is not")
        case .allTermsHaveToBeThere:
            try await Self.put([Self.document(1, "quick fox"), Self.document(2, "quick dog")], into: index)
            try demand(try await Self.find("dog quick", in: index), is: [2], "all terms, in any order")
        case .phrasesKeepTheirOrder:
            try await Self.put([Self.document(1, "fox quick"), Self.document(2, "quick fox")], into: index)
            try demand(try await Self.find("\"quick fox\"", in: index), is: [2], "a phrase is in order")
            try demand(try await Self.find("quick-fox", in: index), is: [2], "what is written together stays together")
        case .theLastWordMayGoOn:
            try await Self.put([Self.document(1, "deployment"), Self.document(2, "de facto")], into: index)
            try demand(try await Self.find("deploy", in: index), is: [1], "the last word may go on")
            try demand(try await Self.find("deploy ", in: index), is: [], "unless it was ended")
            try demand(try await Self.find("\"deploy\"", in: index), is: [], "or quoted")
            try demand(try await Self.find("de", in: index), is: [2], "or is too short")
        case .caseAndAccentsDoNotMatter:
            try await Self.put([Self.document(1, "Crème Brûlée ÜBER")], into: index)
            try demand(try await Self.find("creme über", in: index), is: [1], "case and accents do not matter")
        case .scriptsWithoutSpacesAreFound:
            try await Self.put([Self.document(1, "今日は会議です、よろしく")], into: index)
            try demand(try await Self.find("会議", in: index), is: [1], "a word inside a run is found")
            try demand(try await Self.find("議会", in: index), is: [], "its characters in another order are not")
        case .operatorsAreWords:
            let texts = [
                "a OR b", "NEAR(a b)", "content : secret", "'; DROP TABLE state; --", "\"unbalanced", "x* ^y + z",
                "(((", "{labels} : c10", "NOT c10", "a AND NOT b", "\0nul", "labels:\"c10\"",
            ]
            for (number, text) in texts.enumerated() {
                try await Self.put([Self.document(UInt64(number + 1), text)], into: index)
            }
            try await Self.put([Self.document(90, "b"), Self.document(91, "c10 secret")], into: index)
            for (number, text) in texts.enumerated() where !SearchText(text).isEmpty {
                let found = try await Self.find(text, in: index)
                try demand(found.contains(UInt64(number + 1)), "'\(text)' finds itself")
                try demand(!found.contains(90), "'\(text)' is no language")
            }
        case .noChannelsFindNothing:
            try await Self.put([Self.document(1, "hello")], into: index)
            try demand(try await Self.find("hello", in: index, channels: []), is: [], "no channels, no hits")
        case .onlyTheNamedChannelsAreLookedAt:
            let other = ChannelID(11)
            try await Self.put(
                [Self.document(1, "hello"), Self.document(2, "hello c10", in: other)], into: index)
            try demand(try await Self.find("hello", in: index), is: [1], "only the named channel")
            let both = try await Self.find("hello", in: index, channels: [Self.channel, other])
            try demand(both, is: [2, 1], "any of the named")
            let many = (100..<1_100).map { ChannelID($0) }
            try demand(try await Self.find("hello", in: index, channels: many), is: [], "a thousand channels")
        default: preconditionFailure("not a clause of words")
        }
    }

    private func checkFilters(of index: any SearchIndex) async throws {
        switch self {
        case .authorsFilter:
            try await Self.put(
                [Self.document(1, "x"), Self.document(2, "x") { $0.author = UserID(9) }], into: index)
            try demand(
                try await Self.find("", in: index) { $0.authors = [UserID(9)] }, is: [2], "an author's messages")
            try demand(
                try await Self.find("", in: index) { $0.authors = [UserID(9), UserID(7)] }, is: [2, 1], "either's")
        case .kindsOfAuthorsFilter:
            try await Self.put([Self.document(1, "x"), Self.document(2, "x") { $0.authorKind = .bot }], into: index)
            try demand(try await Self.find("", in: index) { $0.authorKinds = [.bot] }, is: [2], "bots'")
            try demand(try await Self.find("x", in: index) { $0.excludedAuthorKinds = [.bot] }, is: [1], "not bots'")
        case .mentionsFilter:
            try await Self.put(
                [
                    Self.document(1, "x") { $0.mentions = Mentions(users: [UserID(3)]) },
                    Self.document(2, "x") { $0.mentions = Mentions(roles: [RoleID(4)], everyone: true) },
                ], into: index)
            try demand(try await Self.find("", in: index) { $0.mentionedUsers = [UserID(3)] }, is: [1], "users")
            try demand(try await Self.find("", in: index) { $0.mentionedRoles = [RoleID(4)] }, is: [2], "roles")
            try demand(try await Self.find("", in: index) { $0.mentionsEveryone = true }, is: [2], "everyone")
            try demand(try await Self.find("", in: index) { $0.mentionsEveryone = false }, is: [1], "not everyone")
        case .featuresFilter:
            try await Self.put(
                [
                    Self.document(1, "x") { $0.features = [.link] },
                    Self.document(2, "x") { $0.features = [.link, .embed] }, Self.document(3, "x"),
                ], into: index)
            try demand(try await Self.find("", in: index) { $0.features = [.link] }, is: [2, 1], "with a link")
            try demand(try await Self.find("", in: index) { $0.features = [.link, .embed] }, is: [2], "with both")
            let without = try await Self.find("", in: index) { $0.excludedFeatures = [.embed] }
            try demand(without, is: [3, 1], "without an embed")
        case .hostsFilter:
            try await Self.put(
                [
                    Self.document(1, "x") { $0.linkHosts = ["example.com"] },
                    Self.document(2, "x") { $0.embedTypes = ["rich"] },
                ], into: index)
            try demand(try await Self.find("", in: index) { $0.linkHosts = ["EXAMPLE.com"] }, is: [1], "hosts")
            try demand(try await Self.find("", in: index) { $0.linkHosts = ["example"] }, is: [], "whole hosts")
            try demand(try await Self.find("", in: index) { $0.embedTypes = ["rich"] }, is: [2], "kinds of embeds")
        case .filesFilter:
            try await Self.put(
                [
                    Self.document(1, "x") { $0.filenames = ["Notes.tar.GZ", "a.png"] },
                    Self.document(2, "x") { $0.filenames = ["gz"] }, Self.document(3, "x"),
                ], into: index)
            try demand(try await Self.find("", in: index) { $0.filenames = ["notes.TAR.gz"] }, is: [1], "whole names")
            try demand(try await Self.find("", in: index) { $0.filenames = ["notes"] }, is: [], "and no parts of them")
            try demand(
                try await Self.find("", in: index) { $0.filenames = ["a.png", "gz"] }, is: [2, 1], "any of them")
            try demand(try await Self.find("", in: index) { $0.fileExtensions = ["gz"] }, is: [1], "extensions")
            try demand(try await Self.find("", in: index) { $0.fileExtensions = ["tar.gz"] }, is: [], "the last one")
        case .pinsFilter:
            let documents = [Self.document(1, "x") { $0.isPinned = true }, Self.document(2, "x")]
            try await Self.put(documents, into: index)
            try demand(try await Self.find("", in: index) { $0.isPinned = true }, is: [1], "what is pinned")
            try demand(try await Self.find("", in: index) { $0.isPinned = false }, is: [2], "what is not")
            let newer = documents[0].version + 1
            try await Self.put([Self.document(1, "x", version: newer)], into: index)
            try demand(try await Self.find("", in: index) { $0.isPinned = true }, is: [], "as of the last version")
        case .repliesFilter:
            let (first, second) = (Samples.messageID(1_000), Samples.messageID(2_000))
            let documents = [
                Self.document(1, "x"),
                Self.document(2, "x") { ($0.repliedToMessage, $0.repliedToUser) = (first, UserID(7)) },
                Self.document(3, "x") { ($0.repliedToMessage, $0.repliedToUser) = (second, UserID(9)) },
                Self.document(4, "x") { $0.repliedToMessage = first },
            ]
            try await Self.put(documents, into: index)
            func find(_ change: (inout SearchQuery) -> Void) async throws -> [UInt64] {
                try await Self.find("", in: index, change)
            }
            try demand(try await find { $0.repliedToMessages = [first] }, is: [4, 2], "replies to a message")
            try demand(try await find { $0.repliedToUsers = [UserID(7)] }, is: [2], "replies to a user")
            try demand(try await find { $0.repliedToUsers = [UserID(7), UserID(9)] }, is: [3, 2], "to either")
            let both = try await find { ($0.repliedToMessages, $0.repliedToUsers) = ([first], [UserID(9)]) }
            try demand(both, is: [], "both filters have to hold")
        case .idsBound:
            try await Self.put((1...5).map { Self.document($0, "x") }, into: index)
            let found = try await Self.find("x", in: index) { query in
                query.after = Samples.messageID(2_000)
                query.before = Samples.messageID(5_000)
            }
            try demand(found, is: [4, 3], "ids bound, without themselves")
        default: preconditionFailure("not a clause of filters")
        }
    }
}
