import BackendContracts
import Chat
import EmbeddedBackend
import Interface
import Testing

@testable import Services

/// The indexer over the backends that ship, fed by hand.
@Suite("Search indexer") struct SearchIndexerTests {
    private static let channel = ChannelID(10)
    private let directory: TemporaryDirectory
    private let time = SystemTime()

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// One life of a node that indexes, with a store and a log that the test writes to.
    private func live(
        indexes: Bool = true, _ body: (EmbeddedBackends, IndexKeeper) async throws -> Void
    ) async throws {
        let backends = try EmbeddedBackends.open(directory: directory.path, time: time, logger: World.silence)
        let node = try await backends.coordinator.register("n", now: time.unixMilliseconds, leaseMilliseconds: 10_000)
        let access = Access(cache: try await GuildCache(directory: backends.directory, bus: backends.bus))
        let keeper = IndexKeeper(
            access: access, store: backends.store, index: backends.search, time: time, logger: World.silence,
            pace: .unbounded)
        let indexer = SearchIndexer(
            node: node, log: backends.log, coordinator: backends.coordinator, index: backends.search, keeper: keeper,
            time: time, logger: World.silence, pace: .unbounded)
        let run = Task { if indexes { try await indexer.run() } }
        try await body(backends, keeper)
        run.cancel()
        try await run.value
        try backends.close()
    }

    /// Does what the chat service does with a message: store first, then the event.
    private func store(_ message: Message, in backends: EmbeddedBackends, tells: Bool = true) async throws {
        try await backends.store.apply([MessageWrite(message: message)])
        guard tells else { return }
        let event: ChannelEvent =
            message.deletedAt != nil
            ? .messageDeleted(message.id, channel: message.channel, guild: message.guild)
            : .messageCreated(
                HydratedMessage(message: message, author: User(id: message.author, username: "u"), member: nil))
        _ = try await backends.log.append([
            NewRecord(topic: .messagesStored, key: message.channel.rawValue, payload: event.encoded())
        ])
    }

    private func find(_ text: String, in backends: EmbeddedBackends) async throws -> [MessageID]? {
        let query = SearchQuery(channels: [Self.channel], text: SearchText(text))
        return try await backends.search.search(query)?.hits.map(\.place.id)
    }

    private func waitUntil(_ text: String, finds expected: [MessageID], in backends: EmbeddedBackends) async throws {
        try await eventually("'\(text)' finds \(expected)", deadlineMilliseconds: 30_000) {
            try await find(text, in: backends) == expected
        }
    }

    @Test func catchesUpWithWhatCameWhileItStoodStill() async throws {
        let ids = (1...4).map { Samples.messageID($0) }
        try await live { backends, _ in
            try await store(Samples.message(ids[0], content: "word"), in: backends)
            try await waitUntil("word", finds: [ids[0]], in: backends)
        }
        try await live(indexes: false) { backends, _ in
            for id in ids[1...2] { try await store(Samples.message(id, content: "word"), in: backends) }
            var deleted = Samples.message(ids[0], content: "word", version: ids[3].rawValue)
            deleted.deletedAt = 1
            try await store(deleted, in: backends)
        }
        try await live { backends, _ in
            try await waitUntil("word", finds: [ids[2], ids[1]], in: backends)
        }
    }

    @Test func survivesRecordsThatCannotBeRead() async throws {
        let id = Samples.messageID(1)
        try await live { backends, _ in
            _ = try await backends.log.append([
                NewRecord(topic: .messagesStored, key: Self.channel.rawValue, payload: [255, 1, 2])
            ])
            try await store(Samples.message(id, content: "word"), in: backends)
            try await waitUntil("word", finds: [id], in: backends)
        }
    }

    @Test func buildsWhatWasStoredBeforeThereWasAnIndex() async throws {
        let ids = (1...1_203).map { Samples.messageID($0) }
        try await live(indexes: false) { backends, _ in
            try await backends.store.apply(
                ids.map { MessageWrite(message: Samples.message($0, content: "word \($0)")) })
        }
        try await live { backends, keeper in
            try await eventually("the index is built", deadlineMilliseconds: 60_000) {
                try await backends.search.status().isBuilt && keeper.current?.state == .done
            }
            #expect(try await backends.search.status().documents == ids.count)
            #expect(keeper.current?.scanned == ids.count)
            #expect(try await find("\(ids[700])", in: backends) == [ids[700]])
        }
    }

    /// What is answered may lie in another step of the build, or be deleted.
    @Test func buildsWhatRepliesAnswer() async throws {
        let ids = (1...600).map { Samples.messageID($0) }
        func reply(_ id: MessageID, to answered: MessageID) -> Message {
            var message = Samples.message(id, content: "word")
            message.kind = .reply
            message.reference = MessageReference(message: answered, channel: Self.channel, guild: message.guild)
            return message
        }
        try await live(indexes: false) { backends, _ in
            var first = Samples.message(ids[0], content: "word")
            first.author = UserID(77)
            first.version += 1
            first.deletedAt = 1
            var messages = [first] + ids[1..<598].map { Samples.message($0, content: "word") }
            messages[1].author = UserID(78)
            try await backends.store.apply(messages.map { MessageWrite(message: $0) })
            try await backends.store.apply([
                MessageWrite(message: reply(ids[598], to: ids[0])), MessageWrite(message: reply(ids[599], to: ids[1])),
            ])
        }
        try await live { backends, keeper in
            try await eventually("the index is built", deadlineMilliseconds: 60_000) {
                try await backends.search.status().isBuilt && keeper.current?.state == .done
            }
            for (user, answered, found) in [(UserID(77), ids[0], ids[598]), (UserID(78), ids[1], ids[599])] {
                var query = SearchQuery(channels: [Self.channel])
                query.repliedToUsers = [user]
                #expect(try await backends.search.search(query)?.hits.map(\.place.id) == [found])
                query.repliedToUsers = []
                query.repliedToMessages = [answered]
                #expect(try await backends.search.search(query)?.hits.map(\.place.id) == [found])
            }
        }
    }

    @Test func goesOnWithABuildThatWasInterrupted() async throws {
        let ids = (1...3).map { Samples.messageID($0) }
        try await live(indexes: false) { backends, _ in
            for id in ids { try await store(Samples.message(id, content: "word"), in: backends, tells: false) }
            try await backends.search.beginBuild()
            let first = SearchDocument(
                id: ids[0], channel: Self.channel, author: UserID(7), version: ids[0].rawValue, content: "word")
            try await backends.search.extendBuild([first], through: first.place)
        }
        try await live { backends, keeper in
            try await waitUntil("word", finds: ids.reversed(), in: backends)
            try await eventually("the build is over") { keeper.current?.state == .done }
            #expect(keeper.current?.scanned == 2)
        }
    }

    @Test func losesNothingOfWhatHappensWhileItBuildsAnew() async throws {
        let old = (1...40).map { Samples.messageID($0) }
        let new = (41...80).map { Samples.messageID($0) }
        try await live { backends, keeper in
            for id in old { try await store(Samples.message(id, content: "word"), in: backends) }
            try await eventually("the first build is over") { keeper.current?.state == .done }
            #expect(keeper.start(IndexJobRequest(.rebuild)) != nil)
            for (index, id) in new.enumerated() {
                try await store(Samples.message(id, content: "word"), in: backends)
                var deleted = Samples.message(old[index], content: "word", version: id.rawValue)
                deleted.deletedAt = 1
                try await store(deleted, in: backends)
            }
            try await eventually("the rebuild is over") { keeper.current?.state == .done }
            try await eventually("the index holds what the store holds", deadlineMilliseconds: 30_000) {
                try await backends.search.status().documents == new.count
            }
            #expect(try await find("word", in: backends) == Array(new.reversed().prefix(25)))
        }
    }

    @Test func doesOneThingAtATime() async throws {
        try await live(indexes: false) { _, keeper in
            #expect(keeper.start(IndexJobRequest(.verify)) != nil)
            #expect(keeper.start(IndexJobRequest(.rebuild)) == nil)
        }
    }

    @Test(arguments: [IndexJob.Kind.verify, .repair])
    func comparesStoreAndIndex(_ kind: IndexJob.Kind) async throws {
        let ids = (1...5).map { Samples.messageID($0) }
        try await live { backends, keeper in
            for id in ids { try await store(Samples.message(id, content: "word"), in: backends) }
            try await eventually("all are indexed") { try await backends.search.status().documents == 5 }
            try await eventually("the first build is over") { keeper.current?.state == .done }
            // Behind the indexer's back: one more, one edited, one deleted.
            let extra = Samples.messageID(6)
            try await store(Samples.message(extra, content: "word"), in: backends, tells: false)
            let edited = Samples.message(ids[0], content: "changed", version: ids[0].rawValue + 1)
            try await store(edited, in: backends, tells: false)
            var deleted = Samples.message(ids[1], content: "word", version: ids[1].rawValue + 1)
            deleted.deletedAt = 1
            try await store(deleted, in: backends, tells: false)
            #expect(keeper.start(IndexJobRequest(kind)) != nil)
            try await eventually("the comparison is over") { keeper.current?.state == .done }
            let job = try #require(keeper.current)
            #expect((job.missing, job.outdated, job.surplus) == (1, 1, 1))
            #expect(job.repaired == (kind == .repair ? 3 : 0))
            let expected =
                kind == .repair ? [extra, ids[4], ids[3], ids[2]] : [ids[4], ids[3], ids[2], ids[1], ids[0]]
            #expect(try await find("word", in: backends) == expected)
        }
    }
}
