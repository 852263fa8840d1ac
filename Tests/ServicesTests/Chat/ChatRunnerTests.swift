import Chat
import Interface
import Services
import Testing

@Suite("Chat service") struct ChatRunnerTests {
    @Test func aMessageIsStoredPublishedAndAnswered() async throws {
        let world = try await World()
        let position = try #require(
            world.put(world.command(.create(world.draft("hello", by: world.alice)), by: world.alice, request: 5)).first
        )
        try await world.settle()
        let message = try #require(world.visible().first)
        #expect(message.content == "hello")
        #expect(message.id.unixMilliseconds == position.timestamp)
        let event = try #require(world.bus.events(of: .channel(world.general)).first)
        #expect(event.position == position.offset + 1)
        #expect(event.epoch == 9)
        #expect(event.acceptedAt == position.timestamp)
        #expect(try world.outcomes().map(\.request) == [5])
        #expect(world.log.all(.messagesStored).count == 1)
    }

    @Test func aRepeatedNonceAnswersWithTheFirstMessageAndChangesNothing() async throws {
        let world = try await World()
        let draft = world.draft("once", by: world.alice, nonce: .text("n"))
        world.put(world.command(.create(draft), by: world.alice, request: 1))
        try await world.settle()
        world.put(world.command(.create(draft), by: world.alice, request: 2))
        // A new owner, whose own table is empty: the store knows.
        try await world.settle()
        let first = try #require(world.visible().first)
        #expect(world.visible().count == 1)
        #expect(try world.channelEvents().count == 1)
        let results = try world.outcomes().map(\.result)
        #expect(results.count == 2 && results[0] == results[1])
        guard case .done(.messageCreated(let answered)) = results[1] else { return #expect(Bool(false)) }
        #expect(answered.message == first)
    }

    @Test func nonceStandsForItsAuthorAndChannelOnly() async throws {
        let world = try await World()
        world.put(world.command(.create(world.draft("a", by: world.alice, nonce: .integer(1))), by: world.alice))
        world.put(world.command(.create(world.draft("b", by: world.bob, nonce: .integer(1))), by: world.bob))
        world.put(
            world.command(
                .create(world.draft("c", by: world.alice, nonce: .integer(1))), by: world.alice, in: world.random))
        world.put(world.command(.create(world.draft("d", by: world.alice, nonce: .text("1"))), by: world.alice))
        try await world.settle()
        #expect(world.visible().map(\.content) == ["a", "b", "d"])
        #expect(world.visible(world.random).map(\.content) == ["c"])
    }

    @Test func aRepeatedNonceOfADeletedMessageDoesNotServeItsText() async throws {
        let world = try await World()
        world.put(
            world.command(.create(world.draft("first words", by: world.alice, nonce: .integer(1))), by: world.alice))
        try await world.settle()
        let id = try #require(world.visible().first?.id)
        world.put(world.command(.delete(id), by: world.moderator))
        world.put(
            world.command(
                .create(world.draft("other words", by: world.alice, nonce: .integer(1))), by: world.alice, request: 3))
        try await world.settle()
        guard case .done(.messageCreated(let answered)) = try world.outcomes().first?.result else {
            return #expect(Bool(false))
        }
        #expect(answered.message.id == id)
        #expect(answered.message.content == "other words")
        #expect(world.visible().isEmpty)
    }

    @Test func onlyTheAuthorEdits() async throws {
        let world = try await World()
        world.put(world.command(.create(world.draft("mine", by: world.alice)), by: world.alice))
        try await world.settle()
        let id = try #require(world.visible().first?.id)
        world.put(world.command(.edit(id, world.edit("stolen", by: world.owner)), by: world.owner, request: 1))
        world.put(world.command(.edit(id, world.edit("better", by: world.alice)), by: world.alice, request: 2))
        world.put(world.command(.edit(id, world.edit("", by: world.alice)), by: world.alice, request: 3))
        world.put(
            world.command(.edit(id, world.edit("x", by: world.alice)), by: world.alice, in: world.random, request: 4))
        try await world.settle()
        #expect(world.visible().map(\.content) == ["better"])
        #expect(world.visible().first?.editedAt != nil)
        let results = try world.outcomes().map(\.result)
        #expect(results.first == .refused(.notTheAuthor))
        #expect(results.suffix(2) == [.refused(.emptyMessage), .refused(.unknownMessage)])
    }

    @Test func anEditOfPartsKeepsTheMentionedUsersOfTheText() async throws {
        let world = try await World()
        let draft = world.draft(
            "hi <@4>", by: world.alice, mentions: Mentions(users: [world.bob.id]), mentioned: [world.bob])
        world.put(world.command(.create(draft), by: world.alice))
        try await world.settle()
        let id = try #require(world.visible().first?.id)
        var edit = world.edit(nil, by: world.alice)
        edit.flags = 4
        world.put(world.command(.edit(id, edit), by: world.alice))
        try await world.settle()
        guard case .messageUpdated(let updated) = try world.channelEvents().last else { return #expect(Bool(false)) }
        #expect(updated.mentioned == [world.bob])
        #expect(updated.message.flags == 4)
        #expect(updated.message.content == "hi <@4>")
    }

    @Test func deletionTakesAuthorshipOrManageMessages() async throws {
        let world = try await World()
        for text in ["one", "two"] {
            world.put(world.command(.create(world.draft(text, by: world.alice)), by: world.alice))
        }
        try await world.settle()
        let ids = world.visible().map(\.id)
        world.put(world.command(.delete(ids[0]), by: world.bob, request: 1))
        world.put(world.command(.delete(ids[0]), by: world.moderator, request: 2))
        world.put(world.command(.delete(ids[0]), by: world.moderator, request: 3))
        world.put(world.command(.delete(ids[1]), by: world.alice, request: 4))
        world.put(world.command(.edit(ids[1], world.edit("back", by: world.alice)), by: world.alice, request: 5))
        try await world.settle()
        #expect(world.visible().isEmpty)
        #expect(world.store.rows.values.allSatisfy { $0.deletedAt != nil && !$0.content.isEmpty })
        let deleted = ids.map {
            CommandOutcome.Result.done(.messageDeleted($0, channel: world.general, guild: world.guild))
        }
        #expect(
            try world.outcomes().map(\.result) == [
                .refused(.missingPermission), deleted[0], .refused(.unknownMessage), deleted[1],
                .refused(.unknownMessage),
            ]
        )
    }

    @Test func bulkDeletionSkipsUnknownIdsAndNamesThoseDeleted() async throws {
        let world = try await World()
        for text in ["one", "two", "three"] {
            world.put(world.command(.create(world.draft(text, by: world.alice)), by: world.alice))
        }
        try await world.settle()
        let ids = world.visible().map(\.id)
        world.put(world.command(.deleteMany(Array(ids.prefix(2))), by: world.alice, request: 1))
        world.put(world.command(.deleteMany(ids.prefix(2) + [MessageID(4)]), by: world.moderator, request: 2))
        world.put(world.command(.deleteMany([MessageID(4), MessageID(5)]), by: world.moderator, request: 3))
        try await world.settle()
        #expect(world.visible().map(\.content) == ["three"])
        let event = ChannelEvent.messagesDeleted(Array(ids.prefix(2)), channel: world.general, guild: world.guild)
        #expect(try world.channelEvents().suffix(1) == [event])
        let nothing = ChannelEvent.messagesDeleted([], channel: world.general, guild: world.guild)
        #expect(try world.outcomes().map(\.result) == [.refused(.missingPermission), .done(event), .done(nothing)])
    }

    @Test func aDeletionAppliedBeforeACrashStandsThoughPermissionIsGone() async throws {
        let world = try await World()
        world.put(world.command(.create(world.draft("one", by: world.alice)), by: world.alice))
        try await world.settle()
        let id = try #require(world.visible().first?.id)
        world.put(world.command(.delete(id), by: world.moderator, request: 1))
        // Crashes after the store's write: the event is not out yet.
        var runner = try await PartitionRunner.resume(try await world.ownership(), world.backends)
        await #expect(throws: ChatHalt.self) {
            var crashing = world.backends
            crashing.log = FailingLog(world.log, .fenced)
            runner = try await PartitionRunner.resume(try await world.ownership(), crashing)
            _ = try await runner.step()
        }
        #expect(world.visible().isEmpty)
        world.directory.change { $0.members[world.guild]?[world.moderator.id]?.roles = [] }
        var other = world.backends
        other.access = Access(cache: try await GuildCache(directory: world.directory, bus: ModelBus()))
        var successor = try await PartitionRunner.resume(try await world.ownership(), other)
        _ = try await successor.step()
        #expect(try world.channelEvents().last == .messageDeleted(id, channel: world.general, guild: world.guild))
        #expect(try world.outcomes().count == 1)
    }

    @Test func aDirectoryThatIsDownMakesThePartitionWait() async throws {
        let world = try await World()
        world.put(world.command(.create(world.draft("one", by: world.alice)), by: world.alice))
        try await world.settle()
        let id = try #require(world.visible().first?.id)
        world.put(world.command(.delete(id), by: world.moderator, request: 1))
        world.directory.isDown = true
        let work = Task { try await world.settle() }
        while world.time.unixMilliseconds < 1_780_000_060_000 { await Task.yield() }
        #expect(world.visible().count == 1)
        #expect(world.log.all(.messagesDLQ).isEmpty)
        world.directory.isDown = false
        try await work.value
        #expect(world.visible().isEmpty)
    }

    @Test func aRecordTheStoreRefusesIsFoundAndSetAside() async throws {
        let world = try await World()
        let poison = world.draft("poison", by: world.alice, nonce: .integer(1))
        for index in 0..<9 {
            world.put(world.command(.create(world.draft("\(index)", by: world.alice)), by: world.alice))
            if index == 2 || index == 6 {
                world.put(world.command(.create(poison), by: world.alice, request: UInt64(index)))
            }
        }
        world.put(world.command(.create(world.draft("after", by: world.alice, nonce: .integer(1))), by: world.alice))
        try await world.settle()
        #expect(world.visible().map(\.content) == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "after"])
        let letters = try world.log.all(.messagesDLQ).map { try DeadLetter(encoded: $0.payload) }
        #expect(letters.map(\.offset) == [3, 8])
        #expect(letters.allSatisfy { $0.errorCode == "rejected" && $0.attempts > 1 && $0.mintedID != nil })
        #expect(letters.map(\.payload) == [3, 8].map { world.log.all(.messages)[$0].payload })
        #expect(try world.outcomes().map(\.result) == [.refused(.unprocessable), .refused(.unprocessable)])
    }

    @Test func aStaleOwnerStops() async throws {
        let world = try await World()
        var stale = try await PartitionRunner.resume(try await world.ownership(), world.backends)
        world.put(world.command(.create(world.draft("one", by: world.alice)), by: world.alice))
        try await world.settle()
        await #expect(throws: ChatHalt.fenced) { try await stale.step() }
        #expect(try world.channelEvents().count == 1)
    }

    @Test func aSteadyOwnerStopsAskingTheStoreForNonces() async throws {
        let world = try await World()
        let time = try #require(world.time as? ModelTime)
        var runner = try await PartitionRunner.resume(try await world.ownership(), world.backends)
        for index in 0..<4 {
            world.put(
                world.command(
                    .create(world.draft("m", by: world.alice, nonce: .integer(Int64(index)))), by: world.alice))
            _ = try await runner.step()
            time.advance(Limits.nonceWindowMilliseconds + 1_000)
        }
        // Once its own table spans the window; the first look of each batch rests on the last id, one batch behind.
        #expect(world.store.nonceReads < 4)
        #expect(world.visible().count == 4)
    }

    @Test func theServiceRunsEveryPartitionUntilItIsCancelled() async throws {
        let world = try await World(partitions: 4)
        let intake = try await MessageIntake(
            access: world.access, log: world.log, store: world.store, bus: world.bus, node: World.node,
            time: StandingTime())
        let service = world.service()
        let run = Task { try await service.run() }
        for channel in [world.general, world.random] {
            let sent = try await intake.send(NewMessage(content: "to \(channel)"), to: channel, as: world.alice)
            #expect(world.visible(channel) == [sent.message])
        }
        run.cancel()
        try await run.value
    }

    @Test func oldRecordsAreTrimmed() async throws {
        let world = try await World()
        let start = world.time.unixMilliseconds
        let service = world.service()
        let run = Task { try await service.run() }
        while world.log.trims.count < 2 { await Task.yield() }
        run.cancel()
        try await run.value
        #expect(Set(world.log.trims.keys) == [.messages, .messagesStored])
        let now = world.time.unixMilliseconds
        let earliest = start - ChatService.retentionMillisecondsDefault
        #expect(
            world.log.trims.values.allSatisfy { $0 >= earliest && $0 <= now - ChatService.retentionMillisecondsDefault }
        )
    }
}
