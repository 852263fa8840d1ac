import Chat
import Interface

extension SearchIndexContract {
    private static func page(
        _ text: String, _ index: any SearchIndex, _ change: (inout SearchQuery) -> Void = { _ in }
    ) async throws -> SearchPage {
        var query = SearchQuery(channels: [channel], text: SearchText(text))
        change(&query)
        return try demandValue(try await index.search(query), "the index is built")
    }

    func checkPages(of index: any SearchIndex) async throws {
        switch self {
        case .newestFirst, .oldestFirst:
            try await Self.put((1...4).map { Self.document($0, "x") }, into: index)
            try demand(try await Self.find("x", in: index), is: [4, 3, 2, 1], "newest first")
            try demand(
                try await Self.find("x", in: index) { $0.order = .oldest }, is: [1, 2, 3, 4], "or oldest first")
        case .relevanceRanks:
            let long = String(repeating: "other words here ", count: 40)
            try await Self.put(
                [
                    Self.document(1, "fox and fox and fox"), Self.document(2, long + "fox"), Self.document(3, "fox"),
                ], into: index)
            let ranked = try await Self.page("fox", index) { $0.order = .relevance }
            try demand(ranked.hits.map { Self.number(of: $0.place.id) }.last, is: 2, "buried words rank last")
            let scores = ranked.hits.map(\.score)
            try demand(scores == scores.sorted(by: >), "the best first")
            let second = try await Self.find("fox", in: index) { query in
                (query.order, query.offset, query.limit) = (.relevance, 2, 1)
            }
            try demand(second, is: [2], "ranks go on across pages")
        case .pagesFollowEachOther:
            try await Self.put((1...60).map { Self.document($0, "x") }, into: index)
            var seen: [UInt64] = []
            for offset in [0, 25, 50] {
                let page = try await Self.page("x", index) { $0.offset = offset }
                try demand(page.total, is: 60, "every page knows how many there are")
                try demand(page.isTotalExact, "a small number is exact")
                seen += page.hits.map { Self.number(of: $0.place.id) }
            }
            try demand(seen, is: (1...60).reversed(), "pages follow each other")
        case .countsAreBounded:
            for start in stride(from: UInt64(1), to: 10_050, by: 5_000) {
                try await Self.put((start..<min(start + 5_000, 10_050)).map { Self.document($0, "x") }, into: index)
            }
            let page = try await Self.page("x", index)
            try demand(page.total, is: SearchQuery.countMax, "counting ends somewhere")
            try demand(!page.isTotalExact, "and says so")
            let last = try await Self.page("x", index) { $0.offset = SearchQuery.offsetMax }
            try demand(last.hits.count, is: SearchQuery.pageMax, "all that is counted can be reached")
        case .boundsAreHeld:
            let tooMany = (0...UInt64(SearchQuery.channelsMax)).map { ChannelID($0) }
            try await demandRefusal(.rejected, "channels are bounded") {
                _ = try await index.search(SearchQuery(channels: tooMany))
            }
            try await demandRefusal(.rejected, "values are bounded") {
                _ = try await Self.page("x", index) { $0.authors = (0...300).map { UserID($0) } }
            }
            try await demandRefusal(.rejected, "offsets are bounded") {
                _ = try await Self.page("x", index) { $0.offset = SearchQuery.offsetMax + 1 }
            }
            try await demandRefusal(.rejected, "pages are bounded") {
                _ = try await Self.page("x", index) { $0.limit = SearchQuery.pageMax + 1 }
            }
        case .matchesAreMarked:
            try await Self.put([Self.document(1, "the quick <b>fox</b> & 会議室")], into: index)
            let snippet = try demandValue(try await Self.page("fox 会議", index).hits.first, "a hit").snippet
            try demand(snippet.text, is: "the quick <b>fox</b> & 会議室", "the parts are the text")
            try demand(snippet.parts.filter(\.isMatch).map(\.text), is: ["fox", "会議"], "what matches is marked")
        case .marksCannotBeForged:
            try await Self.put([Self.document(1, "\u{2}evil\u{3} \u{1}fox\u{0} <mark>no</mark>")], into: index)
            let hit = try demandValue(try await Self.page("fox", index).hits.first, "a hit")
            try demand(hit.snippet.parts.filter(\.isMatch).map(\.text), is: ["fox"], "a message cannot mark itself")
        case .withoutWordsTheBeginningIsShown:
            try await Self.put([Self.document(1, String(repeating: "word ", count: 200))], into: index)
            let hit = try demandValue(try await Self.page("", index).hits.first, "a hit")
            try demand(hit.snippet.text.hasPrefix("word word"), "the beginning is shown")
            try demand(hit.snippet.text.count < 400, "and no more")
            try demand(hit.snippet.parts.allSatisfy { !$0.isMatch }, "with nothing marked")
        default: preconditionFailure("not a clause of pages")
        }
    }

    func checkChanges(of index: any SearchIndex) async throws {
        let first = Self.document(1, "old words")
        let second = Self.document(1, "new words", version: first.version + 1)
        switch self {
        case .newerVersionsReplace:
            try await Self.put([first], into: index)
            try await Self.put([second], into: index)
            try demand(try await Self.find("old", in: index), is: [], "the old words are gone")
            try demand(try await Self.find("new", in: index), is: [1], "the new ones are found")
            try demand(try await index.status().documents, is: 1, "it is one message still")
        case .olderVersionsDoNot:
            try await Self.put([second], into: index)
            try await Self.put([first], into: index)
            try demand(try await Self.find("old", in: index), is: [], "a late replay changes nothing")
            try demand(try await Self.find("new", in: index), is: [1], "the new words stay")
        case .removalIsForGood:
            try await Self.put([first], into: index)
            try await index.apply([.remove(first.place)], indexed: [:])
            try await Self.put([first, second], into: index)
            try demand(try await Self.find("words", in: index), is: [], "what is removed does not come back")
            let unseen = Self.document(2, "words")
            try await index.apply([.remove(unseen.place), .put(unseen)], indexed: [:])
            try demand(try await Self.find("words", in: index), is: [], "not even when the removal came first")
            try demand(try await index.status().documents, is: 0, "nothing is left")
        case .repeatingChangesNothing:
            let changes: [SearchChange] = [
                .put(first), .put(second), .put(Self.document(2, "words")), .put(Self.document(3, "words")),
                .remove(Self.document(3, "").place),
            ]
            for _ in 0..<3 { try await index.apply(changes, indexed: [:]) }
            try await index.apply(changes.reversed(), indexed: [:])
            try demand(try await Self.find("words", in: index), is: [2, 1], "repetition in any order is harmless")
            try demand(try await index.status().documents, is: 2, "and counts nothing twice")
        case .progressIsKept:
            try await index.apply([.put(first)], indexed: [3: IndexedThrough(next: 5, timestamp: 77)])
            try await index.apply([], indexed: [4: IndexedThrough(next: 9, timestamp: 99)])
            let status = try await index.status()
            try demand(
                status.indexed,
                is: [3: IndexedThrough(next: 5, timestamp: 77), 4: IndexedThrough(next: 9, timestamp: 99)],
                "partitions are remembered")
            try demand(status.bytes > 0 && status.isBuilt && status.build == nil, "the status says the rest")
        case .versionsAreTold:
            try await Self.put([second, Self.document(2, "x")], into: index)
            try await index.apply([.remove(Self.document(2, "").place)], indexed: [:])
            let versions = try await index.versions(of: [second.id, Self.document(2, "").id, MessageID(5)])
            try demand(versions, is: [second.id: second.version], "versions of what can be found")
        case .entriesWalkThroughTheIndex:
            let documents = (1...5).map { Self.document($0, "x", in: ChannelID(20 - $0 % 2)) }
            try await Self.put(documents, into: index)
            try await index.apply([.remove(documents[0].place)], indexed: [:])
            var walked: [SearchEntry] = []
            while true {
                let entries = try await index.entries(after: walked.last?.place, in: nil, limit: 2)
                guard !entries.isEmpty else { break }
                walked += entries
            }
            let expected = documents.dropFirst().sorted { ($0.channel, $0.id) < ($1.channel, $1.id) }
            try demand(
                walked, is: expected.map { SearchEntry(place: $0.place, version: $0.version) }, "all, in order")
            let one = try await index.entries(after: nil, in: ChannelID(20), limit: 9)
            try demand(one.map(\.place.channel), is: [ChannelID(20), ChannelID(20)], "or one channel's")
        default: preconditionFailure("not a clause of changes")
        }
    }

    func checkBuilds(of index: any SearchIndex) async throws {
        let (one, two) = (Self.document(1, "words"), Self.document(2, "words"))
        switch self {
        case .nothingIsAskedBeforeTheFirstBuild:
            let page = try await index.search(SearchQuery(channels: [Self.channel]))
            try demand(page, is: nil, "there is nothing to ask")
            try demand(!(try await index.status().isBuilt), "and the status says so")
        case .buildsHappenBeside:
            try await index.beginBuild()
            try await index.finishBuild()
            try await Self.put([one], into: index)
            try await index.beginBuild()
            try demand(try await Self.find("words", in: index), is: [1], "the old one answers meanwhile")
            try await index.extendBuild([two], through: two.place)
            let status = try await index.status()
            try demand(
                status.build, is: SearchBuild(documents: 1, place: two.place), "the status tells how far it is")
            try demand(try await Self.find("words", in: index), is: [1], "the build is not seen")
            try await index.finishBuild()
            try demand(try await Self.find("words", in: index), is: [2], "then it is, and nothing else")
            try demand(try await index.status().build, is: nil, "the build is over")
        case .liveChangesReachTheBuild:
            try await index.beginBuild()
            try await Self.put([two], into: index)
            try await index.extendBuild([one], through: one.place)
            try await index.finishBuild()
            try demand(try await Self.find("words", in: index), is: [2, 1], "nothing is lost between")
        case .aBuildDoesNotBringBackWhatWasRemoved:
            try await index.beginBuild()
            try await index.apply([.remove(one.place)], indexed: [:])
            try await index.extendBuild([one], through: one.place)
            try await index.finishBuild()
            try demand(try await Self.find("words", in: index), is: [], "an older copy brings nothing back")
        case .beginningAgainStartsAnew:
            try await index.beginBuild()
            try await index.extendBuild([one], through: one.place)
            try await index.beginBuild()
            try demand(
                try await index.status().build, is: SearchBuild(documents: 0, place: nil), "it starts anew")
            try await index.extendBuild([two], through: two.place)
            try await index.finishBuild()
            try demand(try await Self.find("words", in: index), is: [2], "what was unfinished is gone")
        case .extendingNeedsABuild:
            try await demandRefusal(.conflict, "nothing to extend") {
                try await index.extendBuild([one], through: one.place)
            }
            try await demandRefusal(.conflict, "nothing to finish") { try await index.finishBuild() }
        default: preconditionFailure("not a clause of builds")
        }
    }
}
