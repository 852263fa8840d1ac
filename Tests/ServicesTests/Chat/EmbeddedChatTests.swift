import Chat
import EmbeddedBackend
import FoundationEssentials
import Interface
import Services
import Synchronization
import Testing

/// The message path over the backends that ship: SQLite on a disk and the bus in the process.
@Suite("Chat over the embedded backends") struct EmbeddedChatTests {
    private static let guild = GuildID(1_000)
    private static let channel = ChannelID(2_001)
    private static let alice = User(id: UserID(3), username: "alice")

    /// One life of a node: opens the directory, runs the chat service, does something, and stops without warning.
    private func live(
        in directory: String, _ body: (MessageIntake, HistoryService, EmbeddedBackends) async throws -> Void
    ) async throws {
        let time = SystemTime()
        let backends = try EmbeddedBackends.open(directory: directory, time: time, logger: World.silence)
        if try await backends.directory.account(Self.alice.id) == nil { try await found(in: backends.directory) }
        let node = try await backends.coordinator.register("n", now: time.unixMilliseconds, leaseMilliseconds: 10_000)
        let access = Access(cache: try await GuildCache(directory: backends.directory, bus: backends.bus))
        let intake = try await MessageIntake(
            access: access, log: backends.log, store: backends.store, bus: backends.bus, node: node.number, time: time,
            deadlineMilliseconds: 60_000
        )
        let service = ChatService(
            node: node, log: backends.log, store: backends.store, bus: backends.bus, coordinator: backends.coordinator,
            access: access, time: time, logger: World.silence
        )
        let run = Task { try await service.run() }
        try await body(intake, HistoryService(access: access, store: backends.store), backends)
        await intake.close()
        run.cancel()
        try await run.value
        try backends.close()
    }

    private func found(in directory: any Directory) async throws {
        try await directory.create(Account(user: Self.alice))
        try await directory.create(
            Guild(id: Self.guild, name: "Guild", owner: Self.alice.id),
            roles: [Role(id: RoleID(everyoneOf: Self.guild), name: "@everyone", permissions: .everyoneDefault)],
            channels: [Channel(id: Self.channel, kind: .text, guild: Self.guild, name: "general")],
            owner: Member(user: Self.alice.id, joinedAt: 1)
        )
    }

    @Test func messagesOutliveTheProcessAndKeepTheirOrder() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "chat-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        var sent: [MessageID] = []
        for life in 0..<3 {
            try await live(in: directory.path) { intake, history, _ in
                for index in 0..<5 {
                    let message = NewMessage(content: "life \(life), message \(index)")
                    sent.append(try await intake.send(message, to: Self.channel, as: Self.alice).message.id)
                }
                // The same nonce in every life: one message.
                let once = NewMessage(content: "once", nonce: .integer(1), enforcesNonce: true)
                let id = try await intake.send(once, to: Self.channel, as: Self.alice).message.id
                if life == 0 { sent.append(id) }
                #expect(sent.contains(id))
                let page = try await history.page(of: Self.channel, .latest, limit: 100, for: Self.alice.id)
                #expect(page.map(\.message.id) == sent.reversed())
                #expect(page.allSatisfy { $0.author == Self.alice })
            }
        }
        #expect(sent == sent.sorted())
        try await live(in: directory.path) { intake, history, backends in
            let edited = try await intake.edit(
                sent[0], in: Self.channel, content: "edited", embeds: nil, flags: nil, allowedMentions: nil,
                as: Self.alice
            )
            #expect(edited.message.content == "edited")
            try await intake.deleteMany(Array(sent[1...2]), in: Self.channel, as: Self.alice.id)
            let page = try await history.page(of: Self.channel, .latest, limit: 100, for: Self.alice.id)
            #expect(page.map(\.message.id) == ([sent[0]] + sent[3...]).reversed())
            #expect(page.last?.message.content == "edited")
            let deleted = try await backends.store.message(sent[1], in: Self.channel, includingDeleted: true)
            #expect(deleted?.deletedAt != nil)
        }
    }

    /// Whoever opens a channel has it at once; the other one is told before the first message comes, and only then.
    @Test func aDirectChannelIsAnnouncedToTheOtherBeforeItsFirstMessage() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "chat-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await live(in: directory.path) { intake, _, backends in
            let bob = User(id: UserID(4), username: "bob")
            let robot = User(id: UserID(5), username: "robot", isBot: true)
            for user in [bob, robot] { try await backends.directory.create(Account(user: user)) }
            let heard = Heard()
            let subscription = try await backends.bus.attach(heard)
            for user in [Self.alice, bob, robot] { try await subscription.subscribe(.user(user.id)) }
            let channels = [ChannelID(3_000), ChannelID(3_001)]
            for (channel, other) in zip(channels, [bob, robot]) {
                let opened = try await backends.directory.openDirect(channel, from: Self.alice.id, to: other.id)
                #expect(opened.id == channel)
                for _ in 0..<2 { _ = try await intake.send(NewMessage(content: "x"), to: channel, as: Self.alice) }
            }
            let toBob = heard.events(of: bob.id)
            guard case .direct(.channel(.created, let told, let recipients))? = toBob.first else {
                Issue.record("not told: \(toBob)")
                return
            }
            #expect(told.id == channels[0] && recipients == [Self.alice])
            for (user, channel) in [(bob, channels[0]), (robot, channels[1])] {
                let rest = heard.events(of: user.id).suffix(2)
                #expect(rest.allSatisfy { if case .directActivity(channel, _) = $0 { true } else { false } })
            }
            #expect(toBob.count == 3)
            // A bot knows a direct channel by its messages.
            #expect(heard.events(of: robot.id).count == 2)
            #expect(heard.events(of: Self.alice.id).count == 4)
            await subscription.cancel()
        }
    }

    /// What came over users' streams.
    private final class Heard: FanoutReceiver {
        private let all = Mutex<[(topic: FanoutTopic, event: UserEvent)]>([])

        func receive(_ event: FanoutEvent) {
            guard let decoded = try? UserEvent(encoded: event.payload) else { return }
            all.withLock { $0.append((event.topic, decoded)) }
        }

        func events(of user: UserID) -> [UserEvent] {
            all.withLock { all in all.filter { $0.topic == .user(user) }.map(\.event) }
        }
    }
}
