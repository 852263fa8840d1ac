import Chat
import Interface
import Services
import Synchronization
import Testing

@Suite("Message intake") struct MessageIntakeTests {
    private func intake(_ world: World, time: any TimeSource = StandingTime(), waitersMax: Int = 100) async throws
        -> MessageIntake
    {
        try await MessageIntake(
            access: world.access, log: world.log, store: world.store, bus: world.bus, node: World.node, time: time,
            waitersMax: waitersMax
        )
    }

    /// Accepts a message, lets the chat service process it and returns what it became.
    private func send(_ message: NewMessage, in world: World, as user: User, to channel: ChannelID? = nil) async throws
        -> HydratedMessage
    {
        let intake = try await intake(world)
        let accepted = try await intake.accept(message, to: channel ?? world.general, as: user)
        try await world.settle()
        return try await intake.outcome(of: accepted)
    }

    private func code(_ body: () async throws -> Void) async -> ServiceError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? ServiceError)?.code
        }
    }

    @Test func returnsTheStoredMessage() async throws {
        let world = try await World()
        let text = "Grüße \u{202E}\u{200D}e\u{301} 👩‍👩‍👧"
        let sent = try await send(
            NewMessage(content: text, nonce: .integer(7), enforcesNonce: true, flags: ~0), in: world, as: world.alice
        )
        let stored = try #require(world.visible().first)
        #expect(sent.message == stored)
        #expect(Array(stored.content.utf8) == Array(text.utf8))
        #expect(stored.nonce == .integer(7))
        #expect(stored.flags == 1 << 2 | 1 << 12)
        #expect(sent.author == world.alice)
        #expect(sent.member?.user == world.alice.id)
    }

    @Test func refusesByPermissionBeforeTheLog() async throws {
        let world = try await World()
        let intake = try await intake(world)
        let plain = NewMessage(content: "x")
        let cases: [(NewMessage, ChannelID, User, ServiceError.Code)] = [
            (plain, ChannelID(99), world.alice, .unknownChannel),
            (plain, world.general, world.stranger, .unknownChannel),
            (plain, world.hidden, world.alice, .missingAccess), (plain, world.category, world.alice, .nonTextChannel),
            (NewMessage(content: "x", isTTS: true), world.general, world.alice, .missingPermissions),
        ]
        for (message, channel, user, expected) in cases {
            #expect(await code { _ = try await intake.accept(message, to: channel, as: user) } == expected)
        }
        #expect(world.log.all(.messages).isEmpty)
    }

    @Test func embedsTakeTheirPermission() async throws {
        let world = try await World()
        world.directory.change { contents in
            contents.guilds[world.guild]?.roles[RoleID(everyoneOf: world.guild)]?.permissions = [
                .viewChannel, .sendMessages,
            ]
        }
        let intake = try await intake(world)
        let message = NewMessage(content: "x", embeds: Array("[{}]".utf8))
        #expect(
            await code { _ = try await intake.accept(message, to: world.general, as: world.alice) }
                == .missingPermissions)
        _ = try await intake.accept(message, to: world.general, as: world.owner)
    }

    @Test(arguments: [("", ServiceError.Code.emptyMessage), (" \n\u{2003}", .emptyMessage)])
    func refusesEmptyText(text: String, expected: ServiceError.Code) async throws {
        let world = try await World()
        let intake = try await intake(world)
        #expect(
            await code { _ = try await intake.accept(NewMessage(content: text), to: world.general, as: world.alice) }
                == expected)
    }

    @Test func limitsCountScalars() async throws {
        let world = try await World()
        let intake = try await intake(world)
        func paths(_ message: NewMessage) async -> [[String]] {
            guard
                case .invalidForm(let errors) = await code({
                    _ = try await intake.accept(message, to: world.general, as: world.alice)
                })
            else { return [] }
            return errors.map(\.path)
        }
        // A family is one character of five scalars: 400 of them are just within the limit.
        let family = String(repeating: "👩\u{200D}👩\u{200D}👧", count: 400)
        #expect(await paths(NewMessage(content: family)).isEmpty)
        #expect(await paths(NewMessage(content: family + "x")) == [["content"]])
        #expect(await paths(NewMessage(content: String(repeating: "x", count: 100_000))) == [["content"]])
        #expect(await paths(NewMessage(content: "a\u{0}b")) == [["content"]])
        #expect(await paths(NewMessage(content: "x", nonce: .text(String(repeating: "n", count: 25)))).isEmpty)
        #expect(await paths(NewMessage(content: "x", nonce: .text(String(repeating: "n", count: 26)))) == [["nonce"]])
        #expect(
            await paths(NewMessage(content: "x", embeds: Array(repeating: 1, count: Limits.embedBytesMax + 1))) == [
                ["embeds"]
            ])
        let both = AllowedMentions(parse: .users, users: [world.bob.id])
        #expect(await paths(NewMessage(content: "x", allowedMentions: both)) == [["allowed_mentions", "users"]])
    }

    @Test func mentionsCountWhenTheyExistAndMayBePinged() async throws {
        let world = try await World()
        let text = "<@4> <@!2> <@5> <@99> <@&3001> <@&3002> <@&1000> @everyone"
        let ordinary = try await send(NewMessage(content: text), in: world, as: world.alice).message.mentions
        #expect(ordinary == Mentions(users: [world.moderator.id, world.bob.id], roles: [world.helpers]))
        let powerful = try await send(NewMessage(content: text), in: world, as: world.owner)
        #expect(powerful.message.mentions.roles == [world.moderators, world.helpers])
        #expect(powerful.message.mentions.everyone)
        #expect(powerful.mentioned == [world.moderator, world.bob])
        let silent = NewMessage(content: text, allowedMentions: AllowedMentions())
        #expect(try await send(silent, in: world, as: world.owner).message.mentions.isEmpty)
    }

    @Test func aDeadlineLeavesTheMessageInTheLog() async throws {
        let world = try await World()
        let time = StandingTime()
        let intake = try await intake(world, time: time)
        async let sending = code {
            _ = try await intake.send(NewMessage(content: "late"), to: world.general, as: world.alice)
        }
        await time.someoneSleeps()
        time.advance(5_000)
        #expect(await sending == .queued(retryAfterMilliseconds: MessageIntake.queuedRetryMilliseconds))
        // Its outcome comes too late for anybody and does no harm.
        try await world.settle()
        #expect(world.visible().map(\.content) == ["late"])
    }

    @Test func cancellationEndsTheWait() async throws {
        let world = try await World()
        let intake = try await intake(world)
        let accepted = try await intake.accept(NewMessage(content: "x"), to: world.general, as: world.alice)
        let waiting = Task { await code { _ = try await intake.outcome(of: accepted) } }
        waiting.cancel()
        #expect(await waiting.value == .queued(retryAfterMilliseconds: MessageIntake.queuedRetryMilliseconds))
    }

    @Test func waitersAreBounded() async throws {
        let world = try await World()
        let time = StandingTime()
        let intake = try await intake(world, time: time, waitersMax: 2)
        for _ in 0..<2 { _ = try await intake.accept(NewMessage(content: "x"), to: world.general, as: world.alice) }
        let refusal = await code {
            _ = try await intake.accept(NewMessage(content: "x"), to: world.general, as: world.alice)
        }
        #expect(refusal == .unavailable(retryAfterMilliseconds: MessageIntake.queuedRetryMilliseconds))
        #expect(world.log.all(.messages).count == 2)
        // Those that nobody awaits make room at their deadline.
        await time.someoneSleeps()
        time.advance(5_000)
        while await code({ _ = try await intake.accept(NewMessage(content: "x"), to: world.general, as: world.alice) })
            != nil
        {
            await Task.yield()
        }
        #expect(world.log.all(.messages).count == 3)
    }

    @Test func moreThanTheNodeStoresInTimeIsRefusedBeforeTheLog() async throws {
        let world = try await World()
        var limits = AdmissionLimits()
        limits.outstandingMax = 3
        let intake = try await MessageIntake(
            access: world.access, log: world.log, store: world.store, bus: world.bus, node: World.node,
            time: StandingTime(), limits: limits
        )
        let message = NewMessage(content: "x")
        var accepted: [AcceptedMessage] = []
        // What fails before the log gives its place back, and so does an edge that could not go on.
        for _ in 0..<5 {
            #expect(
                await code { _ = try await intake.accept(message, to: ChannelID(99), as: world.alice) }
                    == .unknownChannel)
            intake.admission.withdraw(try intake.admission.admit())
        }
        for _ in 0..<3 { accepted.append(try await intake.accept(message, to: world.general, as: world.alice)) }
        func isBusy(_ body: () async throws -> Void) async -> Bool {
            guard case .busy(let wait) = await code(body) else { return false }
            return (1_000...2_000).contains(wait)
        }
        #expect(await isBusy { _ = try await intake.accept(message, to: world.general, as: world.alice) })
        #expect(await isBusy { try await intake.delete(MessageID(1), in: world.general, as: world.alice.id) })
        #expect(world.log.all(.messages).count == 3)
        // Stored: there is room again, whether anybody asked for the outcome or not.
        intake.disregard(accepted[0])
        try await world.settle()
        _ = try await intake.outcome(of: accepted[1])
        for _ in 0..<3 { _ = try await intake.accept(message, to: world.general, as: world.alice) }
        #expect(await isBusy { _ = try await intake.accept(message, to: world.general, as: world.alice) })
    }

    @Test func aMessageThatNobodyAwaitsTakesNoPlaceAmongTheWaiters() async throws {
        let world = try await World()
        let intake = try await intake(world, waitersMax: 2)
        for _ in 0..<10 {
            intake.disregard(try await intake.accept(NewMessage(content: "x"), to: world.general, as: world.alice))
            try await world.settle()
        }
        #expect(world.visible().count == 10)
    }

    @Test func postedMessagesLieInOrderAndAreToldOfWithoutTheirEvents() async throws {
        let world = try await World()
        let intake = try await intake(world, waitersMax: 20)
        for number in 0..<10 {
            try await intake.post(
                NewMessage(content: "\(number)"), to: world.general, as: world.alice, ticket: intake.admission.admit()
            ) { Issue.record("refused: \($0)") }
        }
        try await world.settle()
        #expect(world.visible().map(\.content) == (0..<10).map(String.init))
        #expect(try world.outcomes().map(\.result) == Array(repeating: .settled, count: 10))
    }

    @Test func aPostedMessageThatTheLogDoesNotTakeGivesItsPlaceBack() async throws {
        let world = try await World()
        let down = ServiceError.Code.unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds)
        for (code, expected) in [
            (BackendError.Code.unavailable, down),
            (.timedOut, .queued(retryAfterMilliseconds: MessageIntake.queuedRetryMilliseconds)),
        ] {
            var limits = AdmissionLimits()
            limits.outstandingMax = 1
            let intake = try await MessageIntake(
                access: world.access, log: FailingLog(world.log, code), store: world.store, bus: world.bus,
                node: World.node, time: StandingTime(), limits: limits)
            let told = Mutex<[ServiceError.Code]>([])
            try await intake.post(
                NewMessage(content: "x"), to: world.general, as: world.alice, ticket: intake.admission.admit()
            ) { error in told.withLock { $0.append(error.code) } }
            #expect(told.withLock { $0 } == [expected])
            // One that may be in the log after all keeps its place until its outcome or its deadline.
            #expect((try? intake.admission.admit()) == nil ? code == .timedOut : code == .unavailable)
        }
    }

    @Test func aPostedMessageThatMayNotBeSentGivesItsPlaceBack() async throws {
        let world = try await World()
        var limits = AdmissionLimits()
        limits.outstandingMax = 1
        let intake = try await MessageIntake(
            access: world.access, log: world.log, store: world.store, bus: world.bus, node: World.node,
            time: StandingTime(), limits: limits)
        for _ in 0..<3 {
            let ticket = try intake.admission.admit()
            #expect(
                await code {
                    try await intake.post(
                        NewMessage(content: "x"), to: ChannelID(99), as: world.alice, ticket: ticket
                    ) { Issue.record("told twice: \($0)") }
                } == .unknownChannel)
        }
    }

    @Test func aDownBackendIsSaidAtOnce() async throws {
        let world = try await World()
        let down = ServiceError.Code.unavailable(retryAfterMilliseconds: ServiceError.retryAfterMilliseconds)
        let unlogged = try await MessageIntake(
            access: world.access, log: FailingLog(world.log, .unavailable), store: world.store, bus: world.bus,
            node: World.node,
            time: StandingTime(),
            waitersMax: 1
        )
        // Again and again: a command that was not taken leaves nobody waiting.
        for _ in 0..<3 {
            #expect(
                await code { _ = try await unlogged.send(NewMessage(content: "x"), to: world.general, as: world.alice) }
                    == down)
        }
        world.directory.isDown = true
        let intake = try await intake(world)
        #expect(
            await code { _ = try await intake.accept(NewMessage(content: "x"), to: world.random, as: world.bob) }
                == down)
    }

    @Test func anAppendThatTimedOutIsAwaited() async throws {
        let world = try await World()
        let time = StandingTime()
        let intake = try await MessageIntake(
            access: world.access, log: FailingLog(world.log, .timedOut), store: world.store, bus: world.bus,
            node: World.node, time: time
        )
        let accepted = try await intake.accept(NewMessage(content: "x"), to: world.general, as: world.alice)
        #expect(accepted.acceptedAt == nil)
        async let outcome = code { _ = try await intake.outcome(of: accepted) }
        await time.someoneSleeps()
        time.advance(5_000)
        #expect(await outcome == .queued(retryAfterMilliseconds: MessageIntake.queuedRetryMilliseconds))
    }

    @Test func editsAndDeletionsGoThroughTheLog() async throws {
        let world = try await World(partitions: 2)
        let intake = try await intake(world)
        let run = Task { try await world.service().run() }
        let sent = try await intake.send(NewMessage(content: "one"), to: world.general, as: world.alice)
        let edited = try await intake.edit(
            sent.message.id, in: world.general, content: "two <@4>", embeds: nil, flags: ~0, allowedMentions: nil,
            as: world.alice
        )
        #expect(edited.message.content == "two <@4>")
        #expect(edited.message.mentions.users == [world.bob.id])
        #expect(edited.message.flags == 4)
        let theft = await code {
            _ = try await intake.edit(
                sent.message.id, in: world.general, content: "x", embeds: nil, flags: nil, allowedMentions: nil,
                as: world.bob
            )
        }
        #expect(theft == .notTheAuthor)
        #expect(
            await code { try await intake.delete(sent.message.id, in: world.general, as: world.bob.id) }
                == .missingPermissions)
        try await intake.delete(sent.message.id, in: world.general, as: world.moderator.id)
        #expect(
            await code { try await intake.delete(sent.message.id, in: world.general, as: world.alice.id) }
                == .unknownMessage)
        run.cancel()
        try await run.value
    }

    @Test func bulkDeletionIsCheckedAtTheEdge() async throws {
        let world = try await World()
        let time = StandingTime()
        let intake = try await intake(world, time: time)
        let fresh = Snowflake.make(unixMilliseconds: time.unixMilliseconds, low: 0)
        let old = Snowflake.make(unixMilliseconds: time.unixMilliseconds - Limits.bulkDeleteAgeMilliseconds - 1, low: 0)
        func refusal(_ ids: [UInt64], _ user: User) async -> ServiceError.Code? {
            await code { try await intake.deleteMany(ids.map { MessageID($0) }, in: world.general, as: user.id) }
        }
        #expect(await refusal([fresh, fresh], world.moderator) == .bulkDeleteCount)
        #expect(await refusal((0...100).map { fresh + $0 }, world.moderator) == .bulkDeleteCount)
        #expect(await refusal([fresh, old], world.moderator) == .bulkDeleteTooOld)
        #expect(await refusal([fresh, fresh + 1], world.alice) == .missingPermissions)
        #expect(world.log.all(.messages).isEmpty)
    }
}
