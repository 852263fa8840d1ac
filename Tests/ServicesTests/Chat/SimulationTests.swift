import Chat
import Interface
import Services
import Testing

/// The chat service under crashes and outages at every step, against a reference that does each record once.
///
/// Checks I1, I2, I3 and the nonce rule: whatever happened, the rows, the ids, the events and the answers are those of
/// a run without faults.
@Suite("Chat service under faults") struct SimulationTests {
    private static let seedsPerBlock = 40

    @Test(arguments: 0..<10)
    func everyRunEndsAsIfNothingHadHappened(block: Int) async throws {
        var seen = Sightings()
        for index in 0..<Self.seedsPerBlock {
            let seed = UInt64(block * Self.seedsPerBlock + index)
            var run = try await SimulatedRun(seed: seed)
            try await run.execute()
            run.check()
            seen.add(run.sightings)
        }
        // A green run in which these never occurred would have tested nothing.
        #expect(seen.crashes > 0)
        #expect(seen.outages > 0)
        #expect(seen.redelivered > 0)
        #expect(seen.duplicates > 0)
        #expect(seen.secondMessagesOfANonce > 0)
        #expect(seen.deadLetters > 0)
        #expect(seen.deleted > 0)
        #expect(seen.edited > 0)
        #expect(seen.announcedAgain > 0)
        #expect(seen.reacted > 0)
        #expect(seen.pinned > 0)
        #expect(seen.mentioned > 0)
    }
}

/// Interesting states reached.
struct Sightings {
    var crashes = 0, outages = 0, redelivered = 0, duplicates = 0, secondMessagesOfANonce = 0, deadLetters = 0,
        deleted = 0, edited = 0, reacted = 0, pinned = 0, mentioned = 0, announcedAgain = 0

    mutating func add(_ other: Sightings) {
        crashes += other.crashes
        outages += other.outages
        redelivered += other.redelivered
        duplicates += other.duplicates
        secondMessagesOfANonce += other.secondMessagesOfANonce
        deadLetters += other.deadLetters
        deleted += other.deleted
        edited += other.edited
        announcedAgain += other.announcedAgain
        reacted += other.reacted
        pinned += other.pinned
        mentioned += other.mentioned
    }
}

struct SimulatedRun {
    let seed: UInt64
    private var generator: SeededGenerator
    private let faults: Faults
    private let time = ModelTime()
    private let world: World
    private var nextRequest: UInt64 = 1
    private(set) var sightings = Sightings()

    init(seed: UInt64) async throws {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        faults = Faults(seed: seed &* 31 &+ 7)
        world = try await World(time: time, faults: faults, readMax: 12)
    }

    mutating func execute() async throws {
        faults.set(percent: 12, budget: 60)
        var runner: PartitionRunner?
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 1...8, using: &generator) { appendSomething() }
            for _ in 0..<Int.random(in: 0...3, using: &generator) { try await work(&runner) }
        }
        faults.set(percent: 0, budget: 0)
        while world.log.all(.messages).count > Int(runner?.next ?? 0) { try await work(&runner) }
        sightings.crashes = faults.crashes
        sightings.outages = faults.outages
        sightings.redelivered = world.bus.refused
    }

    /// One batch; a crash leaves no runner, and the next call starts a new one over what is there.
    private func work(_ runner: inout PartitionRunner?) async throws {
        do {
            if runner == nil { runner = try await PartitionRunner.resume(try await world.ownership(), world.backends) }
            _ = try await runner?.step()
        } catch ChatHalt.fenced {
            runner = nil
        }
    }

    private mutating func appendSomething() {
        if generator.chance(30) { time.advance(UInt64.random(in: 1...90_000, using: &generator)) }
        let channel =
            [world.general, world.general, world.random, world.direct].randomElement(using: &generator)
            ?? world.general
        // The moderator is none in direct messages, and no party to this one.
        let senders = channel == world.direct ? [world.alice, world.bob] : [world.alice, world.bob, world.moderator]
        let user = senders.randomElement(using: &generator) ?? world.alice
        nextRequest += 1
        var command = world.command(.delete(MessageID(0)), by: user, in: channel, request: nextRequest)
        switch Int.random(in: 0..<100, using: &generator) {
        case ..<3:
            world.log.appendSurely([NewRecord(topic: .messages, key: channel.rawValue, payload: [0xFF, 1, 2])])
            return
        case ..<6: command.action = .create(world.draft("poison", by: user, nonce: someNonce()))
        case ..<65:
            let (text, nonce) = ("text \(nextRequest)", someNonce())
            let isMentioning = generator.chance(30)
            let mentions =
                isMentioning ? Mentions(users: [world.bob.id], everyone: generator.chance(40)) : Mentions()
            command.action = .create(
                world.draft(
                    text, by: user, nonce: nonce, mentions: mentions, mentioned: isMentioning ? [world.bob] : []))
        case ..<72: command.action = .edit(someMessage(), world.edit("edit \(nextRequest)", by: user))
        case ..<78:
            let change = ReactionChange(emoji: someEmoji(), user: user, member: nil, mayBeFirst: generator.chance(80))
            command.action = .react(someMessage(few: true), change)
        case ..<82: command.action = .unreact(someMessage(few: true), someEmoji(), user.id)
        case ..<84:
            command.action = .clearReactions(someMessage(few: true), generator.chance(50) ? someEmoji() : nil)
        case ..<87: command.action = .pin(someMessage(few: true))
        case ..<89: command.action = .unpin(someMessage(few: true))
        case ..<94: command.action = .delete(someMessage())
        default: command.action = .deleteMany((0..<3).map { _ in someMessage() })
        }
        world.put(command)
    }

    private mutating func someNonce() -> Nonce? {
        generator.chance(60) ? .integer(Int64.random(in: 0..<4, using: &generator)) : nil
    }

    /// An id that exists, most of the time.
    private mutating func someMessage(few: Bool = false) -> MessageID {
        let ids = world.store.rows.keys.map(\.id).sorted()
        return ids.suffix(few ? 3 : 12).randomElement(using: &generator) ?? MessageID(42)
    }

    private mutating func someEmoji() -> ReactionEmoji {
        [ReactionEmoji(name: "👍"), ReactionEmoji(name: "👎"), ReactionEmoji(id: EmojiID(5), name: "party")]
            .randomElement(using: &generator) ?? ReactionEmoji(name: "👍")
    }

    // The checks.

    mutating func check() {
        let expected = Reference.replay(world.log.all(.messages), world)
        let note: Comment = "seed \(seed)"
        sightings.duplicates = expected.duplicates
        sightings.secondMessagesOfANonce = expected.secondMessages
        sightings.deadLetters = expected.deadLetters.count
        sightings.deleted = expected.rows.values.count { $0.deletedAt != nil }
        sightings.edited = expected.rows.values.count { $0.editedAt != nil }
        sightings.reacted = expected.reactions.values.count { !$0.isEmpty }
        sightings.pinned = expected.rows.values.count(where: \.isPinned)
        sightings.mentioned = expected.rows.values.count { !$0.mentions.isEmpty }

        #expect(world.store.rows == expected.rows, note)
        for (ref, emojis) in expected.reactions {
            #expect(world.store.tallies(of: ref) == emojis.mapValues { UInt64($0.count) }, note)
        }
        for channel in [world.general, world.random, world.direct] {
            let events = world.bus.events(of: .channel(channel))
            // Each position once, in order, none missing.
            #expect(events.map(\.position) == expected.positions[channel] ?? [], note)
            let decoded = events.compactMap { try? ChannelEvent(encoded: $0.payload) }
            #expect(decoded.map(Reference.name) == expected.events[channel] ?? [], note)
        }
        let stored = world.log.all(.messagesStored).compactMap { try? ChannelEvent(encoded: $0.payload) }.map(
            Reference.name)
        #expect(Set(stored) == Set(expected.events.values.joined()), note)
        let letters = world.log.all(.messagesDLQ).compactMap { try? DeadLetter(encoded: $0.payload) }
        #expect(Set(letters.map(\.offset)) == expected.deadLetters, note)
        // Each event of a direct channel is announced to both parties, in order but for what is said again, and the list
        // knows the newest message.
        for party in [world.alice, world.bob] {
            let announced = world.bus.events(of: .user(party.id)).compactMap { event -> UInt64? in
                guard case .directActivity(world.direct, let position)? = try? UserEvent(encoded: event.payload) else {
                    return nil
                }
                return position
            }
            var first: [UInt64] = []
            for position in announced where !first.contains(position) { first.append(position) }
            #expect(first == expected.positions[world.direct] ?? [], note)
        }
        // Mentions are counted once, however often a batch is done again; nobody's own are.
        for channel in [world.general, world.random, world.direct] {
            let mentioning = expected.rows.values.filter {
                $0.channel == channel && $0.author != world.bob.id && $0.mentions.users == [world.bob.id]
            }
            #expect(world.directory.mentions(of: world.bob.id, in: channel) == UInt32(mentioning.count), note)
        }
        let crowds = expected.rows.values.filter { $0.mentions.everyone && $0.guild != nil }.map(\.id).sorted()
        #expect(world.directory.crowds(in: world.guild).map(\.message).sorted() == crowds, note)
        let newest = expected.rows.values.filter { $0.channel == world.direct }.map(\.id).max()
        #expect(world.directory.noted[world.direct] == newest, note)
        // Nobody mentions alice, whose stream has announcements alone.
        sightings.announcedAgain =
            world.bus.events(of: .user(world.alice.id)).count
            - (expected.positions[world.direct]?.count ?? 0)
        // Whoever waits is answered, and never differently when answered again.
        var answers: [UInt64: Set<String>] = [:]
        for event in world.bus.events(of: .node(World.node)) {
            guard let outcome = try? CommandOutcome(encoded: event.payload) else { continue }
            answers[outcome.request, default: []].insert(Reference.name(outcome.result))
        }
        #expect(answers == expected.answers.mapValues { [$0] }, note)
    }
}
